"""Parts of a diary to flags: in this process, in several, or on a Dask cluster.

A process reads its part from disk by itself: handing it decoded records cost more
than computing them. A cluster may share no disk, so its workers are sent the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from analytics.domain.events import Event
from analytics.domain.shards import Found, Question, Shard, found
from tracker.errors import DomainError


#: How long a cluster may take to answer. Unit: seconds.
CONNECT_TIMEOUT: Final = 10
#: Parts under way for each thread of a cluster: it is never idle, nor swamped.
UNDER_WAY: Final = 2


class ComputingFailed(DomainError):
    """The computing processes or the cluster failed, not the diary."""

    code = "computing_failed"
    title = "The back-test could not be computed."


@dataclass(frozen=True)
class Part:
    """A part of the diary on disk, and the events of its patients."""

    path: Path
    events: tuple[Event, ...]

    def shard(self) -> Shard:
        """Return the part with its lines."""
        return Shard(self.path.read_bytes(), self.events)


def one_by_one(
    parts: Sequence[Part], question: Question
) -> Iterator[tuple[int, Found]]:
    """Yield place and answer of each part, computed here."""
    for place, part in enumerate(parts):
        yield place, _found(part, question)


def in_processes(
    parts: Sequence[Part], question: Question, *, workers: int
) -> Iterator[tuple[int, Found]]:
    """Yield place and answer of each part, computed in processes of their own.

    Raises:
        ComputingFailed: a process died.
    """
    # Spawned, not forked: a fork of a threaded process can hang.
    context = get_context("spawn")
    count = min(workers, len(parts))
    try:
        with ProcessPoolExecutor(count, mp_context=context) as pool:
            tasks = [pool.submit(_found, part, question) for part in parts]
            for place, task in enumerate(tasks):
                yield place, task.result()
                tasks[place].cancel()
    except BrokenProcessPool:
        raise ComputingFailed(
            "A worker process died, perhaps for want of memory; try fewer --workers."
        ) from None


def on_cluster(
    parts: Sequence[Part], question: Question, *, address: str
) -> Iterator[tuple[int, Found]]:
    """Yield place and answer of each part, as the workers of a cluster finish them.

    Raises:
        ComputingFailed: no scheduler answers, it has no workers, or they failed.
    """
    from distributed import Client  # slow to import; only this needs it

    try:
        client = Client(address, timeout=CONNECT_TIMEOUT, set_as_default=False)
    except (OSError, ValueError, ImportError):
        raise ComputingFailed(f"No Dask scheduler answers at {address}.") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise ComputingFailed(f"The Dask cluster at {address} has no workers.")
        try:
            yield from _streamed(client, parts, question, threads * UNDER_WAY)
        except ComputingFailed:
            raise
        except Exception as error:
            raise ComputingFailed(
                f"The Dask cluster failed ({type(error).__name__}); its workers need "
                "this very version of Rootwatch installed."
            ) from error


def _streamed(
    client: Any, parts: Sequence[Part], question: Question, at_once: int
) -> Iterator[tuple[int, Found]]:
    from distributed import as_completed

    waiting = iter(enumerate(parts))
    place_of: dict[str, int] = {}

    def submit(place: int, part: Part) -> Any:
        # Scattered, since lines inside a task would stay with the scheduler.
        shard = client.scatter(part.shard(), hash=False)
        task = client.submit(found, shard, question, pure=False)
        place_of[task.key] = place
        return task

    first = [submit(*each) for _, each in zip(range(at_once), waiting, strict=False)]
    running = as_completed(first, loop=client.loop)
    for task in running:
        yield place_of.pop(task.key), task.result()
        task.release()
        for place, part in waiting:
            running.add(submit(place, part))
            break


def _found(part: Part, question: Question) -> Found:
    return found(part.shard(), question)


Compute = Callable[[Sequence[Part], Question], Iterator[tuple[int, Found]]]
