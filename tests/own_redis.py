"""A Redis of a test's own, that may be killed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psutil

from backend.embedded import Home
from backend.embedded.redis import start_redis


@dataclass
class OwnRedis:
    """A server in a folder of its own, started at once; its address stays the same."""

    home: Home

    def __post_init__(self) -> None:
        self.home.path.mkdir(parents=True, exist_ok=True)
        self.url, self.pid = start_redis(self.home)

    def kill(self) -> None:
        """Kill it with -9."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            process.kill()
            process.wait(timeout=30)

    def start(self) -> None:
        """Start it again where it was."""
        url, self.pid = start_redis(self.home)
        assert url == self.url
