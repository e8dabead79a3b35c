"""What the live stream asks of the web server, and no page of its own promises."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

from backend.embedded.processes import free_port


APPLICATION = '''
import time


class Beats:
    """A stream that would beat for a minute."""

    def __iter__(self):
        for _ in range(600):
            yield b": \\n\\n"
            time.sleep(0.1)
        print("nobody ended it", flush=True)

    def close(self):
        print("closed", flush=True)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return Beats()
'''


def test_granian_closes_a_stream_whose_client_is_gone(tmp_path):
    """So a phone that leaves gives its thread back at the next heartbeat."""
    (tmp_path / "beats.py").write_text(APPLICATION)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--port", str(port), "beats:application"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as server:
        try:
            _wait_for(server, "Started worker")
            with _connected(server, port) as line:
                _read_one_beat(line)
            assert _wait_for(server, "closed", "nobody ended it") == "closed"
        finally:
            server.terminate()


def _wait_for(server: subprocess.Popen[str], *words: str) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        for word in words:
            if word in line:
                return word
    return "the server ended"


def _connected(server: subprocess.Popen[str], port: int) -> socket.socket:
    """Granian says "Started worker" a moment before the worker listens."""
    while server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the server ended before it listened")


def _read_one_beat(line: socket.socket) -> None:
    line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    read = b""
    while b": \n\n" not in read:
        some = line.recv(1024)
        assert some
        read += some
