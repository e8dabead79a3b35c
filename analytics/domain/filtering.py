"""The forward filter: what is believed of each series at the end of each day.

One series is one quantity of one leg; all series of a model move together, a day at
a time, so that nothing but the past is ever looked at. The belief after the last
day is all that has to be kept to go on tomorrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.domain.course_model import CourseModel, Floats32
from analytics.domain.signals import Floats


Ints = npt.NDArray[np.int64]
#: No state is ever ruled out for good: float32 would underflow after months.
_FLOOR: Final = np.float32(1e-30)


@dataclass(frozen=True)
class Belief:
    """Where the filter stands: `grid` (course, class, level, series), float32.

    `last` (series,) is the last answer, `top + 1` when there was none yet.
    """

    grid: Floats32
    last: Ints


@dataclass(frozen=True)
class Track:
    """What was believed at the end of each day, arrays (series, days).

    odds: of a true change against none. change: its expected size. usual: the
    expected own level without it.
    """

    odds: Floats
    change: Floats
    usual: Floats
    end: Belief


def newcomer(model: CourseModel, count: int) -> Belief:
    """Return what is believed before the first answer: the population."""
    grid = np.repeat(model.start[..., None], count, axis=-1)
    return Belief(grid, np.full(count, model.top + 1))


def follow(
    answers: Floats, excess: Ints, model: CourseModel, begin: Belief | None = None
) -> Track:
    """Return the track of answers (series, days), NaN is silence.

    `excess` (series, days) says how far pain lay above its usual, in whole points.
    """
    count, days = answers.shape
    belief = begin or newcomer(model, count)
    grid, last = belief.grid.copy(), belief.last.copy()
    odds, change, usual = (np.zeros((count, days)) for _ in range(3))
    table = model.likelihoods
    levels = np.array(model.levels, np.float32)
    for day in range(days):
        grid = advance(grid, model)
        heard = np.flatnonzero(~np.isnan(answers[:, day]))
        if len(heard):
            answer = answers[heard, day].astype(np.int64)
            seen = table[excess[heard, day], last[heard], answer]
            grid[..., heard] *= np.moveaxis(seen, 0, -1)
            last[heard] = answer
        course = grid.sum(axis=(1, 2))
        total = course.sum(axis=0)
        grid /= total
        course /= total
        odds[:, day] = course[1:].sum(axis=0) / course[0]
        change[:, day] = model.change_of_course @ course
        usual[:, day] = levels @ grid.sum(axis=(0, 1))
    return Track(odds, change, usual, Belief(grid, last))


def advance(grid: Floats32, model: CourseModel) -> Floats32:
    """Return the belief a day later, before its answer."""
    moved = np.matmul(model.drift, grid)
    courses = len(model.course)
    flat = model.course.T @ moved.reshape(courses, -1)
    later: Floats32 = np.maximum(flat.reshape(grid.shape), _FLOOR)
    return later
