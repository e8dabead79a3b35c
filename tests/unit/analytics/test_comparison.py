"""Flags under two sets of rules: matched once, counted by rule and tier, added up."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta

from analytics.domain import comparison
from analytics.domain.comparison import Comparison, Told, added, compared


DAY = date(2026, 3, 1)


def told(rule: str, day: int, tier: str = "urgent", side: str | None = "left") -> Told:
    return Told(rule, tier, side, DAY + timedelta(days=day))


def test_each_flag_is_matched_once_the_nearest_first() -> None:
    before = [told("R06", 0), told("R06", 20), told("R11", 3, "watch", None)]
    after = [told("R06", 4), told("R06", 20), told("R06", 60)]
    assert list(comparison.changes(before, after)) == [
        (before[0], comparison.LATER),
        (before[1], comparison.SAME),
        (before[2], comparison.DISAPPEARS),
        (after[2], comparison.APPEARS),
    ]


def test_a_flag_of_another_tier_side_or_month_is_another_flag() -> None:
    before = [told("R06", 0)]
    for other in (
        told("R06", 1, "soon"),
        told("R06", 1, side="right"),
        told("R06", comparison.MOVED_WITHIN + 1),
    ):
        kinds = [what for _, what in comparison.changes(before, [other])]
        assert kinds == [comparison.DISAPPEARS, comparison.APPEARS]
    for days, what in (
        (-comparison.MOVED_WITHIN, comparison.EARLIER),
        (0, comparison.SAME),
        (comparison.MOVED_WITHIN, comparison.LATER),
    ):
        near = [told("R06", days)]
        assert list(comparison.changes(before, near)) == [(before[0], what)]


def test_counts_are_by_rule_and_tier_and_add_up_over_patients() -> None:
    a = compared(
        {"a": [told("R06", 0), told("R06", 20), told("R11", 3, "watch", None)]},
        {"a": [told("R06", 4)]},
        patients=1,
        patient_days=90,
    )
    b = compared(
        {}, {"b": [told("R11", 9, "watch", None)]}, patients=2, patient_days=50
    )
    whole = added(a, b)
    assert [(row.rule, row.tier) for row in whole.rows] == [
        ("R06", "urgent"),
        ("R11", "watch"),
    ]
    urgent, watch = whole.rows
    assert (urgent.now, urgent.then, urgent.lost, urgent.later) == (2, 1, 1, 1)
    assert (urgent.patients_now, urgent.patients_then) == (1, 1)
    assert (watch.now, watch.then, watch.lost, watch.gained) == (1, 1, 1, 1)
    assert (whole.changed, whole.unchanged) == ([urgent, watch], [])
    assert (whole.patients, whole.patient_days) == (3, 140)
    assert (whole.flagged_now, whole.flagged_then) == (1, 2)
    assert (whole.pressing_lost, whole.pressing_later) == (1, 1)
    assert whole.rate(whole.total.now) == 15.0
    assert not whole.is_enough
    assert comparison.read(json.loads(json.dumps(asdict(whole)))) == whole
    assert comparison.read({}) == Comparison()
