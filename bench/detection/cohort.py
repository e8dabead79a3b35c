"""The development cohort: detection.md's table as arrays, with the truth known.

People times days, drawn column by column; all randomness comes from one seed. What
the table leaves open (how many movements, which ramps, how pain spills) is drawn for
each person, so that a detector cannot learn one convention by heart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.detection.settings import Noise, Setting


Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

DAYS: Final = 150
PEOPLE: Final = 800
#: Scenario, its share, and whether a root truly loses function.
SCENARIOS: Final = (
    ("creeping_numbness", 0.11, True),
    ("creeping_weakness", 0.10, True),
    ("foot_drop", 0.08, True),
    ("relief_with_weakness", 0.09, True),
    ("stable", 0.26, False),
    ("flares", 0.14, False),
    ("rising_pain", 0.10, False),
    ("slips", 0.12, False),
)
NAMES: Final = tuple(name for name, _, _ in SCENARIOS)
WORSENING: Final = np.array([worse for _, _, worse in SCENARIOS])
#: The true change that has to be found: points of numbness, steps of a self-test.
NUMBNESS_POINTS: Final = 2.0
TEST_STEPS: Final = 0.75
#: Steps of the self-test (3-0) for one point of weakness (0-5).
STEPS_A_POINT: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Answers as arrays, NaN is silence, and the truth behind them.

    numbness, pain: (people, 2, days), the affected leg first. tests: (people, 2,
    2, days): leg, movement. onset, reached: (people,), the day the true change
    begins and the day it reaches the size that has to be found, -1 for never.
    """

    scenario: Ints
    pain: Floats
    numbness: Floats
    tests: Floats
    repeats: Floats
    logged: Bools
    onset: Ints
    reached: Ints
    movements: Ints

    @property
    def people(self) -> int:
        """Return how many people there are."""
        return len(self.scenario)

    @property
    def worsening(self) -> Bools:
        """Return whose nerve root truly loses function."""
        return WORSENING[self.scenario]


def simulate(
    setting: Setting, *, seed: int, people: int = PEOPLE, days: int = DAYS
) -> Cohort:
    """Return a cohort of a noise setting."""
    rng = np.random.default_rng(seed)
    shares = np.array([share for _, share, _ in SCENARIOS])
    scenario = rng.choice(len(SCENARIOS), size=people, p=shares / shares.sum())
    onset, numb, weak, pain_change = _courses(rng, scenario, days, early=setting.early)
    reached = _reached(numb, weak)
    onset = np.where(reached >= 0, onset, -1)

    pain_felt = _felt(setting.pain, rng, people, days) + pain_change
    spill = rng.choice([0.0, 0.15, 0.3], people)[:, None] * pain_change.clip(0)
    inhibition = rng.choice([0.0, 0.05, 0.12], people)[:, None] * pain_change.clip(0)
    numb_felt = _felt(setting.numbness, rng, people, days) + numb + spill
    weak_felt, own = _leg(setting.weakness, rng, people, days)
    weak_felt = weak_felt + weak / STEPS_A_POINT + inhibition

    slips = np.where(scenario == NAMES.index("slips"), 6.0, 1.0)
    pain = _tapped(setting.pain, rng, pain_felt, slips)
    numbness = _tapped(setting.numbness, rng, numb_felt, slips)
    other_numb = _tapped(
        setting.numbness,
        rng,
        _felt(replace(setting.numbness, zero=0.8), rng, people, days),
        slips,
    )
    tests, again = _tested(setting.weakness, rng, (weak_felt, own), weak, slips)
    logged = _logged(setting, rng, pain_change, numb, people, days)
    return _hide(
        setting,
        rng,
        Cohort(
            scenario=scenario,
            pain=np.stack([pain, np.full_like(pain, np.nan)], 1),
            numbness=np.stack([numbness, other_numb], 1),
            tests=tests,
            repeats=again,
            logged=logged,
            onset=onset,
            reached=reached,
            movements=rng.integers(1, 3, people),
        ),
    )


def _tested(
    noise: Noise,
    rng: np.random.Generator,
    leg_and_noise: tuple[Floats, Floats],
    weak: Floats,
    slips: Floats,
) -> tuple[Floats, Floats]:
    """Return scores and repeats (people, legs, movements, days), all answered."""
    felt, own = leg_and_noise
    people, days = weak.shape
    tests = np.full((people, 2, 2, days), np.nan)
    again = tests.copy()
    other, _ = _leg(replace(noise, zero=0.85), rng, people, days)
    for leg, known in enumerate((felt, other)):
        for movement, share in enumerate((1.0, 0.8)):
            less = 0.0 if leg else (share - 1) * weak / STEPS_A_POINT
            tests[:, leg, movement], again[:, leg, movement] = _scores(
                noise, rng, known + less, own, slips
            )
    return tests, again


def _courses(
    rng: np.random.Generator, scenario: Ints, days: int, *, early: bool
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return onset, and what is added to numbness, weakness (steps) and pain."""
    people = len(scenario)
    first = 8 if early else 14
    onset = rng.integers(first, days - 40, people)
    if early:
        soon = rng.random(people) < 0.3
        onset = np.where(soon, rng.integers(8, 15, people), onset)
    since = np.arange(days)[None, :] - onset[:, None]
    length = np.where(rng.random(people) < 0.2, 1, rng.integers(5, 41, people))
    ramp = np.clip((since + 1) / length[:, None], 0, 1)
    is_ = {name: (scenario == place)[:, None] for place, name in enumerate(NAMES)}
    numb_size = rng.uniform(3.0, 6.0, people)[:, None]
    weak_size = rng.uniform(1.0, 2.2, people)[:, None]
    too = (rng.random(people) < 0.4)[:, None]
    numb = np.where(is_["creeping_numbness"], numb_size * ramp, 0.0)
    numb += np.where(
        (is_["creeping_weakness"] | is_["relief_with_weakness"]) & too,
        0.5 * numb_size * ramp,
        0,
    )
    weak = np.where(
        is_["creeping_weakness"] | is_["relief_with_weakness"], weak_size * ramp, 0.0
    )
    weak += np.where(is_["creeping_numbness"] & too, 0.5 * weak_size * ramp, 0.0)
    weak += np.where(is_["foot_drop"], 2.0 * (since >= 0), 0.0)
    pain = np.where(
        is_["relief_with_weakness"],
        -rng.uniform(3, 5, people)[:, None] * np.clip((since - 3) / 12, 0, 1),
        0,
    )
    pain += np.where(
        is_["rising_pain"],
        rng.uniform(2, 4, people)[:, None] * np.clip(since / 8, 0, 1),
        0,
    )
    pain += np.where(is_["flares"], _flares(rng, people, days), 0.0)
    return onset, numb, weak, pain


def _flares(rng: np.random.Generator, people: int, days: int) -> Floats:
    flares = np.zeros((people, days))
    for person, day in zip(
        *np.nonzero(rng.random((people, days)) < 3.5 / 42), strict=True
    ):
        length = 1 if rng.random() < 0.75 else int(rng.integers(2, 8))
        flares[person, day : day + length] = rng.uniform(2.0, 3.5)
    return flares


def _reached(numb: Floats, weak: Floats) -> Ints:
    there = (numb >= NUMBNESS_POINTS) | (weak >= TEST_STEPS)
    return np.where(there.any(1), there.argmax(1), -1)


def _felt(noise: Noise, rng: np.random.Generator, people: int, days: int) -> Floats:
    mean = rng.normal(*noise.mean, people).clip(0, noise.top)
    mean = np.where(rng.random(people) < noise.zero, 0.0, mean)
    own_noise, own_drift = (rng.lognormal(0, sd, people) for sd in noise.spread)
    day = rng.normal(0, noise.day, (people, days)) * own_noise[:, None]
    fast = _ar1(rng, people, days, *noise.fast) * own_noise[:, None]
    slow = _ar1(rng, people, days, *noise.slow) * own_drift[:, None]
    return mean[:, None] + day + fast + slow


def _leg(
    noise: Noise, rng: np.random.Generator, people: int, days: int
) -> tuple[Floats, Floats]:
    """Return the weakness of a leg without day noise, and the person's day noise."""
    mean = rng.normal(*noise.mean, people).clip(0, noise.top)
    mean = np.where(rng.random(people) < noise.zero, 0.0, mean)
    own_noise, own_drift = (rng.lognormal(0, sd, people) for sd in noise.spread)
    fast = _ar1(rng, people, days, *noise.fast) * own_noise[:, None]
    slow = _ar1(rng, people, days, *noise.slow) * own_drift[:, None]
    return mean[:, None] + fast + slow, noise.day * own_noise


def _scores(
    noise: Noise, rng: np.random.Generator, level: Floats, own: Floats, slips: Floats
) -> tuple[Floats, Floats]:
    tries = [
        np.clip(
            np.round(
                3
                - STEPS_A_POINT
                * np.clip(level + rng.normal(0, 1, level.shape) * own[:, None], 0, 5)
            ),
            0,
            3,
        )
        for _ in range(2)
    ]
    return _sticky(noise, rng, tries[0], 3, slips), tries[1]


def _tapped(
    noise: Noise, rng: np.random.Generator, felt: Floats, slips: Floats
) -> Floats:
    return _sticky(noise, rng, np.clip(np.round(felt), 0, noise.top), noise.top, slips)


def _sticky(
    noise: Noise, rng: np.random.Generator, wanted: Floats, top: float, slips: Floats
) -> Floats:
    tapped = wanted.copy()
    repeats = rng.random(wanted.shape) < noise.sticky
    for day in range(1, wanted.shape[1]):
        tapped[:, day] = np.where(repeats[:, day], tapped[:, day - 1], wanted[:, day])
    strays = rng.random(wanted.shape) < noise.stray * slips[:, None]
    return np.where(strays, rng.integers(0, int(top) + 1, wanted.shape), tapped)


def _ar1(
    rng: np.random.Generator, people: int, days: int, phi: float, sd: float
) -> Floats:
    steps = rng.normal(0, sd, (people, days))
    steps[:, 0] /= np.sqrt(1 - phi**2)
    for day in range(1, days):
        steps[:, day] += phi * steps[:, day - 1]
    return steps


def _logged(
    setting: Setting,
    rng: np.random.Generator,
    pain: Floats,
    numb: Floats,
    people: int,
    days: int,
) -> Bools:
    after_answer, after_miss, spread = setting.missing
    person = rng.lognormal(0, spread, people)
    logged = np.ones((people, days), bool)
    missed = np.zeros(people, bool)
    for day in range(days):
        chance = np.clip(after_answer * person + 0.006 * day / 7, 0, 0.6)
        if setting.informative:
            chance = chance * np.where(
                (pain[:, day] > 1) | (numb[:, day] > 2), 1.8, 1.0
            )
        missed = rng.random(people) < np.where(missed, after_miss, chance)
        logged[:, day] = ~missed
    stops = rng.random(people) < 0.10 * days / 84
    last = np.where(stops, rng.integers(days // 4, days, people), days)
    return logged & (np.arange(days)[None] < last[:, None])


def _hide(setting: Setting, rng: np.random.Generator, cohort: Cohort) -> Cohort:
    """Return the cohort as it is logged: silence, fewer movements, wrong sides."""
    people, days = cohort.logged.shape
    silent = ~cohort.logged
    pain, numbness = cohort.pain.copy(), cohort.numbness.copy()
    tests, repeats = cohort.tests.copy(), cohort.repeats.copy()
    numbness[_share(rng, people, 0.7), 1] = np.nan
    tests[cohort.movements == 1, :, 1] = np.nan
    tests[_share(rng, people, 0.5), 1] = np.nan
    seldom = _share(rng, people, 0.3)
    skipped = seldom[:, None] & (np.arange(days)[None] % 2 == 1)
    tests[np.broadcast_to((silent | skipped)[:, None, None], tests.shape)] = np.nan
    for answers in (pain, numbness):
        answers[np.broadcast_to(silent[:, None], answers.shape)] = np.nan
    wrong = rng.random((people, days)) < setting.wrong_side
    for answers in (numbness, tests):
        swap = wrong.reshape(people, *([1] * (answers.ndim - 2)), days)
        answers[...] = np.where(swap, answers[:, ::-1], answers)
    usual = np.fmax.accumulate(tests, axis=-1)
    asked = (usual - tests >= 2) | (tests == 0)
    habit = _share(rng, people, 0.5)[:, None, None, None]
    repeats[~(asked & habit)] = np.nan
    repeats[np.isnan(tests)] = np.nan
    return replace(cohort, pain=pain, numbness=numbness, tests=tests, repeats=repeats)


def _share(rng: np.random.Generator, people: int, share: float) -> Bools:
    """Return a share of the people, drawn one by one."""
    chosen: Bools = rng.random(people) < share
    return chosen
