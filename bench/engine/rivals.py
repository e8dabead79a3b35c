"""What people would do without the engine, each timed on a stated sample of patients."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.domain.pipeline import replay
from analytics.domain.records import Diary
from analytics.domain.rows import Rows


#: The days that a trend test looks back in a daily verdict.
WINDOW: Final = 21
#: Fewest answers that `pymannkendall` and `ruptures` get.
LEAST: Final = 5


def groupby_apply(diary: Diary) -> float:
    """Return the seconds of the same engine by `groupby("patient").apply`."""
    parts = {
        name: dict(iter(_frame(rows).groupby("patient")))
        for name, rows in diary.frames().items()
    }

    def judged(days: Any) -> int:
        own = {
            name: _rows(parts[name][days.name])
            if days.name in parts[name]
            else rows[:0]
            for name, rows in diary.frames().items()
        }
        return sum(map(len, replay(Diary(**own)).values()))

    begun = time.process_time()
    _frame(diary.day_logs).groupby("patient").apply(judged)
    return time.process_time() - begun


def mann_kendall(diary: Diary, *, daily: bool) -> float:
    """Return the seconds of `pymannkendall` over each series of each patient.

    Once over the whole series; with `daily`, on each day over the last `WINDOW` answers.
    """
    test = importlib.import_module("pymannkendall").original_test
    begun = time.process_time()
    for values in _series(diary):
        if not daily:
            test(values)
            continue
        for end in range(WINDOW, len(values) + 1):
            test(values[end - WINDOW : end])
    return time.process_time() - begun


def change_points(diary: Diary) -> float:
    """Return the seconds of `ruptures.Pelt` (rbf) over each whole series."""
    ruptures: Any = importlib.import_module("ruptures")
    begun = time.process_time()
    for values in _series(diary):
        ruptures.Pelt(model="rbf").fit_predict(values, pen=10)
    return time.process_time() - begun


def _series(diary: Diary) -> Iterator[np.ndarray]:
    """Yield the answers of each quantity of each leg that the filter follows."""
    keys = (
        (diary.numbness_logs, ["patient", "side"], "intensity"),
        (diary.weakness_logs, ["patient", "side", "test"], "score"),
    )
    for rows, key, name in keys:
        for _, own in _frame(rows).sort_values("local_day").groupby(key):
            if len(own) >= LEAST:
                yield own[name].to_numpy()


def _frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame({name: rows[name] for name in rows.names})


def _rows(frame: pd.DataFrame) -> Rows:
    return Rows({name: frame[name].to_numpy() for name in frame.columns})
