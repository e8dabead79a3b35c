# ruff: noqa: INP001 - a script, no package
"""Take the pictures of docs/images/ from a running demo: `python docs/screenshots.py`.

Start `make demo` first. The address is `http://127.0.0.1:8000` or the first argument.
With a second argument, a folder, every page is taken there, light and dark, for a
desktop and a phone, to be looked at; without it those that the documents show.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright


PASSWORD = os.environ.get("SCREENSHOT_PASSWORD", "rootwatch-demo-2026")
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
#: Pages by the name of their picture; `{}` stands for the address of a patient.
OF_A_NURSE: Final = {
    "worklist": "/",
    "patient": "{}",
    "looking-back": "{}looking-back/",
    "examination": "{}record/exam/",
    "treatment": "{}record/treatment/",
    "message": "{}record/message/",
    "baseline": "{}baselines/new/",
    "own-rules": "{}rules/",
    "own-number": "{}rules/R11/rise_points/",
    "caregivers": "{}caregivers/",
    "on-call": "/clinic/on-call/",
    "figures": "/clinic/figures/",
    "told": "/told/",
    "security": "/accounts/2fa/",
}
OF_AN_ADMINISTRATOR: Final = {
    "clinic": "/clinic/",
    "people": "/clinic/people/",
    "policy": "/clinic/on-call/",
    "rules": "/clinic/rules/",
    "rule-number": "/clinic/rules/R11/rise_points/",
    "simulator": "/clinic/simulator/",
}
OF_A_PATIENT: Final = {"own": "/"}
#: Pages that are shown whole; of the others the first screen says what they are.
LONG: Final = ("patient", "figures")
#: What the README and docs/dashboard.md show.
KEPT: Final = (
    "worklist-desktop",
    "worklist-phone-dark",
    "patient-desktop",
    "examination-desktop",
    "on-call-phone",
    "people-desktop-dark",
    "simulator-desktop",
    "rules-phone-dark",
)
#: A whole page is cut here: the charts are in, most of the tables are not.
#: Unit: CSS pixels.
TALLEST: Final = 1640


@dataclass(frozen=True)
class Screen:
    """How somebody looks at the pages; its name ends the names of the pictures."""

    name: str
    size: ViewportSize
    scheme: Literal["light", "dark"]


SCREENS: Final = (
    Screen("desktop", DESKTOP, "light"),
    Screen("desktop-dark", DESKTOP, "dark"),
    Screen("phone", PHONE, "light"),
    Screen("phone-dark", PHONE, "dark"),
)


def main(address: str, folder: Path, *, everything: bool) -> None:
    """Take the pictures, everything or what is kept, and say how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"],
        )
        for screen in SCREENS:
            for name, page in walk(browser, address, screen, everything=everything):
                picture(page, folder / f"{name}.png")
                count += 1
        browser.close()
    sys.stdout.write(f"{count} pictures in {folder}\n")


def walk(
    browser: Browser, address: str, screen: Screen, *, everything: bool
) -> Iterator[tuple[str, Page]]:
    """Open page after page as whoever sees it; yield the name of its picture."""
    for who, pages in (
        ("nurse", OF_A_NURSE),
        ("admin", OF_AN_ADMINISTRATOR),
        ("patient", OF_A_PATIENT),
    ):
        wanted = {
            f"{name}-{screen.name}": path
            for name, path in pages.items()
            if everything or f"{name}-{screen.name}" in KEPT
        }
        if not wanted:
            continue
        context = browser.new_context(viewport=screen.size, color_scheme=screen.scheme)
        page = context.new_page()
        log_in(page, address, f"{who}@demo.example")
        first = page.locator("#worklist [data-step]")
        patient = first.first.get_attribute("href") if first.count() else ""
        for name, path in wanted.items():
            page.goto(f"{address}{path.format(patient)}")
            if page.locator("#charts").count():
                page.wait_for_selector("#charts[data-drawn]")
            yield name, page
        context.close()


def log_in(page: Page, address: str, email: str) -> None:
    """Come in through the login."""
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{address}/")


def picture(page: Page, path: Path) -> None:
    """Store what the page shows now."""
    size = page.viewport_size or DESKTOP
    whole = path.stem.removesuffix("-dark").rpartition("-")[0] in LONG
    height = TALLEST if whole else size["height"]
    page.screenshot(
        path=path,
        full_page=whole,
        animations="disabled",
        clip={"x": 0, "y": 0, "width": size["width"], "height": height},
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        arguments[0] if arguments else "http://127.0.0.1:8000",
        Path(arguments[1] if len(arguments) > 1 else "docs/images"),
        everything=len(arguments) > 1,
    )
