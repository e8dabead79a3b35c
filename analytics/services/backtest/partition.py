"""A diary file of any size and order, taken apart on disk into parts of some patients.

Lines of one patient may stand anywhere in the file. Which part a patient goes to
depends on the name and the size of the file only, never on who computes.
"""

from __future__ import annotations

import gzip
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zlib import crc32
from zlib import error as zlib_error

import msgspec

from analytics.domain.diary_lines import BadLine, record_of
from tracker.errors import InvalidInput


#: Lines of JSON that are computed together: enough patients for column arithmetic,
#: little enough for a small machine. Unit: bytes.
PART_BYTES: Final = 32 << 20
MOST_PARTS: Final = 8192
#: What waits in memory to be written to the parts. Unit: bytes.
WAITING_BYTES: Final = 16 << 20
#: How much a compressed diary grows, as measured on simulated ones.
GROWTH: Final = {".gz": 12, ".parquet": 20}

#: Without any line for longer than this, what comes before and what comes after do
#: not belong to one study: a mistyped year must not stretch the grid of days that all
#: patients share. Unit: days.
LONGEST_GAP: Final = 1096

#: Told how far the file has been read, in bytes.
Progress = Callable[[int], object]


class DiaryUnusable(InvalidInput):
    """A file of diaries cannot be read, or holds nothing to replay."""

    code = "diary_unusable"
    title = "The diary file cannot be used."


class _Peek(msgspec.Struct):
    patient: str
    recorded_at: str
    local_day: str | None = None


_PEEK: Final = msgspec.json.Decoder(_Peek)


#: Bad lines that are named; the rest are counted.
MOST_NAMED: Final = 1000


@dataclass
class BadLines:
    """The lines that are no records: how many, and the first of them."""

    count: int = 0
    _named: list[tuple[int, str]] = field(default_factory=list)

    def add(self, number: int, reason: str) -> None:
        """Note a line."""
        self.count += 1
        self._named.append((number, reason))
        if len(self._named) > 4 * MOST_NAMED:
            self._named = self.named()

    def named(self) -> list[tuple[int, str]]:
        """Return the first lines with their number and reason, in order."""
        return sorted(self._named)[:MOST_NAMED]


@dataclass
class Partition:
    """The parts of a diary file, how many lines each day has, and what is no record."""

    folder: Path
    count: int
    days: dict[str, int] = field(default_factory=dict)
    bad: BadLines = field(default_factory=BadLines)

    def lines(self, part: int) -> Path:
        """Return the file with the lines of a part."""
        return self.folder / f"{part}.ndjson"

    def numbers(self, part: int) -> list[int]:
        """Return the numbers that the lines of a part have in the diary file."""
        numbers = array("Q")
        numbers.frombytes((self.folder / f"{part}.numbers").read_bytes())
        return list(numbers)

    def parts(self) -> list[int]:
        """Return the parts that hold anything, in order."""
        return [part for part in range(self.count) if self.lines(part).exists()]

    def limits(self) -> tuple[date, date]:
        """Return the first and last day of the run of days that has most lines.

        Runs are more than `LONGEST_GAP` apart.
        """
        runs: list[list[date]] = []
        for day in map(date.fromisoformat, sorted(self.days)):
            if not runs or day - runs[-1][-1] > timedelta(LONGEST_GAP):
                runs.append([])
            runs[-1].append(day)
        most = max(runs, key=lambda run: sum(self.days[str(day)] for day in run))
        return most[0], most[-1]


def part_of(patient: str, count: int) -> int:
    """Return the part that a patient's lines go to."""
    return crc32(patient.encode("utf-8", "surrogatepass")) % count


def partition(path: Path, folder: Path, progress: Progress) -> Partition:
    """Take a diary file apart into a folder, in one pass and bounded memory.

    Raises:
        DiaryUnusable: it cannot be read, or no line of it is a record.
    """
    size = _size(path) * GROWTH.get(path.suffix, 1)
    made = Partition(folder, min(max(1, size // PART_BYTES), MOST_PARTS))
    waiting = _Waiting(made)
    for number, line in _lines(path, progress):
        try:
            patient = _patient_of(line, made)
        except BadLine as reason:
            made.bad.add(number, reason.detail)
        else:
            waiting.add(part_of(patient, made.count), number, line)
    waiting.flush()
    if not made.days:
        raise DiaryUnusable(f"{path} holds no diary record.")
    return made


def _patient_of(line: bytes, made: Partition) -> str:
    """Return whose line it is, and count it for its day."""
    try:
        seen = _PEEK.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _counted(line, made)
    day = (seen.local_day or seen.recorded_at)[:10]
    if day not in made.days:  # a new day must come from a line that can be used
        return _counted(line, made)
    made.days[day] += 1
    return seen.patient


def _counted(line: bytes, made: Partition) -> str:
    record = record_of(line)
    day = record["local_day"].isoformat()
    made.days[day] = made.days.get(day, 0) + 1
    return str(record["patient"])


class _Waiting:
    """Lines on their way to their parts; no more files are open than one."""

    def __init__(self, made: Partition) -> None:
        self.made, self.bytes = made, 0
        self.lines: dict[int, list[bytes]] = {}
        self.numbers: dict[int, array[int]] = {}

    def add(self, part: int, number: int, line: bytes) -> None:
        """Take a line; write all lines when there are many."""
        self.lines.setdefault(part, []).append(line)
        self.numbers.setdefault(part, array("Q")).append(number)
        self.bytes += len(line)
        if self.bytes > WAITING_BYTES:
            self.flush()

    def flush(self) -> None:
        """Append what waits to the files of the parts."""
        for part, lines in self.lines.items():
            with self.made.lines(part).open("ab") as file:
                file.write(b"\n".join(lines) + b"\n")
            with (self.made.folder / f"{part}.numbers").open("ab") as file:
                self.numbers[part].tofile(file)
        self.lines, self.numbers, self.bytes = {}, {}, 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: OSError) -> DiaryUnusable:
    reason = problem.strerror or "it is damaged"
    return DiaryUnusable(f"{path} cannot be read: {reason}.")


def _lines(path: Path, progress: Progress) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty, stripped, with their number from 1."""
    read = _parquet_lines if path.suffix == ".parquet" else _text_lines
    try:
        for number, line in enumerate(read(path, progress), start=1):
            stripped = line.strip()
            if stripped:
                yield number, stripped
    except OSError as problem:
        raise _unreadable(path, problem) from None
    except EOFError:
        raise DiaryUnusable(f"{path} cannot be read: it ends too early.") from None
    except zlib_error:
        raise DiaryUnusable(f"{path} cannot be read: it is damaged.") from None


def _text_lines(path: Path, progress: Progress) -> Iterator[bytes]:
    with path.open("rb") as file:
        lines = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
        for place, line in enumerate(lines):
            if not place % 1024:
                progress(file.tell())
            yield line
        progress(file.tell())


def _parquet_lines(path: Path, progress: Progress) -> Iterator[bytes]:
    """Yield the rows as lines of JSON, so that there is one way to read a record."""
    from pyarrow import ArrowInvalid, parquet  # slow to import; only this needs it

    try:
        table = parquet.ParquetFile(path)
    except ArrowInvalid:
        raise DiaryUnusable(f"{path} is not a Parquet file.") from None
    done = 0
    for batch in table.iter_batches(batch_size=8192):
        yield from _rows(batch.to_pylist())
        done += batch.num_rows
        progress(path.stat().st_size * done // max(table.metadata.num_rows, 1))


def _rows(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield msgspec.json.encode(row)
