"""Times the engine beside its rivals: `make bench-engine`, `--patients N` for a part.

"One pass of pymannkendall or ruptures a patient" (design) can be read in two ways, and
both are printed: once over each whole series of the patient, one verdict on half a
year; or a verdict on each day, which is what the engine gives and a back-test asks.

Seconds are those of the processor, of one core: other work on the machine counts less.

Needs two packages that nothing else does:
.venv/bin/uv pip install --group bench
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final


# One core, as the goals say; set before NumPy is loaded.
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from analytics.domain.evidence import gather  # noqa: E402
from analytics.domain.pipeline import (  # noqa: E402
    BLOCK_PATIENTS,
    _deficits,
    last_day,
    replay,
)
from analytics.domain.records import Diary  # noqa: E402
from analytics.domain.rows import joined  # noqa: E402
from analytics.domain.rules import CATALOGUE  # noqa: E402
from bench.engine import in_pandas, rivals  # noqa: E402
from bench.engine.diaries import diary  # noqa: E402


PATIENTS: Final = 10_000
DAYS: Final = 180
SEED: Final = 7
#: Patients of the smallest of the three memory figures.
STEP: Final = 250
#: Patients on whom each rival is timed; its time grows in proportion.
SAMPLES: Final = {"groupby": 40, "test": 100, "daily": 4, "change": 20}
#: Patients that the rules in pandas get, and how many times as fast columns must be.
IN_PANDAS: Final = 40
PANDAS_GOAL: Final = 30.0
#: What answers one question of one series is compared with the part of the engine that
#: answers it, without red flags, other rules and explanations.
LIKE_LOSSES: Final = ("test", "change")
#: The engine must be so many times as fast; one patient at a time it rivals itself.
GOALS: Final = {"groupby": 0.0, "test": 10.0, "daily": 10.0, "change": 10.0}
NAMES: Final = {
    "groupby": "this engine, one patient at a time by pandas groupby.apply",
    "test": "pymannkendall, once over each whole series",
    "daily": "pymannkendall, each day over 21 answers, as a back-test asks",
    "change": "ruptures Pelt (rbf), once over each whole series",
}
RIVALS: Final[dict[str, Callable[[Diary], float]]] = {
    "groupby": rivals.groupby_apply,
    "test": lambda known: rivals.mann_kendall(known, daily=False),
    "daily": lambda known: rivals.mann_kendall(known, daily=True),
    "change": rivals.change_points,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--strict", action="store_true", help="fail below a goal")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.memory_of:
        print(_memory(asked.memory_of, asked.days))
        return 0
    missed = False
    for line, good in _report(asked.patients, asked.days):
        print(line, flush=True)
        missed |= not good
    return int(asked.strict and missed)


def _report(patients: int, days: int) -> Iterator[tuple[str, bool]]:
    replay(diary(people=2, days=120, seed=SEED))  # what is compiled, is compiled now
    spent, findings = _engine(patients, days)
    ours = spent / patients
    yield (
        f"engine: {patients:,} patients x {days} days on one core: {spent:.1f} s",
        True,
    )
    yield (
        f"  {patients * days / spent:,.0f} patient-days a second, {findings:,} findings",
        True,
    )
    yield (
        f"  10,000 x 180: {ours * 10_000 * 180 / days:.0f} s (goal: below 60)",
        ours < 0.006,
    )
    yield from _rules_in_pandas(patients, days)
    losses = _losses(patients, days)
    yield f"losses alone (R06 to R08): {losses * 1000:.2f} ms a patient", True
    for key, rival in RIVALS.items():
        known = diary(people=SAMPLES[key], days=days, seed=SEED)
        own = rival(known) / SAMPLES[key]
        ours = losses if key in LIKE_LOSSES else spent / patients
        line = (
            f"{NAMES[key]}: {own * 1000:.1f} ms a patient (on {SAMPLES[key]}, "
            f"{own * patients:,.0f} s for all); "
            f"{'the losses are' if key in LIKE_LOSSES else 'the engine is'} "
            f"{own / ours:.1f} times as fast "
            f"({f'goal {GOALS[key]:.0f}' if GOALS[key] else 'no goal'})"
        )
        yield line, own / ours >= GOALS[key]
    for times in (1, 2, 4):
        peak = _peak(times * STEP, days)
        yield f"peak memory, {times * STEP:,} patients in one diary: {peak}", True


def _rules_in_pandas(patients: int, days: int) -> Iterator[tuple[str, bool]]:
    known = diary(people=min(patients, BLOCK_PATIENTS), days=days, seed=SEED)
    ours, theirs, marked = in_pandas.compare(known, people=IN_PANDAS)
    times = theirs / ours
    line = (
        f"four rules (R06, R08, R10, R11) by pandas groupby.apply: {theirs * 1000:.1f} "
        f"ms a patient (on {IN_PANDAS}), by columns {ours * 1000:.2f}; both mark the "
        f"same {marked:,} days; {times:.0f} times as fast (goal {PANDAS_GOAL:.0f})"
    )
    yield line, times >= PANDAS_GOAL


def _losses(patients: int, days: int) -> float:
    """Return the seconds a patient that the engine takes for what a trend test asks."""
    people = min(patients, BLOCK_PATIENTS)
    known = diary(people=people, days=days, seed=SEED)
    end = last_day(known)
    assert end is not None
    begun = time.process_time()
    evidence = gather(known, (), end=end)
    assert evidence is not None
    _deficits(evidence, CATALOGUE)
    return (time.process_time() - begun) / people


def _engine(patients: int, days: int) -> tuple[float, int]:
    """Return the seconds and the findings of the engine, shard by shard."""
    spent, findings = 0.0, 0
    for number, first in enumerate(range(0, patients, BLOCK_PATIENTS)):
        people = min(BLOCK_PATIENTS, patients - first)
        known = diary(people=people, days=days, seed=SEED + number)
        begun = time.process_time()
        found = replay(known)
        spent += time.process_time() - begun
        findings += sum(map(len, found.values()))
    return spent, findings


def _peak(people: int, days: int) -> str:
    command = [sys.executable, "-m", "bench.engine", "--days", str(days)]
    command += ["--memory-of", str(people)]
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.strip()


def _memory(people: int, days: int) -> str:
    """Return what the diary takes, and what the engine adds to it at most."""
    parts = [
        diary(people=STEP, days=days, seed=SEED + number).frames()
        for number in range(people // STEP)
    ]
    known = Diary(**{name: joined([part[name] for part in parts]) for name in parts[0]})
    parts.clear()
    before = _highest()
    begun = time.process_time()
    replay(known)
    spent = time.process_time() - begun
    return f"{before} MB to make it, {_highest()} MB with the engine ({spent:.1f} s)"


def _highest() -> int:
    """Return the peak of this very program in MB; getrusage also counts its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


if __name__ == "__main__":
    sys.exit(main())
