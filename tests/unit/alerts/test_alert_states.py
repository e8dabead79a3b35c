"""The table of moves, and what is printed from it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from alerts.domain import outcomes, retries, states
from alerts.management.commands.alert_states import page


def test_the_printed_diagram_is_fresh() -> None:
    root = Path(__file__).resolve().parents[3]
    printed = (root / "docs" / "alert-states.md").read_text(encoding="utf-8")
    assert printed == page()


@pytest.mark.parametrize(
    ("source", "action", "role"),
    list(product(states.STATES, states.TARGET, states.ROLES)),
)
def test_each_move_belongs_to_one_role(source: str, action: str, role: str) -> None:
    who = "clinician" if action in states.ANSWERS else "system"
    starts = {
        "notify": {"open"},
        "acknowledge": {"open", "notified", "snoozed"},
        "resolve": {"open", "notified", "acknowledged", "snoozed"},
        "hand_over": {"open", "notified", "acknowledged", "snoozed"},
        "snooze": {"open", "notified", "acknowledged"},
        "wake": {"snoozed"},
        "reopen": {"acknowledged"},
        "supersede": {"open", "notified", "acknowledged", "snoozed"},
    }
    expected = role == who and source in starts[action]
    assert states.allowed(source=source, action=action, role=role) is expected


def test_nothing_leaves_an_end() -> None:
    ends = {states.RESOLVED, states.SUPERSEDED}
    assert not ends & {move.source for move in states.MOVES}


def test_only_a_clinician_closes_an_alert() -> None:
    assert {m.who for m in states.MOVES if m.target == states.RESOLVED} == {"clinician"}


def test_a_look_at_the_chart_closes_no_emergency() -> None:
    codes = {known.code for known in outcomes.outcomes_for("emergency")}
    assert {"advice_given", "watching"}.isdisjoint(codes)
    assert {known.code for known in outcomes.outcomes_for("urgent")} > codes


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(0, 15), (1, 15), (2, 60), (5, 1800), (6, 1800)]
)
def test_retries_wait_longer_and_longer(attempt: int, seconds: int) -> None:
    assert retries.retry_after(attempt).total_seconds() == seconds
