"""The forward filter: what is believed of each series at the end of each day.

One series is one quantity of one leg; each moves a day at a time, so that nothing but
the past is ever looked at. The belief after the last day is all that has to be kept to
go on tomorrow. The step itself is in `recursion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from analytics.domain.course_model import CourseModel, Floats32
from analytics.domain.recursion import SILENCE, Standing, Steps, walk
from analytics.domain.signals import Floats


Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Belief:
    """Where the filter stands: `grid` (series, course, class and level), float32.

    `scale` (series,) makes the sum of a grid 1. `last` (series,) is the last answer,
    `top + 1` when there was none yet.
    """

    grid: Floats32
    scale: Floats32
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
    grid = np.repeat(model.start.reshape(1, model.courses, -1), count, axis=0)
    return Belief(grid, np.ones(count, np.float32), np.full(count, model.top + 1))


def standing_at(level: float, before: Belief, model: CourseModel) -> Belief:
    """Return what is believed of series whose usual level a clinician has accepted.

    How steady the person's answers are stays known; what was believed of a change, and
    of the level, does not count any more.
    """
    levels = np.array(model.levels)
    near = np.exp(-0.5 * ((levels - level) / model.accepted_sd) ** 2)
    count = len(before.grid)
    known = before.grid.reshape(count, model.courses, -1, levels.size)
    classes = known.sum(axis=(1, 3)) * before.scale[:, None]
    grid = np.zeros_like(before.grid)
    grid[:, 0] = (classes[:, :, None] * near / near.sum()).reshape(count, -1)
    return Belief(
        grid, np.ones_like(before.scale), np.full_like(before.last, model.top + 1)
    )


def follow(
    answers: Floats, excess: Ints, model: CourseModel, begin: Belief | None = None
) -> Track:
    """Return the track of answers (series, days), NaN is silence.

    `excess` (series, days) says how far pain lay above its usual, in whole points.
    What is said of a series does not depend on the others.
    """
    count, days = answers.shape
    belief = begin or newcomer(model, count)
    end = Belief(belief.grid.copy(), belief.scale.copy(), belief.last.copy())
    heard = np.where(np.isnan(answers), SILENCE, answers).astype(np.int8)
    track = np.empty((3, count, days))
    standing = Standing(end.grid, end.scale, end.last)
    walk(heard, excess.astype(np.int8), standing, steps_of(model), track)
    return Track(track[0], track[1], track[2], end)


@lru_cache(maxsize=8)
def steps_of(model: CourseModel) -> Steps:
    """Return the model as the recursion walks it: each cell and its neighbours only."""
    courses = len(model.course)
    aside = [np.diag(drift, 1) for drift in model.drift]
    grow = np.zeros(courses, np.float32)
    grow[2:] = np.diag(model.course, 1)[1:]
    enter = model.course[0].copy()
    enter[0] = 0
    return Steps(
        seen=model.likelihoods.reshape(*model.likelihoods.shape[:4], -1),
        stay=np.concatenate([np.diag(drift) for drift in model.drift]),
        left=np.concatenate([np.append(np.float32(0), side) for side in aside]),
        right=np.concatenate([np.append(side, np.float32(0)) for side in aside]),
        keep=np.diag(model.course).copy(),
        grow=grow,
        enter=enter,
        change=model.change_of_course.astype(np.float32),
        level=np.tile(np.array(model.levels, np.float32), len(model.classes)),
    )
