"""A mail server and an SMS gateway that take everything and note when it came."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final


_ID: Final = re.compile(rb"^Message-ID: <([0-9a-f-]{36})@", re.MULTILINE)


@dataclass
class Sinks:
    """Where they listen, and when each message came first, by its id in hexadecimal."""

    smtp_port: int = 0
    http_port: int = 0
    came: dict[str, float] = field(default_factory=dict)
    repeats: int = 0
    lines: list[asyncio.StreamWriter] = field(default_factory=list)

    def take(self, message_id: str) -> None:
        plain = message_id.replace("-", "")
        self.repeats += plain in self.came
        self.came.setdefault(plain, time.monotonic())

    async def mail(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"220 bench\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                found = _ID.search(body)
                assert found
                self.take(found[1].decode())
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
            if verb == b"QUIT":
                break
        writer.close()

    async def text(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.lines.append(writer)  # kept open by who sends
        while head := await _head(reader):
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            assert length
            body = await reader.readexactly(int(length[1]))
            self.take(json.loads(body)["id"])
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()


@contextmanager
def running() -> Iterator[Sinks]:
    """Run both in a thread until the block ends."""
    sinks, loop = Sinks(), asyncio.new_event_loop()
    ready = threading.Event()
    ended = asyncio.Event()

    async def serve() -> None:
        async with contextlib.AsyncExitStack() as stack:
            ports = []
            for handler in (sinks.mail, sinks.text):
                server = await asyncio.start_server(handler, "127.0.0.1", 0)
                await stack.enter_async_context(server)
                ports.append(server.sockets[0].getsockname()[1])
            sinks.smtp_port, sinks.http_port = ports
            ready.set()
            await ended.wait()
            for writer in sinks.lines:
                writer.close()
            await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield sinks
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
