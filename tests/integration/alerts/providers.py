"""Local servers that stand in for push services, gateways and webhook receivers."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config


#: Instead of a status: hang up before or after the message is taken, or say nothing.
RESET, LOST, HANG = -1, -2, -3
#: Longer than any client waits. Unit: seconds.
LONG = 30


@dataclass
class Asked:
    """One request as the provider got it."""

    path: str
    headers: dict[str, str]
    body: bytes
    http_version: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Provider:
    """What was asked, and what is answered: the first of `answers`, then 200."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)

    #: Answers wait here for one another; who waits too long is answered 500.
    together: Barrier | None = None

    def will_answer(self, status: int, body: Any = None, **headers: str) -> None:
        """Plan one more answer; an underscore in a header's name is a hyphen."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        self.answers.append((status, names, content))

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(asked)
        if self.together is not None:
            try:
                self.together.wait(timeout=5)
            except BrokenBarrierError:
                return 500, {}, b""
        return self.answers.pop(0) if self.answers else (200, {}, b"{}")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """Clients are killed here: nothing to print."""

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # no orderly end before it


@contextmanager
def provider(given: Provider | None = None) -> Iterator[Provider]:
    """Run a provider that speaks HTTP/1.1."""
    told = given or Provider()
    ended = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = told.answer(Asked(self.path, headers, body, "1.1"))
            if status < 0:
                self.break_off(long=status == HANG)
                return
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def break_off(self, *, long: bool) -> None:
            if long:
                ended.wait(LONG)
            at_once = struct.pack("ii", 1, 0)  # a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Keep the tests quiet."""

    with Server(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield told
        finally:
            ended.set()
            server.shutdown()
            thread.join()


@contextmanager
def http2_provider() -> Iterator[Provider]:
    """Run a provider that speaks HTTP/2, as APNs does."""
    told = Provider()
    config = Config()
    config.bind = [f"127.0.0.1:{_free_port()}"]
    config.errorlog = config.accesslog = None
    told.url = f"http://{config.bind[0]}"
    loop, started = asyncio.new_event_loop(), Event()
    stopped = asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        app = _app(told, started)
        loop.run_until_complete(serve(app, config, shutdown_trigger=stopped.wait))

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(timeout=20)
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


def _app(told: Provider, started: Event) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            started.set()
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = await _whole(receive)
        asked = Asked(scope["path"], headers, body, scope["http_version"])
        status, more, content = told.answer(asked)
        names = [(name.lower().encode(), text.encode()) for name, text in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": names})
        await send({"type": "http.response.body", "body": content})

    return app


async def _whole(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    return body


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
