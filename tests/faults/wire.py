"""HTTP/1.1 on a socket, as far as a proxy must know it: where a message ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


CHUNK: Final = 65_536
HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True)
class Request:
    """One request as it came: its first line in parts, all its bytes, its body."""

    method: str
    path: str
    raw: bytes
    body: bytes


class Reader:
    """Reads a socket by lines and lengths."""

    def __init__(self, source: socket.socket) -> None:
        self._source = source
        self._kept = b""

    def until(self, end: bytes) -> bytes:
        """Return everything up to and with `end`; b"" at the end of all.

        Raises ConnectionResetError at an end in the middle.
        """
        while end not in self._kept:
            part = self._source.recv(CHUNK)
            if not part and not self._kept:
                return b""
            if not part:
                raise ConnectionResetError
            self._kept += part
        found, _, self._kept = self._kept.partition(end)
        return found + end

    def some(self, most: int = CHUNK) -> bytes:
        """Return what is there, at most `most` bytes; b"" at the end."""
        if not self._kept:
            return self._source.recv(min(most, CHUNK))
        found, self._kept = self._kept[:most], self._kept[most:]
        return found


def read_request(reader: Reader) -> Request | None:
    """Return the next request; None when the client has gone."""
    head = reader.until(HEAD_END)
    if not head:
        return None
    fields = _fields(head)
    method, path, _ = head.split(b" ", 2)
    body = b"".join(_body_parts(reader, fields, open_ended=False))
    return Request(method.decode(), path.decode(), head + body, body)


def answer_parts(reader: Reader, method: str) -> Iterator[bytes]:
    """Yield the head of an answer, then its body as it comes."""
    head = reader.until(HEAD_END)
    if not head:
        return
    yield head
    if method != "HEAD" and status_of(head) not in (204, 304):
        yield from _body_parts(reader, _fields(head), open_ended=True)


def is_endless(answer: bytes) -> bool:
    """Return whether this head announces a stream of events."""
    return b"text/event-stream" in _fields(answer).get(b"content-type", b"")


def _body_parts(
    reader: Reader, fields: dict[bytes, bytes], *, open_ended: bool
) -> Iterator[bytes]:
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while True:
            line = reader.until(b"\r\n")
            if not line:
                raise ConnectionResetError
            size = int(line.split(b";")[0], 16)
            yield line
            yield from _exactly(reader, size + 2)
            if not size:
                return
    elif b"content-length" in fields:
        yield from _exactly(reader, int(fields[b"content-length"]))
    elif open_ended:
        while part := reader.some():
            yield part


def _exactly(reader: Reader, size: int) -> Iterator[bytes]:
    while size:
        part = reader.some(size)
        if not part:
            raise ConnectionResetError
        size -= len(part)
        yield part


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = head.split(b"\r\n")[1:]
    pairs = (line.partition(b":") for line in lines if line)
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


def status_of(answer: bytes) -> int:
    """Return the status of an answer; 0 when there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def half_of(answer: bytes) -> bytes:
    """Return the head and half of the body, or half of the head of an empty one."""
    head, end, body = answer.partition(HEAD_END)
    if not body:
        return head[: len(head) // 2]
    return head + end + body[: len(body) // 2]
