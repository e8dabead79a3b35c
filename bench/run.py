"""`make bench`: our sync beside an idiomatic Django REST framework server."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.bodies import Batch, mixed_batch, pain_batch
from bench.growth import LENGTHS, cost_by_length, memory
from bench.limit import database_limit
from bench.load import (
    CONNECTIONS,
    PAGE,
    DrfDiaryPhone,
    DrfPhone,
    DrfPhoneWithPatient,
    OurPhone,
    Phone,
    together,
)
from bench.servers import Bench, Server, running
from bench.stages import ORDER, profile


BATCH = 100
#: What we want to reach, as a multiple of the faster rival.
GOALS = {"push": 6.0, "again": 6.0, "pull": 5.0, "single": 2.0}


@dataclass(frozen=True)
class Size:
    """How much is measured: rounds, and pushes of each connection in a round."""

    rounds: int
    pushes: int
    singles: int


#: Some seconds each: shorter, and the first request of each thread is what one times.
FULL = Size(rounds=5, pushes=40, singles=150)
QUICK = Size(rounds=2, pushes=3, singles=5)

LABELS = {
    "push": f"push, {BATCH} a batch",
    "push_fk": f"push, {BATCH} a batch, rival with patient field",
    "again": "the same again",
    "mixed": f"push, {BATCH} a batch, five collections",
    "pull": f"pull, {PAGE} a page",
    "single": "push, a single record",
}

Sample = tuple[str, float, float]


def main() -> int:
    arguments = _arguments()
    size = QUICK if arguments.quick else FULL
    started = time.perf_counter()
    _say("Starting PostgreSQL, Redis and both servers...")
    with running(CONNECTIONS + len(LENGTHS)) as bench:
        met = _compare(bench, size)
        if arguments.profile:
            _report_stages(bench, size)
        if arguments.length:
            _report_lengths(bench)
        if arguments.records:
            _report_memory(bench, arguments.records)
    print(f"\n{size.rounds} rounds, {time.perf_counter() - started:.0f} s.")
    return 0 if met or not arguments.strict else 1


def _compare(bench: Bench, size: Size) -> bool:
    """Measure both servers and PostgreSQL; return whether every goal is met."""
    samples = list(_measure(bench, size))
    _say("Measuring PostgreSQL alone...")
    limits = [
        database_limit(bench.database_url, batch=BATCH, batches=size.pushes * 2)
        for _ in range(min(size.rounds, 3))
    ]
    return _report(samples, statistics.median(limits))


def _report_stages(bench: Bench, size: Size) -> None:
    _say("Timing the stages of a push...")
    columns = [
        profile(bench, pushes=size.pushes * 10, size=records) for records in (1, BATCH)
    ]
    print(f"\n{'stage of a push, ms':<46}{'1 record':>12}{f'{BATCH} records':>14}")
    for name in ORDER:
        print(f"{name:<46}{columns[0][name]:>12.2f}{columns[1][name]:>14.2f}")
    sums = [sum(column.values()) for column in columns]
    print(f"{'all':<46}{sums[0]:>12.2f}{sums[1]:>14.2f}")


def _report_lengths(bench: Bench) -> None:
    _say("Filling diaries...")
    patients = range(CONNECTIONS, CONNECTIONS + len(LENGTHS))
    costs = cost_by_length([OurPhone(bench.ours, patient) for patient in patients])
    shortest = costs[min(costs)]
    print(f"\n{'entries before a push of 100':<46}{'ms':>9}{'ratio':>8}")
    for length, cost in costs.items():
        print(f"{length:<46,}{cost:>9.1f}{cost / shortest:>7.2f}x")


def _report_memory(bench: Bench, records: int) -> None:
    phones = [OurPhone(bench.ours, patient) for patient in range(CONNECTIONS)]
    for phone in phones:
        phone.pull()
    print(f"\n{'records pushed':<30}memory of each web process, MB")
    for pushed, sizes in memory(bench.ours, phones, records):
        print(f"{pushed:<30,}{'  '.join(f'{size:.1f}' for size in sizes)}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a few requests only: does it still run?"
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail when a goal is not met"
    )
    parser.add_argument(
        "--profile", action="store_true", help="where the time of our push goes"
    )
    parser.add_argument(
        "--length",
        action="store_true",
        help="cost of a push with 1, 1,000 and 100,000 earlier entries in the diary",
    )
    parser.add_argument(
        "--records",
        type=int,
        default=0,
        metavar="N",
        help="push N more records and print the memory of the web processes",
    )
    return parser.parse_args()


def _measure(bench: Bench, size: Size) -> Iterator[Sample]:
    """Yield (what, ours, theirs) in records a second, round by round.

    Both are measured right after each other, and take turns in being first, so that
    whatever else the machine does strikes both.
    """
    rng = np.random.default_rng(0)
    for kind in (OurPhone, DrfPhone):  # the first request of a worker loads modules
        _push(_phones(kind, bench), [pain_batch(1, rng)] * 4 * CONNECTIONS)
    for number in range(size.rounds):
        _say(f"Round {number + 1} of {size.rounds}...")
        for what, ours, theirs in _duels(bench, size, rng):
            if number % 2:
                rival, own = theirs(), ours()
            else:
                own, rival = ours(), theirs()
            yield what, own, rival


Run = Callable[[], float]


def _duels(
    bench: Bench, size: Size, rng: np.random.Generator
) -> Iterator[tuple[str, Run, Run]]:
    """Yield what is measured in one round; each must run before the next is drawn."""
    ours, theirs = _phones(OurPhone, bench), _phones(DrfPhone, bench)
    for phone in ours:
        phone.pull()  # a phone that has synced before
    pushes = size.pushes * CONNECTIONS
    batches = [pain_batch(BATCH, rng) for _ in range(pushes)]
    for what in ("push", "again"):
        yield what, _pushing(ours, batches), _pushing(theirs, batches)
    fresh = [pain_batch(BATCH, rng) for _ in range(pushes)]
    with_patient = _phones(DrfPhoneWithPatient, bench)
    yield "push_fk", _pushing(ours, fresh), _pushing(with_patient, fresh)
    mixed = [mixed_batch(BATCH, rng) for _ in range(pushes)]
    diary = _phones(DrfDiaryPhone, bench)
    yield "mixed", _pushing(ours, mixed), _pushing(diary, mixed)
    singles = [pain_batch(1, rng) for _ in range(size.singles * CONNECTIONS)]
    yield "single", _pushing(ours, singles), _pushing(theirs, singles)
    yield "pull", _pulling(ours), _pulling(theirs)


def _phones(kind: type[Phone], bench: Bench) -> list[Phone]:
    server: Server = bench.ours if kind is OurPhone else bench.drf
    return [kind(server, patient) for patient in range(CONNECTIONS)]


def _push(phones: list[Phone], batches: list[Batch]) -> float:
    return _pushing(phones, batches)()


def _pushing(phones: list[Phone], batches: list[Batch]) -> Run:
    """Return a run that pushes the batches, dealt out to the phones."""
    work = []
    for index, phone in enumerate(phones):
        mine = batches[index :: len(phones)]
        bodies = [phone.prepare(batch) for batch in mine]
        count = sum(len(records) for batch in mine for records in batch.values())
        work.append(partial(_push_all, phone, bodies, count))
    return lambda: together(work)


def _push_all(phone: Phone, bodies: list[bytes], count: int) -> int:
    for body in bodies:
        phone.push(body)
    return count


def _pulling(phones: list[Phone]) -> Run:
    return lambda: together([phone.pull for phone in phones])


def _report(samples: list[Sample], limit: float) -> bool:
    """Print the table; return whether every goal is met."""
    print(f"\n{'records a second':<46}{'ours':>9}{'DRF':>9}{'ratio':>8}")
    met = True
    for what, label in LABELS.items():
        pairs = [(ours, theirs) for name, ours, theirs in samples if name == what]
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratio = statistics.median(own / rival for own, rival in pairs)
        line = f"{label:<46}{ours:>9,.0f}{theirs:>9,.0f}{ratio:>7.1f}x"
        if goal := GOALS.get(what):
            met &= ratio >= goal
            line += f"  goal {goal:.0f}x: {'met' if ratio >= goal else 'MISSED'}"
        print(line)
    pushed = statistics.median(ours for name, ours, _ in samples if name == "push")
    print(f"{'PostgreSQL alone, two connections':<46}{limit:>9,.0f}")
    print(f"{'our push, as a share of that':<46}{pushed / limit:>9.0%}")
    return met


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
