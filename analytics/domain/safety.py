"""The red-flag rules of the tracker, replayed over a diary (R01-R05, R17-R19).

The phone's push judges them at once; this finds the same ones again from the rows,
so that nothing depends on a message that was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from analytics.domain.danger import motor_dangers
from analytics.domain.evening import Evenings
from analytics.domain.evidence import Evidence
from analytics.domain.power_series import instants
from analytics.domain.rows import Rows, joined, ranks, rows_of
from analytics.domain.signals import Bools
from tracker.domain import motor_danger, power_tests
from tracker.domain.diary import RED_FLAG_ITEMS
from tracker.domain.power_tests import KnownState
from tracker.domain.red_flag_rules import INFO, POSITIVE
from tracker.domain.red_flags import RedFlag, facts_of, judge_check, saddle_flag
from tracker.domain.saddle import QUESTIONS


#: Answers that can raise nothing; a question left open can (R03).
_CALM: Final = ("no", "unchanged")
#: Answers that leave nothing open.
_ANSWERED: Final = (*_CALM, *POSITIVE)


def red_flags(evidence: Evidence, *, open_drops: Rows) -> Rows:
    """Return the days on which a safety answer or a self-test raised a red flag.

    `open_drops` are the raised rows of the analysis that say that power has dropped
    (R06, R07). Beside the candidate columns: `flag`, the `RedFlag` of an answer.
    """
    evenings = Evenings(evidence)
    motor = motor_dangers(evidence, evenings)
    drops = [rows[["patient", "day"]] for rows in (motor, open_drops) if len(rows)]
    answers = rows_of(list(_from_answers(evidence, evenings, drops)))
    return joined([answers, rows_of(list(_from_map(evidence))), motor])


def _from_answers(
    evidence: Evidence, evenings: Evenings, drops: list[Rows]
) -> Iterator[dict[str, Any]]:
    checks = evidence.diary.red_flag_checks
    calm = [np.isin(checks[item], _CALM) for item in RED_FLAG_ITEMS]
    checks = checks[~np.all(calm, axis=0)]
    keys = [checks[name] for name in ("recorded_at", "day", "patient")]
    checks = checks[np.lexsort([ranks(checks["id"]), *keys])]
    known = _days_by_patient(drops)
    for check, day in zip(checks.records(), checks["day"], strict=True):
        tests = evenings.of(check["patient"], day)
        if tests is None:
            continue
        open_drop = _is_open(known.get(check["patient"], []), day)
        facts = facts_of(
            check | {"recorded_at": check["recorded_at"].replace(tzinfo=UTC)},
            tests,
            motor_drop=open_drop or motor_danger.has_motor_drop(tests),
        )
        for flag in judge_check(check, facts=facts):
            yield from _rows(check["patient"], day, flag)


def _from_map(evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Yield a numb saddle on the map of a day whose check left its questions open.

    Numbness without any check asks the patient and tells the clinic nothing yet.
    """
    diary = evidence.diary
    answered = [np.isin(diary.red_flag_checks[each], _ANSWERED) for each in QUESTIONS]
    whole: Bools = np.all(answered, axis=0)
    opened = diary.red_flag_checks[~whole]
    if not len(opened):
        return
    days = set(zip(opened["patient"].tolist(), opened["day"].tolist(), strict=True))
    checks = _by_day(diary.red_flag_checks, days)
    logs = _by_day(diary.numbness_logs, days)
    known = _by_patient(diary.red_flag_checks[whole])
    for (patient, day), own in sorted(logs.items()):
        now = max(each["recorded_at"] for each in (*own, *checks[patient, day]))
        before = [at for on, at in known.get(patient, []) if on < day]
        flag = saddle_flag(
            {"numbness_logs": own, "red_flag_checks": checks[patient, day]},
            state=KnownState(checked_at=max(before, default=None)),
            now=now,
        )
        if flag is not None and flag.clinician_tier != INFO:
            yield from _rows(patient, np.datetime64(day), flag)


def _by_day(
    rows: Rows, days: set[tuple[int, datetime]]
) -> dict[tuple[int, datetime], list[dict[str, Any]]]:
    """Return the rows of those patients and days, their times in UTC."""
    found: dict[tuple[int, datetime], list[dict[str, Any]]] = {}
    keys = zip(rows["patient"].tolist(), rows["day"].tolist(), strict=True)
    wanted = np.array([key in days for key in keys], bool)
    for row in rows[wanted].records():
        at = row["recorded_at"].replace(tzinfo=UTC)
        key = row["patient"], row["day"]
        found.setdefault(key, []).append(row | {"recorded_at": at})
    return found


def _by_patient(checks: Rows) -> dict[int, list[tuple[datetime, datetime]]]:
    """Return the day and the time of each check, by patient."""
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    days, moments = checks["day"].tolist(), instants(checks["recorded_at"])
    for patient, day, at in zip(checks["patient"].tolist(), days, moments, strict=True):
        found.setdefault(patient, []).append((day, at))
    return found


def _days_by_patient(drops: list[Rows]) -> dict[int, list[np.datetime64]]:
    days: dict[int, list[np.datetime64]] = {}
    for rows in drops:
        for patient, day in zip(rows["patient"].tolist(), rows["day"], strict=True):
            days.setdefault(patient, []).append(day)
    return days


def _is_open(days: list[np.datetime64], today: np.datetime64) -> bool:
    """Return whether a finding of the last days is taken to be open still.

    A replay does not know when a clinic closes its flags.
    """
    open_for = np.timedelta64(power_tests.NEW_WITHIN)
    return any(day <= today <= day + open_for for day in days)


def _rows(patient: int, day: np.datetime64, flag: RedFlag) -> Iterator[dict[str, Any]]:
    """Yield a row for each item, so that each new item re-notifies."""
    for item in flag.items or ("",):
        yield {
            "patient": patient,
            "rule": flag.rule,
            "side": "",
            "item": item,
            "day": day,
            "onset": day,
            "severity": 1.0,
            "tier": flag.clinician_tier,
            "flag": flag,
        }
