"""Loops over days that numba compiles: what depends on the day before, day by day.

NumPy would walk them in Python, a day of one patient as dear as a day of five hundred.
The arithmetic is that of NumPy to the last bit. Arrays are (series, days).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import njit


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Return the function compiled, kept beside the code or in `NUMBA_CACHE_DIR`."""
    options |= {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # nowhere to keep it: each process compiles for itself
        return njit(**options)(function)


def _excess(values: Any, least: int, memory: int, top: int, excess: Any) -> None:
    for place in range(values.shape[0]):
        mean, count = 0.0, 0
        for day in range(values.shape[1]):
            today = values[place, day]
            if np.isnan(today):
                continue
            if count >= least:
                excess[place, day] = min(max(np.rint(today - mean), 0.0), top)
            count += 1
            mean += 1 / min(count, memory) * (today - mean)


def _runs(flags: Any, heard: Any, runs: Any) -> None:
    for place in range(flags.shape[0]):
        run = 0
        for day in range(flags.shape[1]):
            if heard[place, day]:
                run = run + 1 if flags[place, day] else 0
                runs[place, day] = run


def _cusum(z: Any, reference: float, limit: float, levels: Any, starts: Any) -> None:
    for place in range(z.shape[0]):
        level, began = 0.0, -1
        for day in range(z.shape[1]):
            step = reference if np.isnan(z[place, day]) else z[place, day]
            level = min(max(level + step - reference, 0.0), 2 * limit)
            if level == 0:
                began = -1
            elif began < 0:
                began = day
            levels[place, day] = level
            starts[place, day] = began


def _starts(flags: Any, heard: Any, starts: Any) -> None:
    for place in range(flags.shape[0]):
        start = -1
        for day in range(flags.shape[1]):
            if heard[place, day]:
                if not flags[place, day]:
                    start = -1
                elif start < 0:
                    start = day
            starts[place, day] = start


#: Writes how far each answer lies above the running mean, in whole units up to a top.
excess_over_mean: Final[Callable[..., None]] = compiled(_excess)
#: Writes how many heard days in a row a flag was set; 0 on a silent day.
runs_of: Final[Callable[..., None]] = compiled(_runs)
#: Writes the upper CUSUM and the day on which its run began.
upper_cusum: Final[Callable[..., None]] = compiled(_cusum)
#: Writes the day since which a flag has been set on all heard days, -1 while it is not.
starts_of: Final[Callable[..., None]] = compiled(_starts)
