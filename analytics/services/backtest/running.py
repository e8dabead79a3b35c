"""A back-test from file to flags: take apart, compute, put together in order.

Nothing is held for all patients at once but the last day of each who was flagged.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from analytics.domain.events import Event
from analytics.domain.shards import Found, Question
from analytics.services.backtest.computing import Compute, Part
from analytics.services.backtest.partition import (
    BadLines,
    Partition,
    Progress,
    part_of,
    partition,
)


#: Files of flags that are put together, and open, at once.
MERGED_TOGETHER: Final = 200


class _Line(msgspec.Struct):
    patient: str


_LINE: Final = msgspec.json.Decoder(_Line)


@dataclass
class Replayed:
    """What came of a replay; the flags of each set of rules lie in a file."""

    flag_files: list[Path]
    flag_counts: list[int]
    bad: BadLines
    end: date
    patients: int = 0
    patient_days: int = 0
    spans: dict[str, tuple[date, date]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bars:
    """Who is told of the progress: bytes read, and one call for each part done."""

    reading: Progress
    computing: Any


def replay_file(
    diary: Path,
    folder: Path,
    *,
    events: Sequence[Event],
    rule_sets: Sequence[Mapping[str, Any]],
    compute: Compute,
    bars: Bars,
) -> Replayed:
    """Replay a diary file under sets of rules, with a folder for what is in between.

    Raises:
        DiaryUnusable: the file cannot be read, or no line of it is a record.
        ComputingFailed: the processes or the cluster failed.
    """
    apart = partition(diary, folder, bars.reading)
    numbers = apart.parts()
    own = _events_by_part(events, apart.count)
    parts = [Part(apart.lines(each), tuple(own.get(each, ()))) for each in numbers]
    first, last = apart.limits()
    done = Replayed([], [0] * len(rule_sets), apart.bad, last)
    question = Question(first, last, tuple(rule_sets))
    for place, answer in bars.computing(compute(parts, question), total=len(parts)):
        _take(answer, numbers[place], apart, done)
    done.flag_files = [
        _merged([_flag_file(folder, each, which) for each in numbers], folder)
        for which in range(len(rule_sets))
    ]
    return done


def flags_in(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the flags of a file, in its order."""
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line)


def _events_by_part(events: Iterable[Event], count: int) -> dict[int, list[Event]]:
    own: dict[int, list[Event]] = {}
    for event in events:
        own.setdefault(part_of(event.patient, count), []).append(event)
    return own


def _take(answer: Found, part: int, apart: Partition, done: Replayed) -> None:
    """Put the flags of a part on disk, add up the rest."""
    for which, lines in enumerate(answer.flags):
        _flag_file(apart.folder, part, which).write_bytes(lines)
        done.flag_counts[which] += answer.flag_counts[which]
    if answer.bad:
        numbers = apart.numbers(part)
        for place, reason in answer.bad:
            done.bad.add(numbers[place], reason)
    done.patients += answer.patients
    done.patient_days += answer.patient_days
    done.spans.update(answer.spans)
    apart.lines(part).unlink()


def _flag_file(folder: Path, part: int, which: int) -> Path:
    return folder / f"{part}.{which}.flags"


def _merged(files: list[Path], folder: Path) -> Path:
    """Return one file of all flags, by patient; those of one stay in their order."""
    if len(files) == 1:
        return files[0]
    if len(files) > MERGED_TOGETHER:
        groups = range(0, len(files), MERGED_TOGETHER)
        files = [_merged(files[at : at + MERGED_TOGETHER], folder) for at in groups]
        return _merged(files, folder)
    target = files[0].with_suffix(".merged")
    with ExitStack() as opened, target.open("wb") as out:
        sources: list[Iterable[bytes]] = [
            opened.enter_context(file.open("rb")) for file in files
        ]
        out.writelines(heapq.merge(*sources, key=_patient))
    for file in files:
        file.unlink()
    return target


def _patient(line: Any) -> str:
    return _LINE.decode(line).patient
