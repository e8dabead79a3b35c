"""The 24 scenarios that a sync server must stand, and which test shows each.

A test says with `@pytest.mark.acceptance(2, "native")` that it shows scenario 2 for
the native protocol. The table is printed to docs/sync-acceptance.md by

    .venv/bin/python -m tests.acceptance
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final


ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "sync-acceptance.md"
DIALECTS: Final = ("native", "watermelon", "rxdb")

INTRODUCTION: Final = (
    "What can go wrong between a phone and the server, and the test that shows that "
    "it does not, for each protocol. Printed from the marks in the tests by "
    "`.venv/bin/python -m tests.acceptance`; do not edit."
)


@dataclass(frozen=True)
class Scenario:
    """One scenario; `without` says by dialect why it cannot happen there."""

    number: int
    text: str
    without: dict[str, str] = field(default_factory=dict)


SCENARIOS: Final = tuple(
    Scenario(number, text, without)
    for number, (text, without) in enumerate(
        [
            ("Every push is sent again byte for byte, once and five times", {}),
            ("The connection is cut after the commit, before the answer", {}),
            ("The phone dies between pull and push", {}),
            ("Of two transactions, the one with the lower number commits later", {}),
            (
                "5,000 rows in one transaction, read in pages of 100",
                {"watermelon": "the client knows no pages"},
            ),
            ("Create, sync, delete, sync", {}),
            ("Create and delete before the first sync", {}),
            ("Delete on one phone, edit on the other, both offline", {}),
            ("Reinstall, full sync, and nothing differs", {}),
            ("The schema gains a table and a column", {}),
            ("Access is revoked while there is unsent work", {}),
            ("Null is not 0, in every clinical field", {}),
            ("The phone's clock is a year off, its time zone changes, summer ends", {}),
            (
                "A page larger than the server's bound is never cut silently",
                {"watermelon": "the client knows no pages"},
            ),
            ("One record of 50 is bad; 49 arrive and nothing is sent for ever", {}),
            ("Pushes at the same time touch the same record", {}),
            ("10,000 entries in one backlog", {}),
            ("The first sync of an empty account", {}),
            (
                "The client as WatermelonDB documents it, unmodified",
                {
                    "native": "a client of its own",
                    "rxdb": "a client of its own",
                },
            ),
            (
                "An edit after a replayed insert or a lost answer is kept",
                {},
            ),
            ("The analysis runs between pull and push, and nothing conflicts", {}),
            ("Yesterday's backup is restored", {}),
            ("The id of another patient is created, updated, deleted", {}),
            ("A red flag beside a record that conflicts still raises its alert", {}),
        ],
        start=1,
    )
)


@dataclass(frozen=True)
class Shown:
    """A test and what it shows."""

    number: int
    dialect: str
    test: str
    path: Path


def shown() -> list[Shown]:
    """Return what the marks in the tests say, read from their source."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [
        Shown(number, dialect, function.name, path.relative_to(ROOT))
        for path in files
        if "mark.acceptance" in (text := path.read_text())
        for function in ast.walk(ast.parse(text))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for number, dialect in _marks(function)
    ]


def _marks(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[tuple[int, str]]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) in (
            "pytest.mark.acceptance",
            "mark.acceptance",
        ):
            number, dialect = (ast.literal_eval(each) for each in decorator.args)
            yield number, dialect


def page() -> str:
    """Return the table of docs/sync-acceptance.md."""
    lines = [
        "# Acceptance tests of sync",
        "",
        INTRODUCTION,
        "",
        "| | scenario | native | WatermelonDB | RxDB |",
        "|---|---|---|---|---|",
    ]
    known = shown()
    for scenario in SCENARIOS:
        cells = [_cell(scenario, dialect, known) for dialect in DIALECTS]
        row = [str(scenario.number), scenario.text, *cells]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def _cell(scenario: Scenario, dialect: str, known: list[Shown]) -> str:
    tests = [
        f"[{each.test.removeprefix('test_')}](../{each.path})"
        for each in known
        if (each.number, each.dialect) == (scenario.number, dialect)
    ]
    if dialect in scenario.without:
        tests.append(f"does not apply: {scenario.without[dialect]}")
    return "<br>".join(tests) or "missing"


if __name__ == "__main__":
    PAGE.write_text(page())
