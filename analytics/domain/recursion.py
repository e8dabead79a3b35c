"""The step of the filter, compiled: one series of answers after the other.

NumPy walks all states of all series once for each of some fifteen operations a day;
this walks them twice, in the cache of the processor. What it computes is stated in
plain matrices in tests/unit/analytics/test_deficit.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.domain.compiled import compiled
from analytics.domain.course_model import Floats32


#: No state is ever ruled out for good: float32 would underflow after months.
FLOOR: Final = np.float32(1e-30)
#: The answer that stands for silence.
SILENCE: Final = -1


class Steps(NamedTuple):
    """A model as the recursion walks it; a cell is one class and level of a course.

    seen: (pain excess, last answer, answer, course, cell). stay, left, right: (cell,)
    what remains, and what comes from the neighbours, in a day. keep, grow, enter:
    (course,) what remains, comes from the course before, and from no change at all.
    change: (course,) its size. level: (cell,) the own level.
    """

    seen: Floats32
    stay: Floats32
    left: Floats32
    right: Floats32
    keep: Floats32
    grow: Floats32
    enter: Floats32
    change: Floats32
    level: Floats32


class Standing(NamedTuple):
    """Where the series stand; changed in place.

    grid: (series, course, cell), not normalised; `scale` (series,) makes its sum 1.
    last: (series,) the last answer.
    """

    grid: Floats32
    scale: Floats32
    last: npt.NDArray[np.int64]


#: What the compiler may do to the order of sums: odds need no sixth digit.
_FAST: Final = {"contract", "reassoc", "nsz", "arcp", "nnan"}


def _drift(here: Any, scale: Any, steps: Any, moved: Any) -> None:
    """Let the own level of each course move for a day."""
    stay, left, right = steps.stay, steps.left, steps.right
    # Slices, since an index that could be negative keeps the compiler from vectors.
    stay_in, left_in, right_in = stay[1:-1], left[1:-1], right[1:-1]
    for course in range(len(here)):
        row, out = here[course], moved[course]
        below, own, above, out_in = row[:-2], row[1:-1], row[2:], out[1:-1]
        out[0] = scale * (stay[0] * row[0] + right[0] * row[1])
        out[-1] = scale * (stay[-1] * row[-1] + left[-1] * row[-2])
        for cell in range(len(own)):
            out_in[cell] = scale * (
                stay_in[cell] * own[cell]
                + left_in[cell] * below[cell]
                + right_in[cell] * above[cell]
            )


def _weigh(moved: Any, seen: Any, steps: Any, here: Any) -> Any:
    """Let the change begin and grow, and weigh each state by the answer.

    Returns the sums over all states, over those without a change, of the size of the
    change and of the own level.
    """
    total = none = change = level = np.float32(0)
    for course in range(len(here)):
        keep, grow, enter = steps.keep[course], steps.grow[course], steps.enter[course]
        own, before, calm = moved[course], moved[max(course - 1, 0)], moved[0]
        out, weight = here[course], seen[course]
        part = np.float32(0)
        for cell in range(len(out)):
            value = keep * own[cell] + grow * before[cell] + enter * calm[cell]
            value = max(value, FLOOR) * weight[cell]
            out[cell] = value
            part += value
            level += value * steps.level[cell]
        total += part
        change += part * steps.change[course]
        if course == 0:
            none = part
    return total, none, change, level


_drift_compiled: Final = compiled(_drift, fastmath=_FAST)
_weigh_compiled: Final = compiled(_weigh, fastmath=_FAST)


def _walk(answers: Any, excess: Any, standing: Any, steps: Any, track: Any) -> None:
    series, days = answers.shape
    moved = np.zeros(standing.grid.shape[1:], np.float32)
    silent = np.ones(standing.grid.shape[1:], np.float32)
    for place in range(series):
        here, scale = standing.grid[place], standing.scale[place]
        for day in range(days):
            answer = answers[place, day]
            seen = silent
            if answer != SILENCE:
                seen = steps.seen[excess[place, day], standing.last[place], answer]
                standing.last[place] = answer
            _drift_compiled(here, scale, steps, moved)
            total, none, change, level = _weigh_compiled(moved, seen, steps, here)
            scale = np.float32(1) / total
            track[0, place, day] = (total - none) / none
            track[1, place, day] = change * scale
            track[2, place, day] = level * scale
        standing.scale[place] = scale


#: Walks answers (series, days) from where the series stand, and writes odds, change
#: and usual of each day to track (3, series, days).
walk: Final[Callable[..., None]] = compiled(_walk, fastmath=_FAST)
