"""An evening that comes in several pushes raises what it raises in one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.integration.sync.conftest import Phone
from tracker.domain.diary import RED_FLAG_ITEMS


pytestmark = pytest.mark.django_db

Changes = Mapping[str, list[dict[str, Any]]]

NO = dict.fromkeys(RED_FLAG_ITEMS, "no")


def stamped(name: str, *, days: float = 0, **fields: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=days)
    return {"id": f"evening-{name}", "recorded_at": at.isoformat(), **fields}


def heel_walk(side: str, score: int, repeat: int | None = None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "side": side,
        "test": "heel_walk",
        "score": score,
        "repeat_score": repeat,
    }
    return stamped(f"heel-{side}", **fields)


def check(**answers: str | None) -> list[dict[str, Any]]:
    every: dict[str, Any] = NO | answers
    return [stamped("check", **every)]


STEP_ON_BOTH = [heel_walk("left", 2), heel_walk("right", 2)]
CONFIRMED_STEP = [heel_walk("left", 2, 2)]
UNANSWERED = {"urine_leak": None, "cannot_feel_urine": None}

#: What must be put together -> the rule and the tier that then holds.
EVENINGS: dict[str, tuple[Changes, tuple[str, str]]] = {
    "both legs, in words and in tests": (
        {"red_flag_checks": check(both_legs="new"), "weakness_logs": STEP_ON_BOTH},
        ("R04", "emergency"),
    ),
    "fever and a weaker leg": (
        {
            "red_flag_checks": check(fever_or_rigors="new"),
            "weakness_logs": CONFIRMED_STEP,
        },
        ("R18", "emergency"),
    ),
    "open questions and a weaker leg": (
        {"red_flag_checks": check(**UNANSWERED), "weakness_logs": CONFIRMED_STEP},
        ("R03", "urgent"),
    ),
    "an open question and a new opioid": (
        {
            "red_flag_checks": check(urine_leak="prefer_not_to_say"),
            "day_logs": [stamped("day", medications_taken=["Tramadol 50 mg"])],
        },
        ("R03", "urgent"),
    ),
    "hard walking and two weaker legs": (
        {
            "day_logs": [stamped("day", walk_minutes_before_stopping=5)],
            "weakness_logs": STEP_ON_BOTH,
        },
        ("R04", "emergency"),
    ),
    "a slapping foot and a weaker heel walk": (
        {
            "day_logs": [stamped("day", foot_slap=True)],
            "weakness_logs": [heel_walk("left", 1)],
        },
        ("R05", "emergency"),
    ),
}


def told(phone: Phone, changes: Changes) -> set[tuple[str, str]]:
    """Return what a phone is told to show at once."""
    guidance = phone.full_sync(dict(changes))["guidance"]
    return {(each["rule"], each["tier"]) for each in guidance}


@pytest.fixture
def usual(phone: Phone) -> Phone:
    """A phone whose patient has had strong legs and long walks until yesterday."""
    tests = [
        stamped(f"usual-{side}-{n}", days=25 - n, side=side, test="heel_walk", score=3)
        for side in ("left", "right")
        for n in range(10)
    ]
    walks = [
        stamped(f"walk-{days}", days=days, walk_minutes_before_stopping=minutes)
        for days, minutes in [(day, 30) for day in range(10, 16)] + [(1, 5)]
    ]
    assert told(phone, {"weakness_logs": tests, "day_logs": walks}) == set()
    return phone


@pytest.mark.parametrize("evening", EVENINGS)
def test_an_evening_in_one_push_is_a_danger(usual, evening):
    changes, danger = EVENINGS[evening]
    assert danger in told(usual, changes)


@pytest.mark.parametrize("evening", EVENINGS)
@pytest.mark.parametrize("order", [*permutations(range(2))])
def test_so_it_is_in_two_pushes_in_any_order(usual, evening, order):
    changes, danger = EVENINGS[evening]
    first, second = ([*changes.items()][place] for place in order)
    assert danger not in told(usual, dict([first]))
    assert danger in told(usual, dict([second]))
    # The reply may have been lost: the same push says it again.
    assert danger in told(usual, dict([second]))


def test_what_was_told_is_not_told_again_by_every_later_push(usual):
    changes, _ = EVENINGS["fever and a weaker leg"]
    told(usual, changes)
    later = stamped("later", side="left", test="knee_lift", score=3)
    assert told(usual, {"weakness_logs": [later]}) == set()


def test_a_check_that_was_taken_back_joins_nothing(usual):
    changes, _ = EVENINGS["fever and a weaker leg"]
    [taken_back] = changes["red_flag_checks"]
    told(usual, {"red_flag_checks": [taken_back]})
    now = datetime.now(UTC).isoformat()
    told(usual, {"red_flag_checks": [taken_back | {"withdrawn_at": now}]})
    assert told(usual, {"weakness_logs": changes["weakness_logs"]}) == set()
