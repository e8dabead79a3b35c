"""PostgreSQL and Redis out of Python wheels, for the demo and the tests.

Used only while DATABASE_URL and REDIS_URL are not set. Every process that uses the
servers notes its id in `services.json`; the last one to leave stops them.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
from urllib.parse import urlsplit

from backend.embedded.home import Home, Running
from backend.embedded.postgres import DATABASE, connection_settings, start_postgres
from backend.embedded.processes import (
    ServersUnavailable,
    end,
    end_orphans,
    lives,
    user_of,
)
from backend.embedded.redis import redis_url, start_redis


__all__ = [
    "DATABASE",
    "Home",
    "Running",
    "ServersUnavailable",
    "connection_settings",
    "erase",
    "join",
    "leave",
    "redis_url",
    "secret_key",
]

#: What `erase` leaves: the lock that it holds, and what is no data.
KEPT = frozenset({"lock", "install.log", "browser.log", "browsers"})


def join(home: Home) -> Running:
    """Return the servers of this home, started if necessary, until this process ends.

    Called twice, it returns the same servers.
    """
    try:
        with home.lock():
            running = home.read() or _start(home)
            if (own := user_of(os.getpid())) not in running.users:
                running.users.append(own)
                atexit.register(leave, home, os.getpid())
            home.write(running)
            return running
    except OSError as error:
        raise ServersUnavailable(_explain(error, home)) from error


def leave(home: Home, pid: int) -> None:
    """Take one user away, and stop the servers when it was the last."""
    if pid != os.getpid():
        return  # a forked child inherits the exit handler, not the duty
    own = user_of(pid)
    with home.lock():
        running = home.noted()  # when one of the two has died, the other must end, too
        if running is None:
            return
        running.users = [u for u in running.users if u != own and lives(u)]
        if running.users:
            home.write(running)
        else:
            _stop(home, running)


def erase(home: Home) -> bool:
    """Remove all data of this home; return False while somebody uses it."""
    with home.lock():
        running = home.read()
        if running and any(lives(user) for user in running.users):
            return False
        if running:
            _stop(home, running)
        _stop_leftover(home)
        for entry in home.path.iterdir():
            if entry.name in KEPT:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return True


def secret_key(home: Home) -> str:
    """Return the demo's signing key, made at the first start and kept."""
    with home.lock():
        kept = home.path / "secret_key"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(50))
        return kept.read_text()


def _start(home: Home) -> Running:
    """Start both servers; after a crash at the address where their users look."""
    before = home.noted()
    home.record.unlink(missing_ok=True)
    _stop_leftover(home)
    end_orphans("postgres", home.postgres_data)
    # Nothing of it runs any more, but PostgreSQL takes a dead parent's zombie, or a
    # later process with the same id, for a server that still runs.
    (home.postgres_data / "postmaster.pid").unlink(missing_ok=True)
    database_url, postgres_pid = start_postgres(
        home, port=urlsplit(before.database_url).port if before else None
    )
    redis_url, redis_pid = start_redis(home)
    users = [user for user in before.users if lives(user)] if before else []
    return Running(database_url, redis_url, postgres_pid, redis_pid, users)


def _stop(home: Home, running: Running) -> None:
    end(running.redis_pid, "redis-server", signal.SIGTERM)
    end(running.postgres_pid, "postgres", signal.SIGINT)  # fast shutdown
    home.record.unlink(missing_ok=True)


def _stop_leftover(home: Home) -> None:
    """Stop servers that outlived a killed process, by their own pid files."""
    for pid_file, name, stop in (
        (home.postgres_data / "postmaster.pid", "postgres", signal.SIGINT),
        (home.redis_data / "redis.pid", "redis-server", signal.SIGTERM),
    ):
        with contextlib.suppress(OSError, ValueError, IndexError):
            end(int(pid_file.read_text().split()[0]), name, stop)


def _explain(error: OSError, home: Home) -> str:
    reason = (error.strerror or "unknown reason").lower()
    return f"The embedded servers cannot use {home.path}: {reason}."
