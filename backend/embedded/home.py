"""The folder of a pair of servers, and its record of what runs and for whom."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from backend.embedded.processes import runs


@dataclass
class Running:
    """What `services.json` holds: where the servers are, and who uses them."""

    database_url: str
    redis_url: str
    postgres_pid: int
    redis_pid: int
    users: list[str] = field(default_factory=list)

    def alive(self) -> bool:
        """Return whether both servers still run."""
        return runs(self.postgres_pid, "postgres") and runs(
            self.redis_pid, "redis-server"
        )


@dataclass(frozen=True)
class Home:
    """The folder in which a pair of servers keeps its data."""

    path: Path

    @property
    def record(self) -> Path:
        """Return the file that says which servers run."""
        return self.path / "services.json"

    @property
    def redis_address(self) -> Path:
        """Return the file that keeps Redis' address from one start to the next."""
        return self.path / "redis.url"

    @property
    def postgres_data(self) -> Path:
        """Return PostgreSQL's data folder."""
        return self.path / "postgres"

    @property
    def redis_data(self) -> Path:
        """Return Redis' data folder."""
        return self.path / "redis"

    def read(self) -> Running | None:
        """Return the running servers, or None."""
        running = self.noted()
        return running if running and running.alive() else None

    def noted(self) -> Running | None:
        """Return what the record says, even when a server has died since."""
        try:
            return Running(**json.loads(self.record.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, running: Running) -> None:
        """Note the running servers, readable by the owner only."""
        new = self.record.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(running)))
        new.replace(self.record)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process out while servers start, stop or are counted."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
