"""Times the worklist, the patient page and the figures in a small and in a large clinic.

Both clinics hold the same forty alerts in one database; the large one has a hundred
times the patients. Each page is asked for in turn in each; the ratio of the medians is
what counts, and that neither asks the database more often. Python, PostgreSQL and all
waiting are in the time; the browser is not. Bytes are as sent, compressed.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import django

from backend import embedded


if TYPE_CHECKING:
    from django.test import Client

    from bench.pages.clinics import Measured


#: A page of the large clinic may take so many times the page of the small one.
GOAL: Final = 2.0
#: The figures count every day with an entry: of a hundred times the patients, and one
#: person in a clinic opens them now and then.
GOAL_OF_FIGURES: Final = 15.0
SMALL: Final = 50
LARGE: Final = 5_000
#: What is looked at: a name, the address, and the patient in it.
PAGES: Final = (
    ("worklist", "/", ""),
    ("worklist, refreshed", "/worklist/", ""),
    ("worklist, searched", "/worklist/?search=0012", ""),
    ("worklist, silent", "/worklist/?silent=on", ""),
    ("worklist, last page", "/worklist/?page=9999", ""),
    ("patient, 30 days of diary", "/patients/{}/", "short"),
    ("patient, three years", "/patients/{}/", "longest"),
    ("charts, three years, 90 days", "/patients/{}/charts.json?range=90", "longest"),
    ("charts, three years, all", "/patients/{}/charts.json?range=all", "longest"),
    ("figures, 90 days", "/clinic/figures/?range=90", ""),
    ("figures, 365 days", "/clinic/figures/?range=365", ""),
    ("their charts, 365 days", "/clinic/figures/charts.json?range=365", ""),
)


@dataclass
class Cost:
    """One page in one clinic."""

    seconds: list[float] = field(default_factory=list)
    queries: int = 0
    sent: int = 0

    @property
    def median(self) -> float:
        """Return the median time in milliseconds."""
        return statistics.median(self.seconds) * 1000

    def __str__(self) -> str:
        """Return the three figures in columns."""
        return f"{self.median:6.0f}{self.queries:7}{self.sent / 1000:7.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=LARGE, help="of the large one")
    parser.add_argument("--rounds", type=int, default=15, help="timed, of each page")
    parser.add_argument("--strict", action="store_true", help="fail over the goal")
    asked = parser.parse_args()
    missed = False
    with _servers():
        for line, good in _report(asked.patients, asked.rounds):
            print(line, flush=True)
            missed |= not good
    return int(asked.strict and missed)


@contextlib.contextmanager
def _servers() -> Iterator[None]:
    """Start PostgreSQL and Redis, and set Django up."""
    with tempfile.TemporaryDirectory(
        prefix="rootwatch-bench-", ignore_cleanup_errors=True
    ) as folder:
        home = embedded.Home(Path(folder) / "servers")
        services = embedded.join(home)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "backend.settings",
            "DEMO": "yes",  # static files without a build, logins without a second factor
            "ALLOWED_HOSTS": "testserver",
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
        }
        try:
            django.setup()
            yield
        finally:
            embedded.leave(home, os.getpid())


def _report(patients: int, rounds: int) -> Iterator[tuple[str, bool]]:
    from django.core.management import call_command

    from bench.pages import clinics

    call_command("migrate", verbosity=0)
    pattern = clinics.make(SMALL)
    measured = [pattern, clinics.make(patients, pattern=pattern)]
    yield f"{'':32}{SMALL:>8} patients {patients:>8} patients   ratio", True
    yield f"{'':32}  ms  queries  kB     ms  queries  kB", True
    for name, address, whose in PAGES:
        small, large = _costs(measured, address, whose, rounds)
        ratio = large.median / small.median
        line = f"{name:30}{small}  {large}{ratio:9.2f}"
        goal = GOAL_OF_FIGURES if "/figures/" in address else GOAL
        yield line, ratio <= goal and large.queries <= small.queries


def _costs(
    measured: list[Measured], address: str, whose: str, rounds: int
) -> list[Cost]:
    """Return what a page costs in each clinic; the clinics take turns."""
    from django.test import Client

    clients = [Client() for _ in measured]
    costs = [Cost() for _ in measured]
    for client, clinic in zip(clients, measured, strict=True):
        client.force_login(clinic.nurse)
    for _ in range(rounds + 1):  # the first fills what caches there are
        for client, clinic, cost in zip(clients, measured, costs, strict=True):
            path = address.format(getattr(clinic, whose).pk) if whose else address
            _ask(client, path, cost)
    for cost in costs:
        del cost.seconds[0]
    return costs


def _ask(client: Client, path: str, cost: Cost) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        begun = time.perf_counter()
        answer = client.get(path)
        cost.seconds.append(time.perf_counter() - begun)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    cost.queries = len(asked)
    cost.sent = len(gzip.compress(answer.content))


if __name__ == "__main__":
    sys.exit(main())
