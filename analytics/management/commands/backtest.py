"""Replay the rules over a diary file and write the flags that would have been raised."""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from analytics.domain import rules
from analytics.domain.diary_lines import BadLine, checked, record_of
from analytics.domain.events import Event, event_of
from analytics.domain.shards import Shard, flags, shards
from tracker.errors import DomainError


HELP = """\
Replay the trend and red-flag rules over a diary, causally: what is raised on a day
depends on nothing recorded later. Needs no database. The same flags come out in the
same order for any number of workers."""

FORMATS = """\
files:
  DIARY     .ndjson, .ndjson.gz or .parquet; one record a line, the documents of
            diary.md with two more keys, "patient" and "collection":
              {"patient": "p1", "collection": "weakness_logs", "id": "6b0e1d52",
               "recorded_at": "2026-03-01T19:05:00+01:00", "side": "left",
               "test": "heel_walk", "score": 2}
            A line that cannot be used is named on stderr and skipped. The local
            day is the date of recorded_at in its own offset, or "local_day".
  FLAGS     one flag a line (.gz is compressed): patient, rule, version, tier,
            category, side, raised_on, onset_on, explanation, likely_roots,
            examine_within_hours, evidence; by patient, then by day.
  EVENTS    one event a line, what the clinic did and saw:
              {"patient": "p1", "kind": "treatment", "on": "2026-03-04",
               "name": "epidural_steroid_injection"}
              {"patient": "p1", "kind": "outcome", "on": "2026-04-01",
               "name": "recovered"}
              {"patient": "p1", "kind": "exam", "on": "2026-03-02", "name": "power",
               "side": "left", "location": "L5", "grade": 3}
            Treatments that matter: epidural_steroid_injection, discectomy,
            laminectomy, other_procedure.
  RULES     changes to the catalogue:
              {"R06": {"version": "1.1.0-try", "refractory_days": 10,
                       "parameters": {"drop_steps": 1}},
               "R10": {"enabled": false}}
            An emergency rule cannot be disabled.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks = []

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(*args, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = FORMATS
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("diary", metavar="DIARY", type=Path, help="diary to read")
        parser.add_argument(
            "--out", metavar="FLAGS", type=Path, required=True, help="flags to write"
        )
        parser.add_argument(
            "--clinical",
            metavar="EVENTS",
            type=Path,
            help="treatments, outcomes, exams",
        )
        parser.add_argument(
            "--rules", metavar="FILE", type=Path, help="changes to the rules (JSON)"
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--workers", metavar="N", type=_at_least_one, default=1, help="processes"
        )
        where.add_argument(
            "--scheduler", metavar="ADDRESS", help="Dask scheduler to compute on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scheduler"]:
            raise CommandError(
                "--scheduler needs dask.distributed, which this release does not use "
                "yet; use --workers N."
            )
        changes = _changes(options["rules"])
        events = self._events(options["clinical"])
        parts = shards(self._records(options["diary"]), events, changes)
        with _writing(options["out"]) as out:
            count = _write(out, _computed(parts, options["workers"]))
        self.stderr.write(f"{count} flags written.")

    def _records(self, path: Path) -> Iterator[dict[str, Any]]:
        read = _parquet_rows if path.suffix == ".parquet" else _lines
        parse = checked if path.suffix == ".parquet" else record_of
        yield from self._usable(path, read(path), parse)

    def _events(self, path: Path | None) -> list[Event]:
        if path is None:
            return []
        return list(self._usable(path, _lines(path), _event))

    def _usable(
        self, path: Path, lines: Iterable[Any], parse: Callable[[Any], Any]
    ) -> Iterator[Any]:
        """Yield what can be parsed; name the lines that cannot, and count them."""
        bad = 0
        for number, line in lines:
            try:
                yield parse(line)
            except BadLine as reason:
                bad += 1
                self.stderr.write(f"{path.name}, line {number}: {reason.detail}")
        if bad:
            self.stderr.write(f"{path.name}: {bad} lines skipped.")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def _changes(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        changes = json.loads(path.read_bytes())
        rules.changed(rules.CATALOGUE, changes)
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.") from None
    except (ValueError, TypeError, AttributeError):
        raise CommandError(f"{path} is not a JSON object of rule changes.") from None
    except DomainError as problem:
        raise CommandError(f"{path}: {problem.detail}") from None
    return dict(changes)


def _event(line: bytes) -> Event:
    try:
        return event_of(json.loads(line))
    except KeyError as missing:
        raise BadLine(f"{missing.args[0]} is missing") from None
    except (ValueError, TypeError, AttributeError):
        raise BadLine("it is not an event") from None


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as problem:
        reason = problem.strerror or "it is damaged"
        raise CommandError(f"{path} cannot be read: {reason}.") from None
    except EOFError:
        raise CommandError(f"{path} cannot be read: it ends too early.") from None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty, with their number from 1."""
    with _reading(path) as file, _progress(path.stat().st_size, "B") as bar:
        lines = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
        for number, line in enumerate(lines, start=1):
            bar.update(file.tell() - bar.n)
            if line.strip():
                yield number, line


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a Parquet file, with their number from 1."""
    from pyarrow import ArrowInvalid, parquet  # slow to import; only this needs it

    with _reading(path) as file:
        try:
            table = parquet.ParquetFile(file)
        except ArrowInvalid:
            raise CommandError(f"{path} is not a Parquet file.") from None
        number = 0
        with _progress(table.metadata.num_rows, "row") as bar:
            for batch in table.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
                bar.update(batch.num_rows)


def _computed(parts: list[Shard], workers: int) -> Iterator[list[dict[str, Any]]]:
    with _progress(len(parts), "shard") as bar:
        if workers == 1 or len(parts) < 2:
            for part in parts:
                yield flags(part)
                bar.update()
            return
        # Spawned, not forked: a fork of a threaded process can hang.
        context = get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(parts)), mp_context=context) as pool:
            for found in pool.map(flags, parts):
                yield found
                bar.update()


def _progress(total: int, unit: str) -> Any:
    """Return a progress bar on stderr, silent when stderr is no terminal."""
    return tqdm(total=total, unit=unit, unit_scale=unit == "B", disable=None)


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes its place only when all of it was written."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield file
        partial.replace(path)
    except OSError as problem:
        raise CommandError(f"{path} cannot be written: {problem.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def _write(out: IO[bytes], found: Iterable[list[dict[str, Any]]]) -> int:
    count = 0
    for lines in found:
        for line in lines:
            out.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            count += 1
    return count
