"""What the rules say in English is told again in German, whatever varies in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from itertools import product
from math import nan
from typing import Any

import pytest
from django.utils import translation

from alerts.domain.policy import Policy, Step, problems
from alerts.domain.targets import Calendar
from analytics.domain import explain
from analytics.domain.red_flag_sentences import told_of
from dashboard.domain.sentences import retold
from tracker.domain.diary import RED_FLAG_ITEMS
from tracker.domain.motor_danger import UNCONFIRMED
from tracker.domain.red_flags import RedFlag
from tracker.domain.words import TEST_NAMES


ROW: dict[str, Any] = {
    "side": "left",
    "test": "heel_walk",
    "power": 1.5,
    "usual": 3.0,
    "beside": nan,
    "slap": False,
    "weak": True,
    "tier": "urgent",
    "weight": 3.4,
    "item": "",
    "areas": "heel, little_toe",
    "recent": 6.5,
    "missed": 4.0,
    "count": 3.0,
}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "R05": [{"slap": slap, **known} for slap, known in product((True, False), ({}, {"usual": nan}, {"usual": nan, "beside": 2.0}))],
    "R06": [{"tier": "watch"}, {"test": "big_toe_lift", "weight": 9.0}],
    "R07": [{"weak": True}, {"weak": False}, {"tier": "watch"}],
    "R08": [{"item": "spread"}, {"item": "rise"}, {"item": "rise", "step": 1.0}],
    "R10": [{"side": ""}, {"usual": nan}, {}],
    "R11": [{"side": ""}, {"usual": nan}, {}],
    "R13": [{"item": "6 weeks"}],
    "R22": [{"item": item} for item in ("flat", "side", "order")],
}  # fmt: skip
FLAG = RedFlag(
    rule="R01",
    version="1",
    tier="emergency",
    clinician_tier="emergency",
    category="red_flag",
    title="",
    text="",
    clinician_text="",
    collection="red_flag_checks",
    entry=None,
    items=(),
    side="right",
)
TELLTALES = (" the ", " is ", " of ", " leg", "usual", "answered", "confirmed", " and ")


def german(text: str) -> str:
    with translation.override("de"):
        return retold(text)


def assert_german(english: str) -> None:
    said = german(english)
    assert said != english
    assert not [word for word in TELLTALES if word in f" {said} "], said
    assert "%(" not in said


@pytest.mark.parametrize("rule", list(explain._SENTENCES))
def test_every_sentence_of_the_rules_is_told_again(rule: str) -> None:
    for variant in VARIANTS.get(rule, [{}]):
        row = ROW | {"rule": rule} | variant
        assert_german(explain._SENTENCES[rule](row))


@pytest.mark.parametrize("rule", ["R01", "R02", "R03", "R04", "R05", "R17", "R19"])
def test_every_sentence_of_the_red_flags_is_told_again(rule: str) -> None:
    tests = (*TEST_NAMES, "foot_slap", UNCONFIRMED)
    for items in (RED_FLAG_ITEMS, tests[:1], tests, tests[-3:]):
        flag = replace(FLAG, rule=rule, items=items)
        assert_german(told_of(flag))


def test_side_test_numbers_and_cause_stay_what_they_are() -> None:
    said = german(explain._severe(ROW | {"rule": "R05"}))
    assert said == (
        "Fersengang links: 1,5 von 3, durch ein zweites Ergebnis bestätigt; üblich ist 3."
    )


def test_several_lines_are_told_line_by_line_and_an_unknown_one_as_it_stands() -> None:
    known = "Nothing was logged for 4 days."
    unknown = "Left heel walk fell from 3 to 1 of 3. The usual is 3."
    assert german(f"{known}\n{unknown}") == f"Seit 4 Tagen kein Eintrag.\n{unknown}"
    half = f"{known} Somebody wrote this by hand."
    assert german(half) == half


@pytest.mark.parametrize(
    "told_once",
    [
        "The diary speaks 2,512 to 1 for a true loss.",
        "Self-tests of both legs are below their usual within 7 days, confirmed.",
        "Left heel walk is 1 of 3, confirmed by a repeat; the usual is 3.",
    ],
)
def test_what_earlier_versions_have_stored_is_told_again(told_once: str) -> None:
    assert_german(told_once)


def test_english_is_what_is_stored() -> None:
    stored = explain._severe(ROW | {"rule": "R05"})
    assert retold(stored) == stored


def test_what_is_wrong_with_a_policy_is_told_again() -> None:
    broken = Policy(
        calendar=Calendar(zone=UTC, weekdays=frozenset()),
        steps=(Step(whom="person", after_percent=900),),
        last_resort_percent=9_999,
        repeat_count=99,
        target_minutes={"emergency": 0},
    )
    found = problems(broken)
    assert len(found) > 5
    assert_german(" ".join(found))
