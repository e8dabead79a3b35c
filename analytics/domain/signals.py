"""Diary records to daily signals: one number a day for (patient, side, quantity).

An answer about `both` legs is an answer about each of them; `midline` has no leg.
Silence is a missing row here and NaN on the panel, never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analytics.domain import roots
from analytics.domain.records import Diary
from analytics.domain.rows import Array, Ints, Rows, begins, joined, objects, ranks
from tracker.domain.diary import LEGS, REGIONS, SADDLE_REGIONS, TESTS
from tracker.domain.self_tests import UNSAFE


Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: The side of what belongs to no leg: back pain, walking, trips and falls.
NO_LEG: Final = "none"
SIDES: Final = (*LEGS, NO_LEG)
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
#: Every quantity that is answered, in the order in which answers are listed.
QUANTITIES: Final = tuple(sorted([*REDUCE, *(f"test_{test}" for test in TESTS)]))
#: The rank of each movement when their names are put in order.
_TEST_RANK: Final = np.argsort(np.argsort(TESTS))


def collection_of(quantity: str) -> str:
    """Return the collection that a quantity is answered in."""
    if quantity.startswith("test_"):
        return "weakness_logs"
    if quantity in DAY_QUANTITIES.values():
        return "day_logs"
    return "numbness_logs" if quantity == "numbness" else "pain_logs"


def numbered(diary: Diary) -> tuple[Diary, tuple[str, ...]]:
    """Return the diary with its patients as numbers, in order of their names.

    Sorting, grouping and placing on a grid then compare small numbers, not names.
    Beside `local_day` each collection has it as `day`, as all that is made of it.
    """
    known = diary.frames()
    names = sorted(set().union(*(each["patient"].tolist() for each in known.values())))
    number = {name: place for place, name in enumerate(names)}
    own = {name: _renamed(rows, number) for name, rows in known.items()}
    return Diary(**own), tuple(names)


def _renamed(rows: Rows, number: dict[str, int]) -> Rows:
    names = rows["patient"].tolist()
    patient = np.fromiter(map(number.__getitem__, names), np.int64, len(names))
    return rows.assign(patient=patient, day=rows["local_day"])


def answers(diary: Diary, tests: Rows) -> Rows:
    """Return every answered number as a row, the evidence behind the daily signals.

    `tests` are the rows of `self_tests`.
    Columns patient (its number), `day`, the local day of recording (datetime64[s]; a
    day log written the morning after counts when it was written, so a replay never
    sees the future), `side`, a place in `SIDES`, `quantity`, a place in `QUANTITIES`,
    `value`, float64 without NaN, and `id` of the entry. In no order.
    """
    parts = [*_pain(diary), _numbness(diary), *_day(diary), _tests(tests)]
    rows = joined(parts)
    return rows[~np.isnan(rows["value"])]


def daily_signals(answered: Rows, numb: Rows) -> Rows:
    """Return one row for each (patient, day, side, quantity) that was answered.

    Args:
        answered: the rows of `answers`.
        numb: the rows of `numb_regions`; adds `numb_regions_L5` and the like.

    Returns:
        Columns patient, day, side (a place in `SIDES`), quantity (its name), value
        and entries (tuple of ids). Unanswered days have no row.
    """
    names = np.array(QUANTITIES, dtype=object)
    rows = joined(
        [answered.assign(quantity=names[answered["quantity"]]), _by_root(numb)]
    )
    keys = [rows["side"], ranks(rows["quantity"]), rows["day"], rows["patient"]]
    order = np.lexsort(keys)
    rows, keys = rows[order], [key[order] for key in keys]
    starts = np.flatnonzero(begins(*keys))
    values = np.split(rows["value"], starts[1:]) if len(starts) else []
    entries = np.split(rows["id"], starts[1:]) if len(starts) else []
    quantities = rows["quantity"][starts].tolist()
    reduced = [
        _reduced(quantity, own)
        for quantity, own in zip(quantities, values, strict=True)
    ]
    return rows[starts][["patient", "day", "side", "quantity"]].assign(
        value=np.array(reduced, float),
        entries=objects([tuple(sorted(set(own))) for own in entries]),
    )


def _reduced(quantity: str, values: Array) -> float:
    """Return the answers of a day as one number; of a self-test it is the worst."""
    how = "sum" if quantity.startswith("numb_regions") else REDUCE.get(quantity, "min")
    return float(getattr(np, how)(values))


def numb_regions(diary: Diary) -> Rows:
    """Return one row for each numb area tapped: patient, day, side, region, value, id.

    `side` is a place in `SIDES`, `region` one in `REGIONS`. `value` is the intensity of
    the entry, NaN when not answered. Areas of the saddle tapped as midline count for both
    legs, since they are watched on either.
    """
    logs = diary.numbness_logs
    regions = logs["regions"].tolist()
    counts = np.array([0 if each is None else len(each) for each in regions], np.int64)
    taps = logs[["patient", "day", "side", "intensity", "id"]][
        np.repeat(np.arange(len(logs)), counts)
    ]
    place = {region: number for number, region in enumerate(REGIONS)}
    flat = (place.get(region, -1) for each in regions if each for region in each)
    region = np.fromiter(flat, np.int64, len(taps))
    saddle = np.isin(region, [place[each] for each in SADDLE_REGIONS])
    side = np.where((taps["side"] == "midline") & saddle, "both", taps["side"])
    taps = taps.assign(region=region, side=side, value=taps["intensity"])
    return _by_leg(taps[region >= 0])[
        ["patient", "day", "side", "region", "value", "id"]
    ]


def self_tests(diary: Diary) -> Rows:
    """Return the valid self-tests, one row each, in order of time.

    Columns patient, day, recorded_at, side (a place in `LEGS`), test (a place in
    `TESTS`), id, score, repeat_score and `power`: the better of the two tries of a
    sitting, since effort can fall short of power but not exceed it.
    """
    logs = diary.weakness_logs
    side, test = places(logs["side"], LEGS), places(logs["test"], TESTS)
    known = ~np.isnan(logs["score"]) & (side >= 0) & (test >= 0)
    kept = ["patient", "recorded_at", "day", "id", "score", "repeat_score"]
    tests = logs[kept].assign(
        side=side, test=test, power=np.fmax(logs["score"], logs["repeat_score"])
    )
    return _in_time(tests[known])


def untried(diary: Diary) -> Rows:
    """Return the self-tests that were left out as unsafe, in order of time.

    Columns patient, day, recorded_at, side and test (as in `self_tests`) and id.
    """
    logs = diary.weakness_logs
    side, test = places(logs["side"], LEGS), places(logs["test"], TESTS)
    unsafe = np.isnan(logs["score"]) & (logs["not_done_reason"] == UNSAFE)
    kept = logs[["patient", "recorded_at", "day", "id"]].assign(side=side, test=test)
    return _in_time(kept[unsafe & (side >= 0) & (test >= 0)])


def _in_time(tests: Rows) -> Rows:
    """Return the tests by patient, side, name of the test, day, time and entry."""
    keys = [
        tests["recorded_at"],
        tests["day"],
        _TEST_RANK[tests["test"]],
        tests["side"],
        tests["patient"],
    ]
    order = np.lexsort(keys)
    same = ~begins(*(key[order] for key in keys))
    if same.any():  # only then are words worth comparing
        order = np.lexsort([ranks(tests["id"]), *keys])
    return tests[order]


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

    def column(self, day: Array) -> Ints:
        """Return the place of each day on the grid."""
        offset = day.astype("datetime64[D]") - np.datetime64(self.start, "D")
        return offset.astype(np.int64)


def panel(
    diary: Diary, answered: Rows, patients: tuple[str, ...], *, end: date
) -> Panel | None:
    """Return the grid from the first day of the diary to `end`, or None without days."""
    heard = [rows for rows in diary.frames().values() if len(rows)]
    if not heard:
        return None
    first = min(rows["local_day"].min() for rows in heard)
    start = first.astype("datetime64[D]").item()
    days = (end - start).days + 1
    grid = Panel(patients, start, days, np.zeros((len(patients), days), bool), {})
    for rows in heard:
        grid.heard[rows["patient"], grid.column(rows["local_day"])] = True
    for quantity, how in REDUCE.items():
        grid.quantities[quantity] = _spread(grid, answered, quantity, how)
    return grid


def _spread(grid: Panel, answered: Rows, quantity: str, how: str) -> Floats:
    own = answered[answered["quantity"] == QUANTITIES.index(quantity)]
    shape = (len(grid.patients), len(SIDES), grid.days)
    cell = (own["patient"] * len(SIDES) + own["side"]) * grid.days
    cell += grid.column(own["day"])
    return reduced(cell, own["value"], shape, how)


def reduced(cell: Ints, value: Floats, shape: tuple[int, ...], how: str) -> Floats:
    """Return an array of a shape from values at flat places; NaN where there is none.

    `how` several values of one place become one: mean, sum, min or max.
    """
    array = np.full(shape, np.nan)
    flat = array.reshape(-1)
    if how in ("min", "max"):
        (np.fmin if how == "min" else np.fmax).at(flat, cell, value)
        return array
    count = np.bincount(cell, minlength=flat.size)
    total = np.bincount(cell, value, minlength=flat.size)
    known = count > 0
    flat[known] = total[known] / count[known] if how == "mean" else total[known]
    return array


def places(words: Array, names: Sequence[str]) -> Ints:
    """Return the place of each word among the names, -1 for others."""
    place = _Places({name: number for number, name in enumerate(names)})
    return np.fromiter(map(place.__getitem__, words.tolist()), np.int64, len(words))


class _Places(dict[Any, int]):
    def __missing__(self, word: Any) -> int:
        return -1


def _rows(frame: Rows, quantity: Any, value: str) -> Rows:
    return Rows(
        {
            "patient": frame["patient"],
            "day": frame["day"],
            "side": frame["side"],
            "quantity": quantity,
            "value": frame[value],
            "id": frame["id"],
        }
    )


def _by_leg(frame: Rows) -> Rows:
    """Return the rows with sides as places; `both` is doubled, other sides dropped."""
    side = places(frame["side"], (*LEGS, "both"))
    single = frame.assign(side=side)[(side >= 0) & (side < len(LEGS))]
    both = frame[side == len(LEGS)]
    return joined([single, *(both.assign(side=leg) for leg in range(len(LEGS)))])


def _pain(diary: Diary) -> list[Rows]:
    logs = diary.pain_logs
    leg = _by_leg(logs[logs["site"] == "leg"])
    back = logs[logs["site"] == "back"].assign(side=len(LEGS))
    return [
        _rows(leg, QUANTITIES.index("leg_pain"), "intensity"),
        _rows(back, QUANTITIES.index("back_pain"), "intensity"),
    ]


def _numbness(diary: Diary) -> Rows:
    legs = _by_leg(diary.numbness_logs)
    return _rows(legs, QUANTITIES.index("numbness"), "intensity")


def _tests(tests: Rows) -> Rows:
    quantities = np.array([QUANTITIES.index(f"test_{test}") for test in TESTS])
    return _rows(tests, quantities[tests["test"]], "power")


def _day(diary: Diary) -> list[Rows]:
    logs = diary.day_logs.assign(side=len(LEGS))
    return [
        _rows(logs, QUANTITIES.index(quantity), name)
        for name, quantity in DAY_QUANTITIES.items()
    ]


def _by_root(numb: Rows) -> Rows:
    """Return a row for each root of each tap; 1 for the first of an area on a day."""
    keys = [numb[name] for name in ("region", "day", "side", "patient")]
    taps = numb[np.lexsort(keys)]
    first = begins(*(taps[name] for name in ("region", "day", "side", "patient")))
    taps = taps.assign(value=first.astype(float))
    parts = [
        taps[taps["region"] == place].assign(quantity=f"numb_regions_{root}")
        for place, region in enumerate(REGIONS)
        for root in dict.fromkeys(roots.roots_of(region))
    ]
    return joined(parts)
