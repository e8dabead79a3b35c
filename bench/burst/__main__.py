"""Times how long ten thousand alerts wait until each is first told to somebody.

All of them are open when the workers start, as when everybody's app syncs after an
outage. Ours is a Celery worker of two processes and the beat with its real timetable;
the rival (bench/burst/rival.py) is a task for each alert on the same two processes.
PostgreSQL and Redis are real; mail and text messages go to servers of this process,
which note when each came. The time begins when the alerts come, with all processes up.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import django

from backend import embedded
from bench.burst import sinks


if TYPE_CHECKING:
    from bench.burst.scene import Burst

ROOT: Final = Path(__file__).resolve().parents[2]
WORKER: Final = ("worker", "--concurrency", "2", "--loglevel", "ERROR")
#: All are told within so long ("within minutes"). Unit: seconds.
GOAL: Final = 600
#: When the bench gives up. Unit: seconds.
PATIENCE: Final = 1800

Waits = Mapping[str, list[float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--ours", action="store_true", help="without the rival")
    parser.add_argument("--strict", action="store_true", help="fail over the goal")
    asked = parser.parse_args()
    with sinks.running() as taken, _servers(taken) as folder:
        from bench.burst import scene

        burst = scene.make(asked.alerts)
        ours = _run("ours", _ours(folder), burst, taken)
        if not asked.ours:
            _run("one task for each alert", _rival(burst), burst, taken)
    return int(asked.strict and max(map(max, ours.values())) > GOAL)


@contextlib.contextmanager
def _servers(taken: sinks.Sinks) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="rootwatch-bench-", ignore_cleanup_errors=True
    ) as folder:
        home = embedded.Home(Path(folder) / "servers")
        services = embedded.join(home)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "backend.settings",
            "DEMO": "yes",
            "DATABASE_URL": services.database_url,
            "DATABASE_POOL_SIZE": "0",
            "REDIS_URL": services.redis_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{taken.smtp_port}",
            "SMS_GATEWAY_URL": f"http://127.0.0.1:{taken.http_port}/send",
            "LOG_LEVEL": "ERROR",
            "PYTHONWARNINGS": "ignore",
        }
        try:
            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield Path(folder)
        finally:
            embedded.leave(home, os.getpid())


def _ours(folder: Path) -> Iterator[float]:
    """Start our worker and beat; the burst comes once a sweep has been made."""
    from bench.burst import scene
    from tracker.models import Heartbeat

    Heartbeat.objects.all().delete()
    beat = ("beat", "--schedule", str(folder / "beat"), "--loglevel", "ERROR")
    with _celery("backend", WORKER), _celery("backend", beat):
        _wait_for(Heartbeat.objects.filter(name="alerts.sweep").exists)
        scene.begin()
        yield time.monotonic()


def _rival(burst: Burst) -> Iterator[float]:
    """Start the rival's worker; the burst comes once it answers."""
    from bench.burst import rival, scene

    with _celery("bench.burst.rival", WORKER):
        _wait_for(lambda: bool(rival.app.control.ping(timeout=1)))
        scene.begin()
        began = time.monotonic()
        for alert in burst.tiers:
            rival.tell.delay(alert)
        yield began


@contextlib.contextmanager
def _celery(app: str, command: tuple[str, ...]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", app, "--quiet", *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(reached: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if reached():
            return True
        time.sleep(0.3)
    return False


def _run(name: str, way: Iterator[float], burst: Burst, taken: sinks.Sinks) -> Waits:
    """Let the burst come, and wait until somebody was told of every alert."""
    from bench.burst import scene

    scene.forget()
    taken.came.clear()
    taken.repeats = 0
    with contextlib.contextmanager(lambda: way)() as began:
        _wait_for(lambda: _told(burst, taken) == len(burst.tiers))
    waits = _waits(burst, taken, began)
    _print(name, waits, burst, taken)
    return waits


def _told(burst: Burst, taken: sinks.Sinks) -> int:
    return len({burst.alert_of[row] for row in list(taken.came)})


def _waits(burst: Burst, taken: sinks.Sinks, began: float) -> Waits:
    """Return how long each alert waited for its first message, by tier. Unit: seconds."""
    first: dict[str, float] = {}
    for row, at in sorted(taken.came.items(), key=lambda each: each[1]):
        first.setdefault(burst.alert_of[row], at - began)
    waits: dict[str, list[float]] = {
        tier: [] for tier in ("emergency", "urgent", "soon")
    }
    for alert, wait in first.items():
        waits[burst.tiers[alert]].append(wait)
    return {tier: found for tier, found in waits.items() if found}


def _print(name: str, waits: Waits, burst: Burst, taken: sinks.Sinks) -> None:
    told = sum(len(found) for found in waits.values())
    print(
        f"\n{name}: {told} of {len(burst.tiers)} alerts told,"
        f" {len(taken.came)} messages, {taken.repeats} twice"
    )
    print(
        f"{'seconds until first told':28}{'alerts':>8}{'median':>8}{'p90':>8}{'last':>8}"
    )
    for tier, found in waits.items():
        p90 = statistics.quantiles(found, n=10)[-1] if len(found) > 1 else found[0]
        figures = (statistics.median(found), p90, max(found))
        columns = "".join(f"{figure:8.1f}" for figure in figures)
        print(f"{tier:28}{len(found):8}{columns}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
