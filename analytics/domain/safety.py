"""The red-flag rules of the tracker, replayed over a diary (R01-R05, R17-R19).

The phone's push judges them at once; this finds the same ones again from the rows,
so that nothing depends on a message that was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from analytics.domain.danger import motor_dangers
from analytics.domain.day_grid import marked_days
from analytics.domain.evening import Evenings
from analytics.domain.evidence import Evidence
from analytics.domain.signals import Bools
from tracker.domain import motor_danger, power_tests
from tracker.domain.diary import RED_FLAG_ITEMS
from tracker.domain.red_flag_rules import POSITIVE
from tracker.domain.red_flags import RedFlag, facts_of, judge_check


#: Answers that can raise nothing; a question left open can (R03).
_CALM: Final = ("no", "unchanged")


def red_flags(evidence: Evidence, *, open_drops: pd.DataFrame) -> pd.DataFrame:
    """Return the days on which a safety answer or a self-test raised a red flag.

    `open_drops` are the raised rows of the analysis that say that power has dropped
    (R06, R07). Beside the candidate columns: `flag`, the `RedFlag` of an answer.
    """
    evenings = Evenings(evidence)
    motor = motor_dangers(evidence, evenings)
    drops = [rows[["patient", "day"]] for rows in (motor, open_drops) if len(rows)]
    answers = pd.DataFrame(list(_from_answers(evidence, evenings, drops)))
    return pd.concat([answers, motor], ignore_index=True)


def both_legs(evidence: Evidence) -> Bools:
    """Return (patients, days), true where symptoms of both legs are new or worse."""
    checks = evidence.diary.red_flag_checks
    said = checks[checks["both_legs"].isin(POSITIVE)]
    return marked_days(evidence, said.rename(columns={"local_day": "day"}))


def _from_answers(
    evidence: Evidence, evenings: Evenings, drops: list[pd.DataFrame]
) -> Iterator[dict[str, Any]]:
    checks = evidence.diary.red_flag_checks
    worth = ~checks[list(RED_FLAG_ITEMS)].isin(_CALM).all(axis=1)
    checks = checks[worth].sort_values(["patient", "local_day", "recorded_at", "id"])
    known = _days_by_patient(drops)
    for check in checks.to_dict("records"):
        patient, day = str(check["patient"]), check["local_day"].to_datetime64()
        tests = evenings.of(patient, day.astype("datetime64[s]"))
        if tests is None:
            continue
        open_drop = _is_open(known.get(patient, []), check["local_day"])
        record = {str(name): value for name, value in check.items()}
        facts = facts_of(
            record,
            tests,
            motor_drop=open_drop or motor_danger.has_motor_drop(tests),
        )
        for flag in judge_check(record, facts=facts):
            yield from _rows(check, flag)


def _days_by_patient(drops: list[pd.DataFrame]) -> dict[str, list[pd.Timestamp]]:
    days: dict[str, list[pd.Timestamp]] = {}
    for rows in drops:
        for patient, day in zip(rows["patient"], rows["day"], strict=True):
            days.setdefault(str(patient), []).append(pd.Timestamp(day))
    return days


def _is_open(days: list[pd.Timestamp], today: pd.Timestamp) -> bool:
    """Return whether a finding of the last days is taken to be open still.

    A replay does not know when a clinic closes its flags.
    """
    open_for = pd.Timedelta(power_tests.NEW_WITHIN)
    return any(pd.Timedelta(0) <= today - day <= open_for for day in days)


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
