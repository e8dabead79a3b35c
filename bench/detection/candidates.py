"""What was tried before the engine became what it is, to be tried again by one command.

Each candidate is the shipped filter with one idea taken out or one number moved, tuned
to the same rate of false alarms on a development seed. `--candidates` prints them
beside the rivals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from analytics.domain import deficit
from analytics.domain.course_model import NUMBNESS, SELF_TEST, CourseModel
from bench.detection.cohort import Cohort, Floats


#: One kind of person: nobody is noisier or drifts more than the others.
_ALIKE: Final = ((1.0, 1.0, 1.0),)
#: Takes the place of a number; a float would be a factor.
FULLY: Final = 1
#: What is changed of both models, by name; a number is a factor, a value takes its place.
CANDIDATES: Final[Mapping[str, Mapping[str, Any]]] = {
    "as shipped": {},
    "no drift of the own level": {"drift_sd": 0.0},
    "drift twice as large": {"drift_sd": 2.0},
    "drift four times as large": {"drift_sd": 4.0},
    "answers not sticky": {"sticky": 0.0},
    "slips a hundred times as rare": {"stray": 0.01},
    "pain explains nothing": {"pain_spill": (0.0,)},
    "answers weighed fully": {"temper": FULLY},
    "all people alike": {"classes": _ALIKE},
    "a change ten times as rare": {"hazard": 0.1},
}


def models(changes: Mapping[str, Any]) -> tuple[CourseModel, CourseModel]:
    """Return the models of numbness and self-tests with the changes of a candidate."""
    return _changed(NUMBNESS, changes), _changed(SELF_TEST, changes)


def _changed(model: CourseModel, changes: Mapping[str, Any]) -> CourseModel:
    values: dict[str, Any] = {}
    for name, value in changes.items():
        own = getattr(model, name)
        values[name] = value * own if isinstance(value, float) else value
    return replace(model, **values)


def evidence(cohort: Cohort, changes: Mapping[str, Any]) -> Floats:
    """Return (people, days): the candidate's evidence for a loss, log10, both legs."""
    tests = np.fmax(cohort.tests, cohort.repeats)
    known = deficit.weigh(cohort.numbness, tests, cohort.pain, models=models(changes))
    worst: Floats = known.whole.max(axis=1)
    return np.where(cohort.logged, worst, -np.inf)
