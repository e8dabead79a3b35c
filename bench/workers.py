"""The web processes of a server: who holds a connection, and what memory they take."""

from __future__ import annotations

import http.client
import os
from pathlib import Path


PROC = Path("/proc")
#: Connections that are opened to find one that a certain process holds.
TRIES = 200


def workers_of(master: int) -> list[int]:
    """Return the processes that a server has started, oldest first."""
    children = PROC / str(master) / "task" / str(master) / "children"
    return [int(pid) for pid in children.read_text().split()] if PROC.exists() else []


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def connect(port: int, pid: int | None) -> http.client.HTTPConnection:
    """Return an open connection that this worker holds; any, when there is no choice.

    The kernel deals connections out by chance, and with four of them one process
    often got all and the other none, once for us and once for the rival.
    """
    for _ in range(TRIES):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        if pid is None or _holds(pid, connection.sock.getsockname()[1], port):
            return connection
        connection.close()
    raise SystemExit("No connection came to one of the web processes.")


def _holds(pid: int, client_port: int, port: int) -> bool:
    inode = _inode(client_port, port)
    for handle in (PROC / str(pid) / "fd").iterdir():
        try:
            if os.readlink(handle) == f"socket:[{inode}]":
                return True
        except OSError:
            continue
    return False


def _inode(client_port: int, port: int) -> str:
    """Return the inode of the server's end of a connection."""
    for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = [int(address.rpartition(":")[2], 16) for address in fields[1:3]]
        if ports == [port, client_port]:
            return fields[9]
    return ""
