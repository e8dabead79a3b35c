"""How good flags are: false ones a patient-year, sensitivity, delay (detection.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.detection.cohort import NAMES, WORSENING, Bools, Cohort, Floats


#: False flags of one patient within so many days are counted once.
ONCE_DAYS: Final = 14
#: A true change has to be found within so many days of the day it matters.
FOUND_DAYS: Final = 28
#: Only people who logged on at least so many of those days are counted.
LOGGED_DAYS: Final = 5
#: A state that was quiet for longer speaks anew (the refractory days of a rule).
QUIET_DAYS: Final = 14

#: What makes a report of a dropped foot. Unit: steps. Source: detection.md, the goal.
STEPS_OF_A_DROP: Final = 2


@dataclass(frozen=True, kw_only=True)
class Score:
    """What flags of one cohort are worth.

    false_alarms, years: of each person, in the time without a true change. eligible,
    found: whose change counts and was found. delay: days from the day it matters, NaN
    when not found; negative when the flag came while the change was still small.
    """

    scenario: np.ndarray
    false_alarms: Floats
    years: Floats
    eligible: Bools
    found: Bools
    delay: Floats

    def of(self, name: str) -> Score:
        """Return the score of one scenario alone."""
        own = self.scenario == NAMES.index(name)
        return self.only(own)

    def only(self, chosen: np.ndarray) -> Score:
        """Return the score of some of the people, by mask or places."""
        return Score(
            **{key: getattr(self, key)[chosen] for key in self.__annotations__}
        )

    @property
    def rate(self) -> float:
        """Return false alarms a patient-year."""
        return float(self.false_alarms.sum() / self.years.sum())

    @property
    def sensitivity(self) -> float:
        """Return the share of the true changes that was found in time."""
        return (
            float(self.found[self.eligible].mean()) if self.eligible.any() else np.nan
        )

    def delay_quantile(self, q: float) -> float:
        """Return a quantile of the delay of those that were found, in days."""
        known = self.delay[self.eligible & self.found]
        return float(np.quantile(known, q)) if len(known) else np.nan


def together(scores: Iterable[Score]) -> Score:
    """Return the score of several cohorts as if they were one."""
    parts = list(scores)
    return Score(
        **{
            key: np.concatenate([getattr(part, key) for part in parts])
            for key in Score.__annotations__
        }
    )


def first_days(state: Bools) -> Bools:
    """Return the days on which a state (people, days) speaks: its first, and anew."""
    spoken = np.zeros_like(state)
    last = np.full(len(state), -1000)
    for day in range(state.shape[1]):
        spoken[:, day] = state[:, day] & (day - last > QUIET_DAYS)
        last = np.where(state[:, day], day, last)
    return spoken


def score(flags: Bools, cohort: Cohort, affected: Bools | None = None) -> Score:
    """Return the score of flags (people, days): the days on which one was raised.

    A true loss is found by those of the `affected` leg, where they are told apart.
    """
    telling = flags if affected is None else affected
    people, days = flags.shape
    onset = np.where(cohort.onset >= 0, cohort.onset, days)
    calm = np.arange(days) < onset[:, None]
    false_alarms = _counted_once(flags & calm)
    eligible, found = np.zeros(people, bool), np.zeros(people, bool)
    delay = np.full(people, np.nan)
    for person in np.flatnonzero(cohort.reached >= 0):
        reached = int(cohort.reached[person])
        window = slice(reached, reached + FOUND_DAYS + 1)
        eligible[person] = cohort.logged[person, window].sum() >= LOGGED_DAYS
        since = slice(int(cohort.onset[person]), reached + FOUND_DAYS + 1)
        hits = np.flatnonzero(telling[person, since])
        if len(hits):
            found[person] = True
            delay[person] = hits[0] + since.start - reached
    return Score(
        scenario=cohort.scenario,
        false_alarms=false_alarms,
        years=calm.sum(1) / 365.25,
        eligible=eligible,
        found=found,
        delay=delay,
    )


def told_by_report(affected: Bools, cohort: Cohort, number: int) -> tuple[int, int]:
    """Return of how many dropped feet a flag stood by that report, and of how many.

    A report that shows the drop: both tries of a movement lie two steps below the median
    of the tests before it (detection.md, "2 steps, confirmed"). Stickiness repeats the
    old answer on some days; those show nothing. Who made fewer is left out.
    """
    told = dropped = 0
    tests = np.fmax(cohort.tests, cohort.repeats)[:, 0]
    for person in np.flatnonzero(cohort.scenario == NAMES.index("foot_drop")):
        since = int(cohort.reached[person])
        usual = np.nanmedian(tests[person, :, :since], axis=1, keepdims=True)
        shows = np.any(usual - tests[person, :, since:] >= STEPS_OF_A_DROP, axis=0)
        days = since + np.flatnonzero(shows)
        if since >= 0 and len(days) >= number:
            dropped += 1
            told += bool(affected[person, since : days[number - 1] + 1].any())
    return told, dropped


def interval(
    parts: Mapping[int, Score], name: str, *, draws: int = 400
) -> tuple[float, float]:
    """Return a 95 % interval of a property, by drawing seeds and their people again."""
    rng = np.random.default_rng(0)
    scores = list(parts.values())
    values = []
    for _ in range(draws):
        drawn = [scores[place] for place in rng.integers(0, len(scores), len(scores))]
        again = [
            each.only(rng.integers(0, len(each.scenario), len(each.scenario)))
            for each in drawn
        ]
        values.append(getattr(together(again), name))
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def is_worsening(name: str) -> bool:
    """Return whether a root truly loses function in a scenario."""
    return bool(WORSENING[NAMES.index(name)])


def _counted_once(flags: Bools) -> Floats:
    count, last = np.zeros(len(flags)), np.full(len(flags), -1000)
    for day in range(flags.shape[1]):
        fresh = flags[:, day] & (day - last > ONCE_DAYS)
        count += fresh
        last = np.where(fresh, day, last)
    return count
