"""Replay the rules over a diary file and write the flags that would have been raised."""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from analytics.domain import rules
from analytics.domain.events import Event, event_of
from analytics.services.backtest import computing
from analytics.services.backtest.partition import MOST_NAMED, BadLines
from analytics.services.backtest.report import report
from analytics.services.backtest.running import Bars, Replayed, replay_file
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
              {"patient": "p1", "kind": "baseline", "on": "2026-04-02",
               "name": "test_heel_walk", "side": "left", "value": 2}
            A baseline is what a clinician calls usual from that day on: of leg_pain,
            numbness or test_MOVEMENT. Of the red flags, R04 and R05 look at it,
            to find a leg that had recovered to it and falls again.
            Treatments that matter: epidural_steroid_injection, discectomy,
            laminectomy, other_procedure.
  RULES     changes to the catalogue:
              {"R06": {"version": "1.1.0-try", "refractory_days": 10,
                       "parameters": {"repeat_count": 4}},
               "R10": {"enabled": false}}
            Each number has limits (docs/clinical-rules.md); outside of them, and for
            red flags and emergency rules, any change is refused.

The diary is taken apart beside FLAGS first, so as much free disk is needed as it has
bytes when unpacked; memory does not grow with it.

exit status: 0 flags written, also when lines were skipped; 1 nothing written, with
one sentence that says why; 2 wrong arguments.
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
            help="treatments, outcomes, exams, accepted baselines",
        )
        parser.add_argument(
            "--rules", metavar="FILE", type=Path, help="changes to the rules (JSON)"
        )
        parser.add_argument(
            "--report", metavar="HTML", type=Path, help="page about the result"
        )
        parser.add_argument(
            "--compare",
            metavar="FILE",
            type=Path,
            help="second set of changes to the rules, set beside the first in --report",
        )
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--workers", metavar="N", type=_at_least_one, default=1, help="processes"
        )
        where.add_argument(
            "--scheduler", metavar="ADDRESS", help="Dask scheduler to compute on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compare"] and not options["report"]:
            raise CommandError("--compare needs --report HTML.", returncode=2)
        sets = [options["rules"], *filter(None, [options["compare"]])]
        rule_sets = [_changes(path) for path in sets]
        events = self._events(options["clinical"])
        out: Path = options["out"]
        with _workshop(out) as folder:
            done = self._replayed(options, folder, events, rule_sets)
            self._tell(options["diary"].name, done.bad)
            if options["report"]:
                names = [path.name if path else "rules as they are" for path in sets]
                _write_report(report(done, names), options["report"])
            _write(done.flag_files[0], out)
        self.stderr.write(f"{done.flag_counts[0]} flags written.")

    def _replayed(
        self,
        options: dict[str, Any],
        folder: Path,
        events: list[Event],
        rule_sets: list[dict[str, Any]],
    ) -> Replayed:
        size = options["diary"].stat().st_size if options["diary"].is_file() else 0
        try:
            with _bar(total=size, unit="B", unit_scale=True) as reading:
                return replay_file(
                    options["diary"],
                    folder,
                    events=events,
                    rule_sets=rule_sets,
                    compute=_compute(options["workers"], options["scheduler"]),
                    bars=Bars(
                        reading=lambda at: reading.update(at - reading.n),
                        computing=partial(_bar, unit="part"),
                    ),
                )
        except DomainError as problem:
            raise CommandError(problem.detail) from None
        except OSError as problem:
            raise _unwritable(folder.parent, problem) from None

    def _events(self, path: Path | None) -> list[Event]:
        """Return the events of a file; name the lines that cannot be used."""
        if path is None:
            return []
        events, bad = [], BadLines()
        try:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        try:
                            events.append(_event(line))
                        except ValueError as reason:
                            bad.add(number, str(reason))
        except OSError as problem:
            raise CommandError(f"{path} cannot be read: {problem.strerror}.") from None
        self._tell(path.name, bad)
        return events

    def _tell(self, name: str, bad: BadLines) -> None:
        for number, reason in bad.named():
            self.stderr.write(f"{name}, line {number}: {reason}")
        if bad.count > MOST_NAMED:
            self.stderr.write(f"{name}: and {bad.count - MOST_NAMED} more lines.")
        if bad.count:
            self.stderr.write(f"{name}: {bad.count} lines skipped.")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def _compute(workers: int, scheduler: str | None) -> computing.Compute:
    if scheduler:
        return partial(computing.on_cluster, address=scheduler)
    if workers > 1:
        return partial(computing.in_processes, workers=workers)
    return computing.one_by_one


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
        raise ValueError(f"{missing.args[0]} is missing") from None
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise ValueError("it is not an event") from None


def _bar(items: Any = None, **options: Any) -> Any:
    """Return a progress bar on stderr, silent when stderr is no terminal."""
    return tqdm(items, disable=None, **options)


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """Give a folder beside the result, gone in the end."""
    try:
        folder = TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.")
    except OSError as problem:
        raise _unwritable(out, problem) from None
    with folder as name:
        yield Path(name)


def _unwritable(path: Path, problem: OSError) -> CommandError:
    return CommandError(f"{path} cannot be written: {problem.strerror}.")


def _write_report(page: str, path: Path) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as problem:
        raise _unwritable(path, problem) from None


def _write(flags: Path, out: Path) -> None:
    """Put the flags in their place, whole or not at all."""
    try:
        if out.suffix == ".gz":
            packed = flags.with_suffix(".gz")
            with flags.open("rb") as source, packed.open("wb") as target:
                _pack(source, target)
            flags = packed
        flags.replace(out)
    except OSError as problem:
        raise _unwritable(out, problem) from None


def _pack(source: IO[bytes], target: IO[bytes]) -> None:
    with gzip.GzipFile(filename="", fileobj=target, mode="wb", mtime=0) as packed:
        shutil.copyfileobj(source, packed)
