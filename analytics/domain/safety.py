"""The red-flag rules of the tracker, replayed over a diary (R01-R04, R17, R18).

The phone's push judges them at once; this finds the same ones again from the rows,
so that nothing depends on a message that was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.domain import detectors, motor
from analytics.domain.evidence import Evidence
from analytics.domain.signals import Bools
from tracker.domain import power_tests
from tracker.domain.diary import RED_FLAG_ITEMS
from tracker.domain.red_flag_rules import BOTH_LEGS_WEAKER, MOTOR_DROP
from tracker.domain.red_flags import RedFlag, judge_check


#: Answers that can raise nothing; a question left open can (R03).
_CALM: Final = ("no", "unchanged")


def red_flags(evidence: Evidence) -> pd.DataFrame:
    """Return the days on which a safety answer or both legs raised a red flag.

    Beside the candidate columns: `flag`, the `RedFlag` (None for R04), `entry`.
    """
    answers = pd.DataFrame(list(_from_answers(evidence)))
    both = motor.both_legs(evidence).assign(version=BOTH_LEGS_WEAKER.version)
    return pd.concat([answers, both], ignore_index=True)


def _from_answers(evidence: Evidence) -> Iterator[dict[str, Any]]:
    checks = evidence.diary.red_flag_checks
    worth = ~checks[list(RED_FLAG_ITEMS)].isin(_CALM).all(axis=1)
    checks = checks[worth].sort_values(["patient", "local_day", "recorded_at", "id"])
    if checks.empty:
        return
    dropped = _motor_drop(evidence)
    row = evidence.panel.row(checks["patient"])
    column = evidence.panel.column(checks["local_day"])
    for check, drop in zip(
        checks.to_dict("records"), dropped[row, column], strict=True
    ):
        facts = frozenset({MOTOR_DROP} if drop else ())
        for flag in judge_check({str(k): v for k, v in check.items()}, facts=facts):
            yield from _rows(check, flag)


def _rows(check: dict[Any, Any], flag: RedFlag) -> Iterator[dict[str, Any]]:
    """Yield a row for each item, so that each new item re-notifies."""
    for item in flag.items or ("",):
        yield {
            "patient": check["patient"],
            "rule": flag.rule,
            "side": "",
            "item": item,
            "day": check["local_day"],
            "onset": check["local_day"],
            "severity": 1.0,
            "tier": flag.tier,
            "flag": flag,
        }


def _motor_drop(evidence: Evidence) -> Bools:
    """Return (patients, days): a self-test below its baseline in the last 14 days."""
    days = evidence.test_days
    low = days[(days["base"] - days["power"]) >= power_tests.DROP_STEPS]
    marks: Bools = np.any(evidence.marked(low), axis=1)
    return detectors.window_count(marks, days=power_tests.NEW_WITHIN.days) > 0
