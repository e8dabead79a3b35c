"""When a leg has stayed at a new level for long enough to ask a clinician about it.

Only a proposal: nothing is compared with it before a clinician accepts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median
from typing import Final

from tracker.domain.accepted import TEST_SIGNAL
from tracker.domain.power_tests import DROP_STEPS


#: How long the leg must have been at the level, and the treatment or the outcome ago.
#: Unit: days.
#: Source: longer than the 14 days in which a deficit is new (GIRFT [W20]), so that no
#:   red flag is young; an injection is judged at 2 and 6 weeks (clinical.md, section 6);
#:   the number itself is our choice [A].
#: Caveat: it only asks; a clinician may accept earlier, or never.
STABLE_DAYS: Final = 21
#: Fewest answered days among them.
#: Unit: days.
#: Source: clinical.md 9.5: 10 of 14 points; here of 21, self-tests are not daily [A].
#: Caveat: who tests once a week is never asked about.
LEAST_DAYS: Final = 10
#: Share of the self-tests that are the level itself.
#: Unit: share.
#: Source: our choice; answers repeat yesterday's on half of the days (detection.md) [A].
#: Caveat: a leg that flips between two scores is not stable.
SAME_SHARE: Final = 0.75
#: Largest difference between the first and the second half of these days.
#: Unit: points, 0-10.
#: Source: our choice: half of the minimal important change of 2 (W48) [A].
#: Caveat: a slower drift is taken for stable.
HALVES_POINTS: Final = 1.0
#: How far from the usual a level of pain or numbness is new; of a self-test one step.
#: Unit: points, 0-10.
#: Source: minimal important change of a numeric rating scale [W48].
#: Caveat: made for improvement.
NEW_POINTS: Final = 2.0
#: What pain and numbness usually were: the mean of so many days before the treatment.
#: Unit: days; fewest answered ones.
#: Source: our choice: the prior window of the pain rules [A].
#: Caveat: a bad fortnight before an operation is no usual one.
BEFORE_DAYS: Final = 14
BEFORE_LEAST: Final = 5

#: Answers of one signal of one leg, one a day.
Answers = Mapping[date, float]


@dataclass(frozen=True, kw_only=True)
class Level:
    """A level at which a leg has stayed, since which day and on how many days."""

    value: float
    since: date
    days: int


def new_level(
    signal: str, answers: Answers, *, usual: float | None, today: date
) -> Level | None:
    """Return the level at which the signal has stayed if it is not its usual one."""
    first = today - timedelta(days=STABLE_DAYS - 1)
    lately = {day: value for day, value in answers.items() if first <= day <= today}
    if usual is None or len(lately) < LEAST_DAYS:
        return None
    is_test = signal.startswith(TEST_SIGNAL)
    values = list(lately.values())
    value = median(values) if is_test else round(2 * fmean(values)) / 2
    stays = _repeats(values, value) if is_test else _is_flat(lately, today)
    far = abs(value - usual) >= (DROP_STEPS if is_test else NEW_POINTS)
    return Level(value=value, since=first, days=len(lately)) if stays and far else None


def level_before(answers: Answers, *, before: date) -> float | None:
    """Return the mean of the days before a treatment, None when few were answered."""
    first = before - timedelta(days=BEFORE_DAYS)
    values = [value for day, value in answers.items() if first <= day < before]
    return fmean(values) if len(values) >= BEFORE_LEAST else None


def _repeats(values: list[float], level: float) -> bool:
    return sum(value == level for value in values) >= SAME_SHARE * len(values)


def _is_flat(answers: Answers, today: date) -> bool:
    middle = today - timedelta(days=STABLE_DAYS // 2)
    early = [value for day, value in answers.items() if day < middle]
    late = [value for day, value in answers.items() if day >= middle]
    least = LEAST_DAYS // 3
    return (
        min(len(early), len(late)) >= least
        and abs(fmean(early) - fmean(late)) <= HALVES_POINTS
    )
