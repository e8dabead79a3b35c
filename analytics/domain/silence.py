"""R14 and R15: a diary that has fallen silent, sooner noticed when the risk is high.

A day is missed when it is over and nothing was recorded on it; today is not yet.
"""

from __future__ import annotations

import numpy as np

from analytics.domain import thresholds
from analytics.domain.evidence import Evidence, mark
from analytics.domain.rows import Rows, joined
from analytics.domain.rules import Rule
from analytics.domain.signals import Bools


def silent(
    evidence: Evidence, *, high_risk: Rule, standard: Rule, alarms: Rows
) -> Rows:
    """Return the first day of each silence that is too long (R14 or else R15).

    `alarms` are the raised R03-R08 (patient, day); with procedures they make the
    high risk. A silence raises one of the two rules, once.
    """
    missed, last = _missed_days(evidence)
    risky = _high_risk(evidence, alarms)
    urgent = (missed >= high_risk.value("missed_days")) & risky & high_risk.enabled
    plain = (missed >= standard.value("missed_days")) & standard.enabled
    first_urgent, first_plain = _first_of_run(urgent, last), _first_of_run(plain, last)
    already = _seen_in_run(urgent, last)
    return joined(
        [
            _rows(evidence, first_urgent, high_risk, missed),
            _rows(evidence, first_plain & ~already, standard, missed),
        ]
    )


def _missed_days(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Return full days missed before each day, and the last day heard from (-1)."""
    days = np.arange(evidence.panel.days)
    last = np.maximum.accumulate(np.where(evidence.panel.heard, days, -1), axis=1)
    missed = np.where(last >= 0, days - last - 1, 0)
    return missed, last


def _high_risk(evidence: Evidence, alarms: Rows) -> Bools:
    risky = np.zeros((len(evidence.panel.patients), evidence.panel.days), bool)
    if len(alarms):
        row, first = alarms["patient"], evidence.panel.column(alarms["day"])
        for back in range(thresholds.HIGH_RISK_DAYS):
            inside = (first + back >= 0) & (first + back < evidence.panel.days)
            risky[row[inside], first[inside] + back] = True
    for event in evidence.procedures:
        mark(risky, evidence.panel, event, days=event.risk_days)
    return risky


def _first_of_run(holds: Bools, last: np.ndarray) -> Bools:
    first: Bools = holds & (_count_in_run(holds, last) == 1)
    return first


def _seen_in_run(holds: Bools, last: np.ndarray) -> Bools:
    return _count_in_run(holds, last) > 0


def _count_in_run(holds: Bools, last: np.ndarray) -> np.ndarray:
    """Return how often it held since the day last heard from."""
    total = np.cumsum(holds, axis=1)
    start = np.take_along_axis(total, np.maximum(last, 0), axis=1)
    return total - start


def _rows(evidence: Evidence, holds: Bools, rule: Rule, missed: np.ndarray) -> Rows:
    row, column = np.nonzero(holds)
    return Rows(
        {
            "patient": row,
            "rule": rule.id,
            "side": "",
            "item": evidence.day(column - missed[row, column]).astype(str),
            "day": evidence.day(column),
            "onset": evidence.day(column - missed[row, column]),
            "severity": 1.0,
            "tier": rule.tier,
            "missed": missed[row, column].astype(float),
        }
    )
