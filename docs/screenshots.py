# ruff: noqa: INP001 - a script, no package
"""Take the pictures of docs/images/ from a running demo: `python docs/screenshots.py`.

Start `make demo` first. The address is `http://127.0.0.1:8000` or the first argument;
the second argument is the folder for the pictures. `SCREENSHOT_EMAIL` says who looks:
admin@demo.example sees the administrators' pages.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright


EMAIL = os.environ.get("SCREENSHOT_EMAIL", "nurse@demo.example")
PASSWORD = os.environ.get("SCREENSHOT_PASSWORD", "rootwatch-demo-2026")
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: Pages of which the first screen says what they are, by the name of their picture.
PLAIN_PAGES = {
    "on-call": "/clinic/on-call/",
    "told": "/told/",
    "clinic": "/clinic/",
    "people": "/clinic/people/",
    "rules": "/clinic/rules/",
    "simulator": "/clinic/simulator/",
}
#: A whole page is cut here: the charts are in, most of the tables are not.
#: Unit: CSS pixels.
TALLEST = 1640


def main(address: str, folder: Path) -> None:
    """Take every picture, light and dark, desktop and phone."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"],
        )
        take(browser, address, folder, name="desktop", size=DESKTOP, scheme="light")
        take(browser, address, folder, name="desktop-dark", size=DESKTOP, scheme="dark")
        take(browser, address, folder, name="phone", size=PHONE, scheme="light")
        take(browser, address, folder, name="phone-dark", size=PHONE, scheme="dark")
        browser.close()


def take(
    browser: Browser,
    address: str,
    folder: Path,
    *,
    name: str,
    size: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    """Walk through what clinicians see, with a picture at each page."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.goto(f"{address}/accounts/login/")
    picture(page, folder / f"login-{name}.png")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{address}/")
    picture(page, folder / f"worklist-{name}.png")
    page.locator("#worklist [data-step]").first.click()
    page.wait_for_selector("#charts[data-drawn]")
    picture(page, folder / f"patient-{name}.png", whole=True)
    page.goto(f"{address}/clinic/figures/")
    page.wait_for_selector("#charts[data-drawn]")
    picture(page, folder / f"figures-{name}.png", whole=True)
    for what, path in PLAIN_PAGES.items():
        page.goto(f"{address}{path}")
        picture(page, folder / f"{what}-{name}.png")
    page.close()


def picture(page: Page, path: Path, *, whole: bool = False) -> None:
    """Store what the page shows now."""
    size = page.viewport_size or DESKTOP
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
    )
