"""Starts both servers on one throwaway PostgreSQL, and Redis for ours."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from backend import embedded
from backend.embedded.processes import free_port
from bench.workers import workers_of


ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
THREADS = 4
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server: its port, and the (token, patient id) of each patient.

    `workers` are its web processes; none where the system does not tell.
    """

    name: str
    port: int
    patients: list[tuple[str, str]]
    environment: dict[str, str]
    workers: list[int]


@dataclass(frozen=True)
class Bench:
    """What runs during a measurement."""

    ours: Server
    drf: Server
    database_url: str


@contextlib.contextmanager
def running(patients: int) -> Iterator[Bench]:
    """Run both servers with this many patients each, until the block ends."""
    with tempfile.TemporaryDirectory(
        prefix="rootwatch-bench-", ignore_cleanup_errors=True
    ) as folder:
        home = embedded.Home(Path(folder) / "servers")
        services = embedded.join(home)
        rival_url = _second_database(services.database_url)
        try:
            with contextlib.ExitStack() as stack:
                yield Bench(
                    ours=stack.enter_context(
                        _served(
                            "ours",
                            "bench.people",
                            "backend.wsgi:application",
                            _our_environment(services, Path(folder)),
                            patients,
                        )
                    ),
                    drf=stack.enter_context(
                        _served(
                            "drf",
                            "bench.rivals.drf_diary.people",
                            "bench.rivals.drf_diary.wsgi:application",
                            {"DRF_DIARY_DATABASE_URL": rival_url},
                            patients,
                        )
                    ),
                    database_url=services.database_url,
                )
        finally:
            embedded.leave(home, os.getpid())


def _second_database(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE drf_diary")
    return url.rpartition("/")[0] + "/drf_diary"


def _our_environment(services: embedded.Running, folder: Path) -> dict[str, str]:
    """Return production settings, but for HTTPS and the limits on one patient."""
    metrics = folder / "metrics"
    metrics.mkdir()
    unlimited = {
        f"THROTTLE_{name}": "100000000/min" for name in ("ANON", "USER", "SYNC")
    }
    return unlimited | {
        "DEMO": "no",
        "SECRET_KEY": "for measurements only, 0123456789-abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "SECURE_SSL_REDIRECT": "no",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }


@contextlib.contextmanager
def _served(
    name: str, people: str, application: str, settings: dict[str, str], patients: int
) -> Iterator[Server]:
    environment = _bare_environment() | settings
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", people, str(patients)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
                *("--log-level", "warning", application),
            ],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(process, port)
            pairs = [tuple(pair) for pair in json.loads(made.stdout)]
            yield Server(name, port, pairs, environment, workers_of(process.pid))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _bare_environment() -> dict[str, str]:
    """Return what a process needs, without anybody's settings."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ}


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5)
        except urllib.error.HTTPError:
            return  # the rival has no such page, but it answers
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("A server did not start.")
