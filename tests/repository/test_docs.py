"""The documents agree with the code: links, commands, files, printed pages, form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from analytics.management.commands import clinical_rules
from tests.repository.conftest import ROOT
from tests.repository.test_hazard_log import GUARD, names_in


LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r'<img [^>]*src="([^"]+)"')
CODE_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w.]+(?:/[\w.-]+)+\.(?:py|md|toml|yaml))`")
SOURCE_KEY = re.compile(r"\b[WMC]\d{1,3}\b")
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Enforced by"]


@pytest.fixture(scope="session")
def pages(files: list[Path]) -> dict[Path, str]:
    """Return our own pages; those of bundled software are not ours to keep."""
    return {
        path: path.read_text()
        for path in files
        if path.suffix == ".md" and "vendor" not in path.parts
    }


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def test_every_link_leads_somewhere(pages: dict[Path, str]) -> None:
    broken = []
    for path, page in pages.items():
        text = CODE_FENCE.sub("", page)
        for link in LINK.findall(text) + IMAGE.findall(text):
            if "://" in link or link.startswith("mailto:"):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.exists() or (
                anchor and anchor not in anchors(target.read_text())
            ):
                broken.append(f"{path.relative_to(ROOT)}: {link}")
    assert not broken


def test_every_file_that_is_named_exists(pages: dict[Path, str]) -> None:
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, page in pages.items()
        for name in FILE.findall(page)
        if not ((ROOT / name).exists() or (path.parent / name).exists())
    ]
    assert not missing


def test_every_command_that_is_named_exists(pages: dict[Path, str]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    commands = set(get_commands())
    unknown = []
    for path, page in pages.items():
        made = re.findall(r"`(?:[A-Z]+=\S+ )*make ([a-z-]+)", page)
        made += re.findall(r"^make ([a-z-]+)", page, re.MULTILINE)
        managed = re.findall(r"manage\.py ([a-z_]+)", page)
        unknown += [f"{path.name}: make {n}" for n in made if n not in targets]
        unknown += [f"{path.name}: {n}" for n in managed if n not in commands]
    assert not unknown


def test_the_printed_rules_are_fresh() -> None:
    printed = (ROOT / clinical_rules.PAGE).read_text()
    assert printed == clinical_rules.page(), "run: manage.py clinical_rules"


def test_every_cited_source_is_spelled_out(modules: list[Path]) -> None:
    known = set(
        re.findall(
            r"^\| ([WMC]\d+) \|",
            (ROOT / "docs" / "clinical-evidence.md").read_text(),
            re.MULTILINE,
        )
    )
    cited = {
        key
        for path in modules
        if "domain" in path.parts
        for key in SOURCE_KEY.findall(path.read_text())
    }
    assert cited <= known


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{number:04}" for number in range(1, len(DECISIONS) + 1)
    ]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_form(path: Path) -> None:
    page = path.read_text()
    assert page.startswith(f"# {path.name[:4]}: ")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == HEADINGS
    for name, content in re.findall(
        r"^## (.+)\n\n((?:(?!^## ).*\n?)+)", page, re.MULTILINE
    ):
        assert content.strip(), name
    missing = [
        f"{file}::{name}"
        for file, name in GUARD.findall(page)
        if name not in names_in(file)
    ]
    assert not missing


def test_the_readme_shows_the_tree_that_is_there() -> None:
    page = (ROOT / "README.md").read_text()
    folders = re.findall(r"^([a-z]+)/ ", page, re.MULTILINE)
    assert {"backend", "tracker", "analytics", "alerts", "dashboard"} <= set(folders)
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_demo_logins_are_those_of_the_demo() -> None:
    from backend.management.commands.demo import LOGINS
    from backend.settings import DEMO_PASSWORD

    page = (ROOT / "README.md").read_text()
    assert DEMO_PASSWORD in page
    assert all(f"`{email}`" in page for email, _ in LOGINS)


def test_every_table_has_its_line_in_the_privacy_page() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()
    names = {
        model.__name__
        for app in ("tracker", "analytics", "alerts", "dashboard")
        for model in apps.get_app_config(app).get_models()
        if not model.__name__.endswith("Event")  # the history beside each table
    }
    assert not {name for name in names if f"`{name}`" not in page}
