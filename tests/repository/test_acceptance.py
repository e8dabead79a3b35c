"""Every scenario of sync has its test in every dialect, and the page says which."""

from __future__ import annotations

from tests import acceptance
from tests.acceptance import DIALECTS, SCENARIOS


def test_there_are_24_scenarios() -> None:
    assert [scenario.number for scenario in SCENARIOS] == list(range(1, 25))


def test_every_dialect_shows_every_scenario_or_says_why_not() -> None:
    known = {(each.number, each.dialect) for each in acceptance.shown()}
    missing = [
        (scenario.number, dialect)
        for scenario in SCENARIOS
        for dialect in DIALECTS
        if (scenario.number, dialect) not in known and dialect not in scenario.without
    ]
    assert not missing


def test_every_mark_names_a_scenario_and_a_dialect_to_which_it_applies() -> None:
    without = {s.number: s.without for s in SCENARIOS}
    wrong = [
        each
        for each in acceptance.shown()
        if each.dialect not in DIALECTS or each.dialect in without.get(each.number, {})
    ]
    assert not wrong
    assert {each.number for each in acceptance.shown()} <= without.keys()


def test_the_native_test_of_a_scenario_has_its_number_in_its_name() -> None:
    """What a real client is led through may show several."""
    assert not [
        each
        for each in acceptance.shown()
        if each.dialect == "native" and f"_{each.number:02}_" not in each.test
    ]


def test_the_page_is_fresh() -> None:
    assert acceptance.PAGE.read_text() == acceptance.page(), (
        "run: .venv/bin/python -m tests.acceptance"
    )
