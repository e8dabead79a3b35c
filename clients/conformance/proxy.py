"""Stands between a phone and the server, and does to a request what networks do."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from clients.conformance.server import connection_to


OK: Final = 200
#: Headers that belong to one connection and are not passed on.
HOP_BY_HOP: Final = {
    *("connection", "transfer-encoding", "keep-alive", "host"),
    *("content-length", "accept-encoding"),
}


@dataclass
class Fault:
    """What happens to one sync request."""

    #: The request never reaches the server.
    lost: bool = False
    #: So many bytes of the answer arrive; None: all of them.
    answer_bytes: int | None = None
    #: The proxy answers by itself: status, code and headers.
    answer: tuple[int, str, dict[str, str]] | None = None
    #: The server gets the request without its records, which it thereby loses.
    forgets: bool = False
    #: The server is asked from the beginning, and says that the phone starts over.
    starts_over: bool = False
    #: The answer waits until this is set.
    hold: threading.Event | None = None
    #: Set as soon as the server has answered.
    reached: threading.Event = field(default_factory=threading.Event)


def lost_request() -> Fault:
    """The connection breaks before the request has arrived."""
    return Fault(lost=True)


def lost_answer() -> Fault:
    """The server stores everything, and its answer never arrives."""
    return Fault(answer_bytes=0)


def torn_answer() -> Fault:
    """The connection breaks in the middle of the answer."""
    return Fault(answer_bytes=200)


def forgotten() -> Fault:
    """The server has lost what this request brings, as with a restored backup."""
    return Fault(forgets=True)


def new_start(*, answered: bool = True) -> Fault:
    """The server makes the phone start over; perhaps that answer is lost."""
    return Fault(starts_over=True, answer_bytes=None if answered else 0)


def refusal(status: int, code: str, **headers: str) -> Fault:
    """The server, or somebody before it, answers with an error."""
    return Fault(answer=(status, code, headers))


def _with_notice(content: bytes) -> bytes:
    reply = json.loads(content)
    words = {"title": "Starting over", "text": "Your diary is fetched again."}
    reply["notices"] = [*reply.get("notices", ()), {"code": "resync"} | words]
    return json.dumps(reply).encode()


#: (path, status, body) of an answer -> the status and body to give instead.
Spoil = Callable[[str, int, bytes], tuple[int, bytes]]


def as_it_is(_path: str, status: int, content: bytes) -> tuple[int, bytes]:
    """Leave an answer as the server gave it."""
    return status, content


@dataclass
class Proxy:
    """The address for the phone, the faults to come, and the pushes seen.

    `spoil` makes a worse server of the one behind it.
    """

    url: str
    spoil: Spoil = as_it_is
    faults: deque[Fault] = field(default_factory=deque)
    pushes: list[dict[str, Any]] = field(default_factory=list)

    def records_sent(self, record_id: str) -> int:
        """Return how often a record was in a push."""
        return sum(
            record.get("id") == record_id
            for push in self.pushes
            for records in (push.get("changes") or {}).values()
            for record in records
        )


@contextmanager
def proxy_to(server_url: str) -> Iterator[Proxy]:
    """Run a proxy for as long as the block lasts."""
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listener.daemon_threads = True
    listener.server_url = server_url  # type: ignore[attr-defined]
    proxy = Proxy(f"http://127.0.0.1:{listener.server_port}")
    listener.proxy = proxy  # type: ignore[attr-defined]
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass(b"", Fault())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        fault = Fault()
        if urlsplit(self.path).path == "/api/v1/sync":
            with suppress(ValueError):  # not every body is meant to be one
                proxy.pushes.append(json.loads(body))
            fault = proxy.faults.popleft() if proxy.faults else fault
        self._pass(body, fault)

    def _pass(self, body: bytes, fault: Fault) -> None:
        if fault.lost:
            self._hang_up()
            return
        if fault.answer is not None:
            self._answer(*fault.answer)
            return
        status, headers, content = self._ask(self._changed(body, fault))
        if fault.starts_over and status == OK:
            content = _with_notice(content)
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        status, content = proxy.spoil(urlsplit(self.path).path, status, content)
        fault.reached.set()
        if fault.hold:
            fault.hold.wait(60)
        if fault.answer_bytes == 0:
            self._hang_up()
            return
        self._head(status, headers, len(content))
        self.wfile.write(content[: fault.answer_bytes])
        if fault.answer_bytes is not None:
            self._hang_up()

    def _changed(self, body: bytes, fault: Fault) -> bytes:
        """Return the request as the server is to get it."""
        if not (fault.forgets or fault.starts_over):
            return body
        zipped = self.headers.get("Content-Encoding") == "gzip"
        envelope = json.loads(gzip.decompress(body) if zipped else body)
        if fault.forgets:
            envelope["changes"] = {}
        if fault.starts_over:
            envelope["cursor"] = None
        changed = json.dumps(envelope).encode()
        return gzip.compress(changed) if zipped else changed

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        own = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
        own |= {"Accept-Encoding": "identity"}  # answers are changed here
        server_url = self.server.server_url  # type: ignore[attr-defined]
        with closing(connection_to(server_url)) as connection:
            connection.request(self.command, self.path, body or None, own)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()

    def _answer(self, status: int, code: str, headers: dict[str, str]) -> None:
        problem = {"status": status, "title": code, "code": code}
        content = json.dumps(problem).encode()
        kind = ("Content-Type", "application/problem+json")
        self._head(status, [kind, *headers.items()], len(content))
        self.wfile.write(content)

    def _head(self, status: int, headers: list[tuple[str, str]], length: int) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the kit reports what matters."""
