"""The next patients of a trial: read, replayed under both sets of numbers, counted.

Only workers load this; `trials` is what pages ask.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded

from analytics import frames
from analytics.domain import comparison, overrides, pipeline
from analytics.domain.comparison import Comparison, Told
from analytics.domain.records import Diary, spans_of, until
from analytics.models import RuleTrial
from analytics.selectors.own_numbers import numbers_in_force
from analytics.services import trials
from analytics.services.analyse import ENGINE_VERSION


logger = logging.getLogger(__name__)

#: Patients between two looks at whether the trial still stands: bounds the memory, and
#: how long the analysis of the clinic waits behind a trial.
TOGETHER: Final = 100


def take_step(trial_id: int, now: datetime) -> bool:
    """Compute the next patients of a trial; return whether more of them wait.

    Reads diaries, writes nothing but the trial. Safe to run many times at once.
    """
    trial = trials.claim(trial_id, now)
    if trial is None:
        return False
    patients = trials.next_patients(trial, most=TOGETHER)
    counts = _compared(trial, patients)
    return trials.move_on(
        trial, patients, counts, engine_version=ENGINE_VERSION, now=now
    )


def _compared(trial: RuleTrial, patient_ids: Sequence[UUID]) -> Comparison:
    """Return the counts; a diary that cannot be computed is counted, not followed."""
    if not patient_ids:
        return Comparison()
    try:
        return _replayed(trial, patient_ids)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # noqa: BLE001 - one bad diary must not stop the rest
        if len(patient_ids) == 1:
            logger.warning(
                "trial failed for a patient",
                extra={"patient_id": patient_ids[0], "error": type(error).__name__},
            )
            return Comparison(failed=1)
        whole = Comparison()
        for patient_id in patient_ids:
            whole = comparison.added(whole, _compared(trial, [patient_id]))
        return whole


def _replayed(trial: RuleTrial, patient_ids: Sequence[UUID]) -> Comparison:
    """Return the counts; what was chosen for one patient alone stays as it is."""
    whole = Comparison()
    for (now, then), own in _together(trial, patient_ids).items():
        diary = until(frames.diary_of_patients(own), trial.last_on)
        events = frames.events_of_patients(own)
        before, after = (
            _told(
                pipeline.replay(
                    diary,
                    events,
                    start=trial.first_on,
                    end=trial.last_on,
                    rules=overrides.in_force(json.loads(changes)),
                )
            )
            for changes in (now, then)
        )
        patients, days = _watched(trial, diary)
        counts = comparison.compared(
            before, after, patients=patients, patient_days=days
        )
        whole = comparison.added(whole, counts)
    return whole


def _together(
    trial: RuleTrial, patient_ids: Sequence[UUID]
) -> dict[tuple[str, str], list[UUID]]:
    """Return the patients with the same numbers, as JSON of those now and then."""
    wanted = overrides.Choice(
        rule=trial.rule, setting=trial.setting, value=trial.value, everywhere=False
    )
    at = trial.requested_at
    clinic_of = dict.fromkeys(patient_ids, trial.clinic_id)
    now = numbers_in_force(clinic_of, at=at)
    then = numbers_in_force(clinic_of, at=at, wanted=wanted)
    groups: dict[tuple[str, str], list[UUID]] = {}
    for patient_id in patient_ids:
        before, after = (
            json.dumps(numbers[patient_id].changes, sort_keys=True)
            for numbers in (now, then)
        )
        groups.setdefault((before, after), []).append(patient_id)
    return groups


def _told(found: pipeline.Findings) -> dict[str, list[Told]]:
    return {
        patient: [
            Told(each.rule, each.tier, each.side, each.raised_on) for each in findings
        ]
        for patient, findings in found.items()
    }


def _watched(trial: RuleTrial, diary: Diary) -> tuple[int, int]:
    """Return who has a diary in the window, and on how many days altogether.

    A diary lasts from its first to its last entry, as in `backtest`.
    """
    lengths = [
        (min(last, trial.last_on) - max(first, trial.first_on)).days + 1
        for first, last in spans_of(diary).values()
    ]
    inside = [days for days in lengths if days > 0]
    return len(inside), sum(inside)
