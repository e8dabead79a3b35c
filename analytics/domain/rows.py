"""Rows as columns: NumPy arrays of one length under their names, never changed.

As much of a data frame as the rules need. A step costs microseconds, also on the few
rows of one patient, where a pandas frame costs a tenth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt


Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

_NUMBERS: Final = {int, float, np.float64}
_NO_DAY: Final = np.datetime64("NaT", "s")


class Rows:
    """Columns by name; a text or a number stands for a column of the same everywhere."""

    __slots__ = ("_columns", "_count")

    def __init__(self, columns: Mapping[str, Any]) -> None:
        arrays = (
            len(each) for each in columns.values() if isinstance(each, np.ndarray)
        )
        self._count = next(arrays, 0)
        self._columns = {
            name: _column(values, self._count) for name, values in columns.items()
        }

    def __len__(self) -> int:
        return self._count

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(self._columns)

    @overload
    def __getitem__(self, wanted: str) -> Array: ...

    @overload
    def __getitem__(self, wanted: list[str] | Array | slice) -> Rows: ...

    def __getitem__(self, wanted: str | list[str] | Array | slice) -> Array | Rows:
        """Return a column by its name, some columns, or the rows of a mask or places."""
        if isinstance(wanted, str):
            return self._columns[wanted]
        if isinstance(wanted, list):
            return Rows({name: self._columns[name] for name in wanted})
        chosen = {name: each[wanted] for name, each in self._columns.items()}
        return Rows(chosen)

    def assign(self, **columns: Any) -> Rows:
        """Return the rows with these columns added or replaced."""
        own = {name: _column(each, self._count) for name, each in columns.items()}
        return Rows({**self._columns, **own})

    def records(self) -> list[dict[str, Any]]:
        """Return each row as plain values: float, int, str, bool, date, None."""
        columns = [each.tolist() for each in self._columns.values()]
        return [
            dict(zip(self._columns, values, strict=True))
            for values in zip(*columns, strict=True)
        ]


class ByPatient:
    """Rows in order of patient; `patient` is a number below `patients`."""

    def __init__(self, rows: Rows, patients: int) -> None:
        self._rows = rows[np.argsort(rows["patient"], kind="stable")]
        numbers = np.arange(patients + 1)
        self._ends = np.searchsorted(self._rows["patient"], numbers).tolist()

    def of(self, patient: int) -> Rows:
        """Return the rows of a patient."""
        return self._rows[self._ends[patient] : self._ends[patient + 1]]


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, in order; what a part lacks is NaN, NaT or None."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return next((part for part in parts if part.names), Rows({}))
    if len(filled) == 1:
        return filled[0]
    names = dict.fromkeys(name for part in filled for name in part.names)
    return Rows({name: _joined(filled, name) for name in names})


def rows_of(records: Sequence[Mapping[str, Any]]) -> Rows:
    """Return rows of mappings with plain values; what one lacks is NaN or None."""
    names = dict.fromkeys(name for record in records for name in record)
    return Rows({name: _typed([each.get(name) for each in records]) for name in names})


def objects(values: Sequence[Any]) -> Array:
    """Return a column of any objects; NumPy would unpack tuples."""
    column = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        column[place] = value
    return column


def ranks(words: Array) -> Ints:
    """Return the place of each word among the different ones, in order."""
    values = words.tolist()
    place = {word: number for number, word in enumerate(sorted(set(values)))}
    return np.fromiter(map(place.__getitem__, values), np.int64, len(values))


def begins(*keys: Array) -> npt.NDArray[np.bool_]:
    """Return where a run of equal keys begins; equal ones stand side by side."""
    starts = np.ones(len(keys[0]), bool)
    if len(starts):
        starts[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return starts


def _column(values: Any, count: int) -> Array:
    if not isinstance(values, np.ndarray):
        kind = object if isinstance(values, str) or values is None else None
        return np.full(count, values, dtype=kind)
    if len(values) != count:
        raise ValueError("columns of different length")
    return values


def _joined(parts: Sequence[Rows], name: str) -> Array:
    known = [part[name] for part in parts if name in part.names]
    nothing: Any = None
    if all(each.dtype.kind in "fi" for each in known):
        nothing = np.nan
    elif all(each.dtype.kind == "M" for each in known):
        nothing = _NO_DAY
    return np.concatenate(
        [
            part[name] if name in part.names else _column(nothing, len(part))
            for part in parts
        ]
    )


def _typed(values: list[Any]) -> Array:
    """Return numbers and days as such, what is missing as NaN, and the rest as it is."""
    kinds = {type(each) for each in values}
    if kinds == {int}:
        return np.array(values, dtype=np.int64)
    if kinds == {np.datetime64}:
        return np.array(values, dtype="datetime64[s]")
    if kinds & _NUMBERS and kinds <= {*_NUMBERS, type(None)}:
        return np.array(values, dtype=np.float64)  # None becomes NaN
    return objects(values)
