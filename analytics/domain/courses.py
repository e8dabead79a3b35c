"""The truth behind a simulated diary: what becomes of a patient, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from analytics.domain.signals import Bools, Floats


Scenario = Literal[
    "stable",
    "improving",
    "flaring",
    "rising_pain",
    "creeping_numbness",
    "creeping_weakness",
    "foot_drop",
    "pain_relief_with_weakness",
    "cauda_equina",
    "silent",
]


SCENARIOS: Final[tuple[Scenario, ...]] = (
    "stable",
    "improving",
    "flaring",
    "rising_pain",
    "creeping_numbness",
    "creeping_weakness",
    "foot_drop",
    "pain_relief_with_weakness",
    "cauda_equina",
    "silent",
)


#: The scenarios in which a nerve root truly loses function.
WORSENING: Final[frozenset[Scenario]] = frozenset(
    {
        "creeping_numbness",
        "creeping_weakness",
        "foot_drop",
        "pain_relief_with_weakness",
        "cauda_equina",
    }
)


#: P(miss after an answer), P(miss after a miss): trial diaries; log-SD of persons.
MISSING: Final = (0.09, 0.45, 0.4)


DROPOUT_IN_84_DAYS: Final = 0.10


#: Size of a true change: points of numbness, points of weakness.
NUMBNESS_CHANGE: Final = 4.0


WEAKNESS_CHANGE: Final = 3.0


SILENT_DAYS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Root:
    """What one nerve root supplies, as far as a diary can show it."""

    name: str
    first: tuple[str, ...]
    later: tuple[str, ...]
    pain: tuple[str, ...]
    tests: tuple[str, str]


ROOTS: Final = (
    Root(
        name="L4",
        first=("medial_shin",),
        later=("medial_ankle", "medial_knee"),
        pain=("medial_knee", "medial_shin"),
        tests=("chair_rise", "heel_walk"),
    ),
    Root(
        name="L5",
        first=("big_toe", "dorsum_foot"),
        later=("first_web_space", "lateral_shin"),
        pain=("buttock", "lateral_thigh", "lateral_calf"),
        tests=("big_toe_lift", "heel_walk"),
    ),
    Root(
        name="S1",
        first=("little_toe", "lateral_foot"),
        later=("sole", "heel"),
        pain=("buttock", "posterior_thigh", "posterior_calf"),
        tests=("heel_raise", "heel_raise"),
    ),
)


ROOT_SHARES: Final = (0.15, 0.5, 0.35)


@dataclass(frozen=True, kw_only=True)
class Course:
    """The truth behind one diary: what is added to each symptom, day by day.

    `onset` is the first day of the true change, None without one.
    """

    scenario: Scenario
    side: str
    root: Root
    pain: Floats
    numbness: Floats
    weakness: Floats
    onset: int | None
    logged: Bools
    back: bool


def draw_course(scenario: Scenario, *, rng: np.random.Generator, days: int) -> Course:
    """Return the truth of one patient of a scenario."""
    root = ROOTS[rng.choice(len(ROOTS), p=ROOT_SHARES)]
    if scenario == "foot_drop":
        root = ROOTS[1]
    pain, numbness, weakness = np.zeros(days), np.zeros(days), np.zeros(days)
    onset = _onset(scenario, rng, days)
    if scenario == "improving":
        pain -= 4 * (1 - np.exp(-np.arange(days) / 30))
        numbness -= 2 * (1 - np.exp(-np.arange(days) / 40))
    elif scenario == "flaring":
        pain += _flares(rng, days)
    elif onset is not None:
        _worsen(scenario, onset, pain, numbness, weakness)
    return Course(
        scenario=scenario,
        side=str(rng.choice(["left", "right"])),
        root=root,
        pain=pain,
        numbness=numbness,
        weakness=weakness,
        onset=onset,
        logged=_logged(scenario, rng, days),
        back=bool(rng.random() < 0.5),
    )


def _onset(scenario: Scenario, rng: np.random.Generator, days: int) -> int | None:
    if scenario == "foot_drop":
        return days - 2
    if scenario == "cauda_equina":
        return days - 1
    if scenario == "stable" or scenario in ("improving", "flaring", "silent"):
        return None
    if scenario == "rising_pain":
        return days - 12
    return max(days - int(rng.integers(24, 34)), days // 3)


def _worsen(
    scenario: Scenario, onset: int, pain: Floats, numbness: Floats, weakness: Floats
) -> None:
    """Add the true change of a scenario to the symptoms, in place."""
    since = np.clip(np.arange(len(pain)) - onset, 0, None)
    ramp = np.clip(since / 14, 0, 1)
    if scenario == "creeping_numbness":
        numbness += NUMBNESS_CHANGE * ramp
    elif scenario == "creeping_weakness":
        weakness += WEAKNESS_CHANGE * ramp
    elif scenario == "pain_relief_with_weakness":
        weakness += WEAKNESS_CHANGE * ramp
        pain -= 4.0 * np.clip((since - 5) / 10, 0, 1)
    elif scenario == "foot_drop":
        weakness[onset:] += 5.0
    elif scenario == "rising_pain":
        pain += 3.5 * np.clip(since / 5, 0, 1)


def _flares(rng: np.random.Generator, days: int) -> Floats:
    flares = np.zeros(days)
    for first in np.flatnonzero(rng.random(days) < 3.5 / 42):
        length = 1 if rng.random() < 0.75 else int(rng.integers(2, 4))
        flares[first : first + length] = rng.uniform(2.0, 3.5)
    flares[-1] = max(flares[-1], 3.0)
    return flares


def _logged(scenario: Scenario, rng: np.random.Generator, days: int) -> Bools:
    after_answer, after_miss, spread = MISSING
    person = float(rng.lognormal(0, spread))
    logged, missed = np.ones(days, bool), False
    for day in range(days):
        chance = after_miss if missed else min(after_answer * person, 0.5)
        missed = bool(rng.random() < chance)
        logged[day] = not missed
    if scenario == "stable" and rng.random() < DROPOUT_IN_84_DAYS * days / 84:
        logged[int(rng.integers(days // 3, days)) :] = False
    if scenario == "silent":
        logged[days - SILENT_DAYS - 1] = True
        logged[days - SILENT_DAYS :] = False
    elif scenario in ("foot_drop", "cauda_equina"):
        logged[-3 if scenario == "cauda_equina" else -2] = True
        logged[-1] = scenario == "cauda_equina"
    logged[0] = True
    return logged
