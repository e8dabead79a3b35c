"""Server processes: start one, see whether it lives, end it."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psutil


#: How long a server may take to answer after its start, crash recovery included.
#: Unit: seconds.
START_SECONDS = 60


#: How often another free port is tried when somebody else took the first.
PORT_ATTEMPTS = 5


#: Servers outlive the functions that start them; a Popen that nobody holds complains.
_started: list[subprocess.Popen[bytes]] = []


class ServersUnavailable(Exception):
    """An embedded server cannot run; the text is one sentence for a person."""


class Identity(TypedDict, total=False):
    """Whom a child process runs as."""

    user: int
    group: int
    extra_groups: list[str | int]


@dataclass(frozen=True)
class Owner:
    """Whom PostgreSQL runs as, because it refuses to run as root."""

    user: int
    group: int

    @property
    def identity(self) -> Identity:
        """Return it as arguments of subprocess."""
        return {"user": self.user, "group": self.group, "extra_groups": []}


def spawn(
    command: list[str], *, log: Path, owner: Owner | None
) -> subprocess.Popen[bytes]:
    """Start a server that a Ctrl-C in the terminal does not reach."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **(owner.identity if owner else {}),
            cwd="/",
            start_new_session=True,
        )
    _started.append(process)
    return process


def answers(
    process: subprocess.Popen[bytes],
    port: int,
    ready: Callable[[], bool] = lambda: True,
) -> bool:
    """Wait until the server takes connections; return False when it ended."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if ready() and reachable(port):
            return True
        time.sleep(0.05)
    if process.poll() is None:
        process.kill()
        process.wait()
    return False


def reachable(port: int) -> bool:
    """Return whether somebody listens on this port of this machine."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def free_port() -> int:
    """Return a port that is free now; somebody else may take it any moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def runs(pid: int, name: str) -> bool:
    """Return whether this process id is still that server, not a later namesake."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and name in process.name()
    return False


def user_of(pid: int) -> str:
    """Return a name for this process that no later one with the same id has."""
    return f"{pid}/{psutil.Process(pid).create_time():.2f}"


def lives(user: str) -> bool:
    """Return whether the user noted in the record still runs."""
    with contextlib.suppress(psutil.Error):
        return user_of(int(user.partition("/")[0])) == user
    return False


def end(pid: int, name: str, how: signal.Signals) -> None:
    """End this process if it still is that server, and wait for it."""
    if not runs(pid, name):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        process.send_signal(how)
        try:
            process.wait(timeout=30)
        except psutil.TimeoutExpired:
            process.kill()


def end_orphans(name: str, folder: Path) -> None:
    """End the children that outlived a killed server of this folder, and wait.

    PostgreSQL does not start beside them ("pre-existing shared memory block is still
    in use"), and one that is busy notices only later that its server is gone.
    """
    until = time.monotonic() + START_SECONDS
    while (found := _at_work(name, folder)) and time.monotonic() < until:
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1)


def _at_work(name: str, folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if name in process.name() and Path(process.cwd()) == folder.resolve():
                found.append(process)
    return found


def package(name: str) -> Path:
    """Return a wheel's folder without importing its Python half."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServersUnavailable(
            f"The Python package {name} is not installed. Run: make install"
        )
    return Path(spec.submodule_search_locations[0])


def last_words(name: str, log: Path) -> str:
    """Return one sentence with the last line of a log."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    reason = lines[-1] if lines else "it gave no reason"
    return f"{name} does not start: {reason} (its log: {log})"
