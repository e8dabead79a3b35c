"""Diary records to daily signals: one number a day for (patient, side, quantity).

An answer about `both` legs is an answer about each of them; `midline` has no leg.
Silence is a missing row here and NaN on the panel, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.domain import roots
from analytics.domain.records import Diary
from tracker.domain.diary import LEGS, REGIONS


Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: The side of what belongs to no leg: back pain, walking, trips and falls.
NO_LEG: Final = "none"
SIDES: Final = (*LEGS, NO_LEG)
ANSWER_COLUMNS: Final = (
    "patient",
    "day",
    "side",
    "quantity",
    "value",
    "collection",
    "id",
)
#: How several answers of one day become one number: pain is asked as an average,
#: numbness is as bad as its worst area, and counts add up.
REDUCE: Final = {
    "leg_pain": "mean",
    "back_pain": "mean",
    "numbness": "max",
    "walk_minutes": "min",
    "trips": "sum",
    "falls": "sum",
    "knee_gave_way": "sum",
    "foot_slap": "max",
}
DAY_QUANTITIES: Final = {
    "walk_minutes_before_stopping": "walk_minutes",
    "trips": "trips",
    "falls": "falls",
    "knee_gave_way": "knee_gave_way",
    "foot_slap": "foot_slap",
}


def numbered(diary: Diary) -> Diary:
    """Return the diary with its patients as a category, in order of their names.

    Sorting, grouping and placing on a grid then compare small numbers, not names.
    """
    frames = diary.frames()
    names = sorted(
        {name for each in frames.values() for name in each["patient"].unique()}
    )
    return Diary(
        **{
            name: frame.assign(patient=pd.Categorical(frame["patient"], names))
            for name, frame in frames.items()
        }
    )


def answers(diary: Diary) -> pd.DataFrame:
    """Return every answered number as a row, the evidence behind the daily signals.

    Columns `ANSWER_COLUMNS`: `day` is the local day of recording (datetime64[s]; a
    day log written the morning after counts when it was written, so a replay never
    sees the future), `side` is left, right or none, `value` float64 without NaN,
    `id` of the entry. Ordered by patient, day, quantity, side, id.
    """
    parts = [*_pain(diary), _numbness(diary), *_day(diary), _tests(diary)]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.dropna(subset=["value"])
    return rows.sort_values(
        ["patient", "day", "quantity", "side", "id"], ignore_index=True
    )


def daily_signals(answered: pd.DataFrame, numb: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each (patient, day, side, quantity) that was answered.

    Args:
        answered: the frame of `answers`.
        numb: the frame of `numb_regions`; adds `numb_regions_L5` and the like.

    Returns:
        Columns patient, day, side, quantity, value (float64, never NaN) and entries
        (tuple of ids). Unanswered days have no row.
    """
    keys = ["patient", "day", "side", "quantity"]
    parts = [
        group.groupby(keys, as_index=False).agg(
            value=("value", REDUCE.get(str(quantity), "min")),
            entries=("id", lambda ids: tuple(sorted(set(ids)))),
        )
        for quantity, group in answered.groupby("quantity")
    ]
    parts.append(_regions_by_root(numb))
    return pd.concat(parts, ignore_index=True).sort_values(keys, ignore_index=True)


def numb_regions(diary: Diary) -> pd.DataFrame:
    """Return one row for each numb area tapped: patient, day, side, region, value, id.

    `value` is the intensity of the entry, NaN when not answered. Saddle-adjacent
    areas tapped as midline count for both legs, since they are watched on either.
    """
    logs = diary.numbness_logs[
        ["patient", "local_day", "side", "regions", "intensity", "id"]
    ]
    taps = logs.explode("regions", ignore_index=True)
    taps = taps.dropna(subset=["regions", "side"])
    midline = taps["side"].eq("midline")
    keep = ~midline | taps["regions"].isin(roots.SADDLE_ADJACENT)
    taps = taps[keep].assign(side=taps["side"].where(~midline, "both"))
    taps = _by_leg(taps).rename(
        columns={"regions": "region", "local_day": "day", "intensity": "value"}
    )
    return taps[taps["region"].isin(REGIONS)].reset_index(drop=True)


def self_tests(diary: Diary) -> pd.DataFrame:
    """Return the valid self-tests, one row each, in order of time.

    Columns patient, day, recorded_at, side, test, id, score, repeat_score and
    `power`: the better of the two tries of a sitting, since effort can fall short
    of power but not exceed it. `confirmed` says that there were two tries.
    """
    logs = diary.weakness_logs
    logs = logs[logs["score"].notna() & logs["side"].isin(LEGS)]
    power = logs[["score", "repeat_score"]].max(axis=1)
    kept = ["patient", "recorded_at", "side", "test", "id", "score", "repeat_score"]
    tests = logs[kept].assign(
        day=logs["local_day"], power=power, confirmed=logs["repeat_score"].notna()
    )
    return tests.sort_values(
        ["patient", "side", "test", "day", "recorded_at", "id"], ignore_index=True
    )


@dataclass(frozen=True)
class Panel:
    """The days as a grid: arrays of shape (patients, sides, days), NaN is silence.

    Sides are `SIDES` in order. Day 0 is `start`. `heard` (patients, days) tells on
    which days anything at all was recorded.
    """

    patients: tuple[str, ...]
    start: date
    days: int
    heard: Bools
    quantities: dict[str, Floats]

    def column(self, day: pd.Series[Any]) -> npt.NDArray[np.int64]:
        """Return the place of each day on the grid."""
        offset = (day - pd.Timestamp(self.start)).dt.days
        return cast("npt.NDArray[np.int64]", offset.to_numpy(dtype=np.int64))

    def row(self, patient: pd.Series[Any]) -> npt.NDArray[np.int64]:
        """Return the place of each patient on the grid."""
        if isinstance(patient.dtype, pd.CategoricalDtype):
            names = patient.cat.categories
            if len(names) == len(self.patients):  # of the diary that the grid is of
                return np.asarray(patient.cat.codes, dtype=np.int64)
        return pd.Index(self.patients).get_indexer(pd.Index(patient))


def panel(diary: Diary, answered: pd.DataFrame, *, end: date) -> Panel | None:
    """Return the grid from the first day of the diary to `end`, or None without days."""
    heard = pd.concat(
        [frame[["patient", "local_day"]] for frame in diary.frames().values()]
    ).drop_duplicates()
    if heard.empty:
        return None
    start = heard["local_day"].min().date()
    patients = tuple(sorted(heard["patient"].unique()))
    days = (end - start).days + 1
    grid = Panel(patients, start, days, np.zeros((len(patients), days), bool), {})
    grid.heard[grid.row(heard["patient"]), grid.column(heard["local_day"])] = True
    for quantity, how in REDUCE.items():
        grid.quantities[quantity] = _spread(grid, answered, quantity, how)
    return grid


def _spread(grid: Panel, answered: pd.DataFrame, quantity: str, how: str) -> Floats:
    array = np.full((len(grid.patients), len(SIDES), grid.days), np.nan)
    chosen = answered[answered["quantity"] == quantity]
    if chosen.empty:
        return array
    daily = chosen.groupby(["patient", "side", "day"], as_index=False)["value"].agg(how)
    side = pd.Index(SIDES).get_indexer(pd.Index(daily["side"]))
    rows, columns = grid.row(daily["patient"]), grid.column(daily["day"])
    array[rows, side, columns] = daily["value"].to_numpy()
    return array


def _rows(frame: pd.DataFrame, quantity: Any, value: str, name: str) -> pd.DataFrame:
    named = frame.assign(
        quantity=quantity, value=frame[value], day=frame["local_day"], collection=name
    )
    return named[list(ANSWER_COLUMNS)]


def _by_leg(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with `both` doubled and everything without a leg dropped."""
    both = frame[frame["side"] == "both"]
    single = frame[frame["side"].isin(LEGS)]
    return pd.concat([single, *(both.assign(side=leg) for leg in LEGS)])


def _pain(diary: Diary) -> list[pd.DataFrame]:
    logs = diary.pain_logs
    leg = _by_leg(logs[logs["site"] == "leg"])
    back = logs[logs["site"] == "back"].assign(side=NO_LEG)
    return [
        _rows(leg, "leg_pain", "intensity", "pain_logs"),
        _rows(back, "back_pain", "intensity", "pain_logs"),
    ]


def _numbness(diary: Diary) -> pd.DataFrame:
    legs = _by_leg(diary.numbness_logs)
    return _rows(legs, "numbness", "intensity", "numbness_logs")


def _tests(diary: Diary) -> pd.DataFrame:
    tests = self_tests(diary)
    tests = tests.assign(local_day=tests["day"])
    return _rows(tests, "test_" + tests["test"].astype(str), "power", "weakness_logs")


def _day(diary: Diary) -> list[pd.DataFrame]:
    logs = diary.day_logs.assign(side=NO_LEG)
    return [
        _rows(logs, quantity, name, "day_logs")
        for name, quantity in DAY_QUANTITIES.items()
    ]


def _regions_by_root(numb: pd.DataFrame) -> pd.DataFrame:
    rooted = numb.assign(root=numb["region"].map(roots.roots_of))
    rooted = rooted.explode("root").dropna(subset=["root"])
    rooted = rooted.assign(quantity="numb_regions_" + rooted["root"].astype(str))
    counted = rooted.groupby(["patient", "day", "side", "quantity"], as_index=False)
    return counted.agg(
        value=("region", "nunique"), entries=("id", lambda ids: tuple(sorted(set(ids))))
    ).astype({"value": "float64"})
