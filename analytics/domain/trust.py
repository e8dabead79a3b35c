"""R22: answers that look like slips. They dampen R10 and R11, and nothing else."""

from __future__ import annotations

import numpy as np

from analytics.domain import detectors
from analytics.domain.day_grid import marked_days
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Rows, joined
from analytics.domain.rule import Rule
from analytics.domain.signals import Bools


FORTNIGHT = 14
_ENDS = (0.0, 10.0)


def doubtful(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which the answers deserve little trust (R22)."""
    parts = [
        _rows(evidence, rule, holds, item)
        for item, holds in (
            ("flat", _flat(evidence, rule)),
            ("side", _side_changes(evidence, rule)),
            ("order", _impossible(evidence, rule)),
        )
    ]
    return joined(parts)


def dampened(rows: Rows, evidence: Evidence, doubts: Rows) -> Rows:
    """Return rows of the pain rules without those within a fortnight of a doubt.

    Answers that were the same for long are believed as soon as they change.
    """
    if not len(rows) or not len(doubts):
        return rows
    doubts = doubts[doubts["item"] != "flat"]
    doubted = detectors.window_count(marked_days(evidence, doubts), days=FORTNIGHT) > 0
    here = doubted[rows["patient"], evidence.panel.column(rows["day"])]
    return rows[~here]


def _rows(evidence: Evidence, rule: Rule, holds: Bools, item: str) -> Rows:
    found = evidence.candidates(holds[:, None], rule.id, side=False)
    return found.assign(item=item, severity=1.0, tier=rule.tier, onset=found["day"])


def _flat(evidence: Evidence, rule: Rule) -> Bools:
    """Return (patients, days): the very same pain on so many answered days."""
    flat = np.zeros((len(evidence.panel.patients), evidence.panel.days), bool)
    for name in ("leg_pain", "back_pain"):
        values = evidence.panel.quantities[name]
        answered = ~np.isnan(values)
        days = np.arange(evidence.panel.days)
        last = np.maximum.accumulate(np.where(answered, days, -1), axis=-1)
        before = np.full(last.shape, -1)
        before[..., 1:] = last[..., :-1]
        earlier = np.take_along_axis(values, np.maximum(before, 0), axis=-1)
        same = answered & (before >= 0) & (values == earlier) & ~np.isin(values, _ENDS)
        run = detectors.consecutive(same, answered)
        flat |= np.any(run >= rule.value("flat_days") - 1, axis=1)
    return flat


def _side_changes(evidence: Evidence, rule: Rule) -> Bools:
    """Return (patients, days): one-sided leg pain that keeps changing the leg."""
    answered = ~np.isnan(evidence.legs("leg_pain"))
    one = answered[:, 0] ^ answered[:, 1]
    days = np.arange(evidence.panel.days)
    last = np.maximum.accumulate(np.where(one, days, -1), axis=1)
    before = np.full(last.shape, -1)
    before[:, 1:] = last[:, :-1]
    left = answered[:, 0]
    earlier = np.take_along_axis(left, np.maximum(before, 0), axis=1)
    changed = one & (before >= 0) & (left != earlier)
    changes = detectors.window_count(changed, days=FORTNIGHT)
    often: Bools = changed & (changes >= rule.value("side_changes"))
    return often


def _impossible(evidence: Evidence, rule: Rule) -> Bools:
    """Return (patients, days): the worst pain is below the average pain."""
    logs = evidence.diary.pain_logs
    rows = logs[logs["worst"] < logs["intensity"]]
    marks = marked_days(evidence, rows)
    count = detectors.window_count(marks, days=FORTNIGHT)
    return marks & (count >= rule.value("impossible_days"))
