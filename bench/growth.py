"""What must not grow: memory with the records, and the cost of one with the diary."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np

from bench.bodies import pain_batch
from bench.load import OurPhone, together
from bench.servers import Server
from bench.workers import resident


BATCH = 100
#: Entries that a diary holds before the push.
LENGTHS = (1, 1_000, 100_000)
#: Pushes to each of the diaries that are timed, in turn.
TIMED = 60
#: Parts of the run after which memory is read; the first fills caches and pools.
PARTS = 5


def memory(
    server: Server, phones: list[OurPhone], records: int
) -> Iterator[tuple[int, list[float]]]:
    """Yield (records pushed so far, MB of each web process), `records` in the end."""
    yield 0, [resident(pid) for pid in server.workers]
    each = -(-records // (PARTS * len(phones) * BATCH))
    for part in range(1, PARTS + 1):
        together([partial(_push, phone, each, part) for phone in phones])
        pushed = part * each * len(phones) * BATCH
        yield pushed, [resident(pid) for pid in server.workers]


def _push(phone: OurPhone, pushes: int, part: int) -> int:
    rng = np.random.default_rng([part, phone.number])
    for _ in range(pushes):
        phone.push(phone.prepare(pain_batch(BATCH, rng)))
    return pushes * BATCH


def cost_by_length(phones: list[OurPhone]) -> dict[int, float]:
    """Return the milliseconds of a push of BATCH by entries held before; a median.

    One phone for each of LENGTHS; their pushes take turns.
    """
    rng = np.random.default_rng(1)
    for phone, length in zip(phones, LENGTHS, strict=True):
        for size in _parts(length):
            phone.push(phone.prepare(pain_batch(size, rng)))
        phone.pull()  # else each push would bring a page of what was there before
    seconds: dict[int, list[float]] = {length: [] for length in LENGTHS}
    for _ in range(TIMED):
        for phone, length in zip(phones, LENGTHS, strict=True):
            body = phone.prepare(pain_batch(BATCH, rng))
            started = time.perf_counter()
            phone.push(body)
            seconds[length].append(time.perf_counter() - started)
    return {n: statistics.median(found) * 1000 for n, found in seconds.items()}


def _parts(length: int) -> Iterator[int]:
    most = 5_000
    for done in count(0, most):
        if done >= length:
            return
        yield min(most, length - done)
