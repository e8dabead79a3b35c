"""A simulated clinic: diaries with known truth, in the exact shape phones send.

The noise is the table of detection.md: a person's own level, day noise, a fast and a
slow AR(1), answers that repeat yesterday's, stray taps, and gaps that last. All
randomness comes from the generator given, so the same seed makes the same clinic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np

from analytics.domain.signals import Bools, Floats
from tracker.domain.diary import CAUDA_EQUINA_ITEMS, RED_FLAG_ITEMS


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
Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How one symptom wanders without meaning anything (detection.md, table)."""

    top: float
    day_sd: float
    fast: tuple[float, float]
    slow: tuple[float, float]
    person_log_sd: tuple[float, float]
    sticky: float
    stray: float
    mean: tuple[float, float]
    mostly_zero: float


PAIN: Final = Noise(
    top=10,
    day_sd=1.0,
    fast=(0.5, 0.52),
    slow=(0.985, 0.164),
    person_log_sd=(0.45, 0.6),
    sticky=0.20,
    stray=0.008,
    mean=(5.0, 1.5),
    mostly_zero=0.0,
)
NUMBNESS: Final = Noise(
    top=10,
    day_sd=0.65,
    fast=(0.4, 0.46),
    slow=(0.985, 0.121),
    person_log_sd=(0.45, 0.6),
    sticky=0.35,
    stray=0.005,
    mean=(3.0, 2.0),
    mostly_zero=0.25,
)
WEAKNESS: Final = Noise(
    top=5,
    day_sd=0.33,
    fast=(0.4, 0.23),
    slow=(0.99, 0.035),
    person_log_sd=(0.4, 0.5),
    sticky=0.50,
    stray=0.003,
    mean=(1.5, 0.9),
    mostly_zero=0.5,
)
#: P(miss after an answer), P(miss after a miss): trial diaries; log-SD of persons.
MISSING: Final = (0.09, 0.45, 0.4)
DROPOUT_IN_84_DAYS: Final = 0.10
#: Steps of the self-test for one point of latent weakness (0-5 onto 3-0).
STEPS_A_POINT: Final = 0.6
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
    other: dict[str, Any] = field(default_factory=dict)


def simulate_patient(
    scenario: Scenario,
    *,
    rng: np.random.Generator,
    start: date,
    days: int,
    zone: tzinfo,
) -> list[tuple[str, Record]]:
    """Return (collection, record) of one patient, in order of time.

    Records have the JSON shape of diary.md. What the scenario promises happens at
    the end: the foot drops the evening before the last day, the cauda equina answer
    is given on its morning, the silent one has not logged for `SILENT_DAYS` days.
    """
    course = draw_course(scenario, rng=rng, days=days)
    return list(records(course, rng=rng, start=start, zone=zone))


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


def records(
    course: Course, *, rng: np.random.Generator, start: date, zone: tzinfo
) -> Iterator[tuple[str, Record]]:
    """Yield what the patient of a course logged, day by day."""
    levels = _Levels(course, rng)
    evening = int(rng.integers(18 * 60, 21 * 60))
    for day in range(len(course.logged)):
        if not course.logged[day]:
            continue
        minute = evening + int(rng.integers(-40, 40))
        diarist = _Diarist(rng, start + timedelta(days=day), minute, zone)
        today = _day(course, levels, diarist, day)
        yield from sorted(today, key=lambda entry: str(entry[1]["recorded_at"]))


class _Diarist:
    """Stamps the records of one evening with ids and times."""

    def __init__(
        self, rng: np.random.Generator, day: date, minute: int, zone: tzinfo
    ) -> None:
        self.rng, self.zone, self.day = rng, zone, day
        midnight = datetime.combine(day, time(), tzinfo=zone)
        self.at = midnight.replace(hour=minute // 60, minute=minute % 60)

    def stamp(self, collection: str, **fields: Any) -> tuple[str, Record]:
        """Return a record written half a minute after the one before."""
        self.at += timedelta(seconds=int(self.rng.integers(15, 45)))
        identity = UUID(bytes=self.rng.bytes(16), version=4)
        return collection, {
            "id": str(identity),
            "recorded_at": self.at.isoformat(),
            "note": None,
            "withdrawn_at": None,
            **fields,
        }

    def in_the_morning(self) -> None:
        """Set the clock to the morning of the day."""
        self.at = self.at.replace(hour=7, minute=int(self.rng.integers(5, 50)))


class _Levels:
    """The answers of one patient for each day, already rounded, sticky and stray."""

    def __init__(self, course: Course, rng: np.random.Generator) -> None:
        self.pain = answers(PAIN, rng, course.pain)
        floor = 2.0 if course.scenario == "improving" else 0.0
        self.numbness = answers(NUMBNESS, rng, course.numbness, lift=floor)
        # The two movements of a leg share its root: one level, each its own day noise.
        leg = _latent(WEAKNESS, rng, len(course.weakness), day_noise=False)
        self.tests = {
            "first": self_tests(rng, leg + course.weakness),
            "second": self_tests(rng, leg + 0.8 * course.weakness),
            "healthy": self_tests(rng, np.full(len(leg), -1.0)),
        }
        self.back = answers(PAIN, rng, course.pain / 2, lift=-1.0)
        self.walk = np.clip(
            60 - 5 * self.pain + rng.normal(0, 6, len(self.pain)), 1, 120
        )


def answers(
    noise: Noise, rng: np.random.Generator, change: Floats, *, lift: float = 0.0
) -> Floats:
    """Return the whole numbers that a person taps, day by day."""
    latent = _latent(noise, rng, len(change)) + lift + change
    return _tapped(noise, rng, np.clip(np.round(latent), 0, noise.top), noise.top)


def self_tests(rng: np.random.Generator, weakness: Floats) -> tuple[Floats, Floats]:
    """Return scores 0-3 of the first and of a second try, day by day.

    The score is the latent weakness seen through an ordinal ceiling. Both tries
    share it; only the first has slips of the finger and yesterday's answer.
    """
    tries = []
    for _ in range(2):
        noisy = weakness + rng.normal(0, WEAKNESS.day_sd, len(weakness))
        power = np.round(3 - STEPS_A_POINT * np.clip(noisy, 0, 5))
        tries.append(np.clip(power, 0, 3))
    return _tapped(WEAKNESS, rng, tries[0], 3), tries[1]


def _latent(
    noise: Noise, rng: np.random.Generator, days: int, *, day_noise: bool = True
) -> Floats:
    mean = float(np.clip(rng.normal(*noise.mean), 0, noise.top))
    if rng.random() < noise.mostly_zero:
        mean = 0.0
    own_noise, own_drift = (
        float(rng.lognormal(0, log_sd)) for log_sd in noise.person_log_sd
    )
    own_noise, own_drift = min(own_noise, 1.8), min(own_drift, 1.8)
    day = rng.normal(0, noise.day_sd * own_noise, days) * day_noise
    fast = _ar1(rng, days, noise.fast[0], noise.fast[1] * own_noise)
    slow = _ar1(rng, days, noise.slow[0], noise.slow[1] * own_drift)
    return mean + day + fast + slow


def _ar1(rng: np.random.Generator, days: int, phi: float, sd: float) -> Floats:
    steps = rng.normal(0, sd, days)
    value, path = float(rng.normal(0, sd / np.sqrt(1 - phi**2))), np.zeros(days)
    for day in range(days):
        value = phi * value + steps[day]
        path[day] = value
    return path


def _tapped(
    noise: Noise, rng: np.random.Generator, wanted: Floats, top: float
) -> Floats:
    tapped = wanted.copy()
    repeats = rng.random(len(wanted)) < noise.sticky
    strays = rng.random(len(wanted)) < noise.stray
    anywhere = rng.integers(0, int(top) + 1, len(wanted))
    for day in range(1, len(wanted)):
        if repeats[day] and abs(wanted[day] - tapped[day - 1]) <= 1:
            tapped[day] = tapped[day - 1]
    return np.where(strays, anywhere, tapped)


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


def _day(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> Iterator[tuple[str, Record]]:
    if day == course.onset and course.scenario == "cauda_equina":
        diarist.in_the_morning()
        yield _safety(diarist, positive=True)
        return
    yield _leg_pain(course, levels, diarist, day)
    if course.back and day % 2 == 0:
        yield _back_pain(levels, diarist, day)
    yield _numbness(course, levels, diarist, day)
    yield from _tests(course, levels, diarist, day)
    yield _day_log(course, levels, diarist, day)
    if day % 7 == 0:
        yield _safety(diarist, positive=False)


def _leg_pain(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> tuple[str, Record]:
    pain = int(levels.pain[day])
    rng = diarist.rng
    return diarist.stamp(
        "pain_logs",
        site="leg",
        side=course.side,
        intensity=pain,
        worst=min(10, pain + int(rng.integers(0, 3))),
        regions=list(course.root.pain) if pain else [],
        qualities=["shooting", "electric"] if pain >= 5 else ["aching"],
        triggers=["sitting", "bending"] if rng.random() < 0.6 else ["coughing"],
        relievers=["lying"] if rng.random() < 0.6 else ["walking"],
    )


def _back_pain(levels: _Levels, diarist: _Diarist, day: int) -> tuple[str, Record]:
    return diarist.stamp(
        "pain_logs",
        site="back",
        side="midline",
        intensity=int(levels.back[day]),
        worst=None,
        regions=["lower_back"],
        qualities=["dull"],
        triggers=["sitting"],
        relievers=["lying"],
    )


def _numbness(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> tuple[str, Record]:
    intensity = int(levels.numbness[day])
    rng = diarist.rng
    regions = [region for region in course.root.first if rng.random() < 0.93]
    if course.numbness[day] >= 1.5:
        regions += [region for region in course.root.later if rng.random() < 0.85]
    if rng.random() < 0.04:
        regions.append(str(rng.choice(course.root.later)))
    return diarist.stamp(
        "numbness_logs",
        side=course.side,
        intensity=intensity,
        kind="tingling" if intensity < 4 else "numbness",
        regions=list(dict.fromkeys(regions)) if intensity else [],
        constant=intensity >= 6,
    )


def _tests(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> Iterator[tuple[str, Record]]:
    first, second = course.root.tests
    other = "left" if course.side == "right" else "right"
    yield _test(course.side, first, levels.tests["first"], diarist, day)
    if second != first:
        yield _test(course.side, second, levels.tests["second"], diarist, day)
    yield _test(other, first, levels.tests["healthy"], diarist, day)


def _test(
    side: str, test: str, tries: tuple[Floats, Floats], diarist: _Diarist, day: int
) -> tuple[str, Record]:
    """Return a self-test; the app asks to repeat what fell by two steps."""
    scores, again = tries
    score = int(scores[day])
    usual = float(np.median(scores[max(day - 14, 0) : day])) if day else float(score)
    repeat = int(again[day]) if usual - score >= 2 else None
    return diarist.stamp(
        "weakness_logs",
        side=side,
        test=test,
        score=score,
        repeat_score=repeat,
        not_done_reason=None,
        felt_weakness=int(np.clip(2 * (3 - score), 0, 6)),
    )


def _day_log(
    course: Course, levels: _Levels, diarist: _Diarist, day: int
) -> tuple[str, Record]:
    rng = diarist.rng
    pain = int(levels.pain[day])
    sitting = int(rng.integers(180, 600))
    dropped = course.scenario == "foot_drop" and course.onset == day
    return diarist.stamp(
        "day_logs",
        day=diarist.day.isoformat(),
        sitting_minutes=sitting,
        longest_sitting_minutes=min(sitting, int(rng.integers(30, 180))),
        lumbar_support=bool(rng.random() < 0.5),
        walk_minutes_before_stopping=int(levels.walk[day]),
        relief_on_sitting=None,
        relief_leaning_forward=None,
        steps=int(rng.integers(1500, 9000)),
        sleep_quality=int(np.clip(9 - pain + rng.integers(-1, 2), 0, 10)),
        weight_kg=None,
        medications_taken=["paracetamol"] if pain >= 5 else [],
        foot_slap=dropped,
        trips=int(rng.random() < 0.02) + 2 * dropped,
        falls=0,
        knee_gave_way=0,
        peg_pain=pain,
        peg_enjoyment=int(np.clip(pain + rng.integers(-2, 2), 0, 10)),
        peg_activity=int(np.clip(pain + rng.integers(-2, 2), 0, 10)),
    )


def _safety(diarist: _Diarist, *, positive: bool) -> tuple[str, Record]:
    given: dict[str, str] = dict.fromkeys(RED_FLAG_ITEMS, "no")
    if positive:
        given[CAUDA_EQUINA_ITEMS[0]] = "new"
        given[CAUDA_EQUINA_ITEMS[3]] = "new"
    return diarist.stamp("red_flag_checks", **given)
