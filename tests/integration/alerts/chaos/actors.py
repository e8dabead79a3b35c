"""The processes that are killed, and the hand that does it."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import psutil
from django.db import Error, connection

from backend.embedded.processes import free_port
from tests.integration.alerts.chaos.clock import Clock
from tests.own_postgres import OwnPostgres
from tests.own_redis import OwnRedis
from tests.web_process import granian


ROOT = Path(__file__).resolve().parents[4]
MODULE = "tests.integration.alerts.sweeper_process"


@dataclass
class Workers:
    """Sweeping processes; what they print is kept, for nobody's words may be in it."""

    clock: Clock
    environment: dict[str, str]
    log: TextIO
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, self.clock.path],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.running.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """Kill the older one with signal 9."""
        process = self.running.pop(0)
        process.kill()
        process.communicate()

    def kill_all(self) -> None:
        while self.running:
            self.kill()


@dataclass
class Web:
    """A web server on one port that can be killed and started again."""

    postgres: OwnPostgres
    redis: OwnRedis
    port: int = field(default_factory=free_port)

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = granian(
            self.port, database_url=self.postgres.url, redis_url=self.redis.url
        )

    def kill(self) -> None:
        main = psutil.Process(self.process.pid)
        family = [main, *main.children(recursive=True)]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(timeout=30)
        psutil.wait_procs(family, timeout=30)


@dataclass
class Hand:
    """Does one bad thing after another, in an order that its seed decides."""

    workers: Workers
    web: Web
    chance: random.Random

    def act(self, times: dict[str, int], jumps: list[int]) -> None:
        """Do everything; the clock's settings come in their order, between the rest."""
        deeds = [name for name, count in times.items() for _ in range(count)]
        deeds += ["clock"] * len(jumps)
        self.chance.shuffle(deeds)
        wrong = iter(jumps)
        for deed in deeds:
            time.sleep(self.chance.uniform(0.05, 0.6))
            if deed == "clock":
                self.workers.clock.set_wrong(minutes=next(wrong))
            else:
                getattr(self, deed)()

    def worker(self) -> None:
        self.workers.kill()
        self.workers.start()

    def webserver(self) -> None:
        self.web.kill()
        self.web.start()

    def redis(self) -> None:
        self._away(self.web.redis)

    def postgres(self) -> None:
        self._away(self.web.postgres)
        connection.close()  # this process's own died with the server

    def _away(self, server: Any) -> None:
        server.kill()
        time.sleep(self.chance.uniform(0.2, 1.0))
        server.start()


def wait_until(reached: Callable[[], bool], *, patience: float, what: str) -> None:
    """Ask the database again and again; a server that has been killed is asked anew."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if reached():
                return
        except Error:
            connection.close()
        time.sleep(0.2)
    message = f"not within {patience} s: {what}"
    raise AssertionError(message)
