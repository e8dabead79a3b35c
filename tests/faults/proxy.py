"""A proxy that stands between a client and the server and breaks what it carries.

It takes real HTTP/1.1 connections on a port of its own and sends each request on over
a connection of its own. What happens to a request is said before, by a script or by a
seed, so that a failing test fails again:

    with FaultProxy(server_port) as proxy:
        phone = a_client(proxy.url)
        proxy.script(Fault.LOSE_ANSWER, Fault.PASS)   # the next two requests
        proxy.seed(7)                                  # or: every request, at random

A script that has come to its end lets everything pass. `proxy.where` says which
requests a script or a seed counts, for example only those that push. `proxy.log` tells
what was done to which request, and what the server answered.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

import numpy as np

from tests.faults.wire import (
    CHUNK,
    Reader,
    Request,
    answer_parts,
    half_of,
    is_endless,
    read_request,
    status_of,
)


class Fault(StrEnum):
    """What may happen to one request."""

    PASS = "pass"
    #: Cut before the request: the server never hears of it.
    REFUSE = "refuse"
    #: Cut in the middle of the body: the server gets half of it.
    CUT_REQUEST = "cut_request"
    #: Cut after the server has answered in full, so after its COMMIT; the client gets
    #: nothing of the answer.
    LOSE_ANSWER = "lose_answer"
    #: Cut in the middle of the answer's body, or of its head when it has no body.
    TEAR_ANSWER = "tear_answer"
    #: Sent on after `proxy.delay` seconds.
    DELAY = "delay"
    #: Sent on only after `proxy.release()`.
    HOLD = "hold"
    #: Sent twice, one after the other; the client gets the second answer.
    TWICE = "twice"
    #: Sent twice at the same time; the client gets one of the answers.
    TWICE_AT_ONCE = "twice_at_once"
    #: An earlier request is sent once more before this one; nobody reads its answer.
    REPLAY_BEFORE = "replay_before"
    #: The same after this one, before the client has its answer.
    REPLAY_AFTER = "replay_after"


#: How often each fault comes with `seed`, in parts; about half of the requests pass.
USUAL: Final[Mapping[Fault, float]] = {
    Fault.PASS: 10,
    Fault.REFUSE: 1,
    Fault.CUT_REQUEST: 2,
    Fault.LOSE_ANSWER: 3,
    Fault.TEAR_ANSWER: 2,
    Fault.TWICE: 1,
    Fault.TWICE_AT_ONCE: 1,
    Fault.REPLAY_BEFORE: 1,
    Fault.REPLAY_AFTER: 1,
}
_WHOLE: Final = (Fault.TEAR_ANSWER, Fault.TWICE_AT_ONCE, Fault.REPLAY_AFTER)
#: How long the server may take for one answer. Unit: seconds.
PATIENCE: Final = 60
#: Earlier requests that are kept for replays.
KEPT: Final = 1_000


@dataclass
class Entry:
    """A line of the log: `status` is what the server answered, 0 when nothing."""

    number: int
    request: Request
    fault: Fault
    status: int = 0


@dataclass
class FaultProxy:
    """The proxy; a context manager that listens while it is open."""

    server_port: int
    delay: float = 0.05
    where: Callable[[Request], bool] = lambda _: True
    log: list[Entry] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._faults: Iterator[Fault] = iter(())
        self._choice = np.random.default_rng(0)
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._open: set[socket.socket] = set()
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._released.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        self.cut_all()

    @property
    def port(self) -> int:
        """Where clients connect to."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where clients connect to, as the address of a server."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, *faults: Fault) -> None:
        """Say what happens to the next requests, one by one; then everything passes."""
        self._faults = iter(faults)

    def always(self, fault: Fault) -> None:
        """Let the same happen to every request from now on."""
        self._faults = itertools.repeat(fault)

    def seed(
        self, seed: int | Iterable[int], weights: Mapping[Fault, float] = USUAL
    ) -> None:
        """Draw what happens to every request from now on, the same for a same seed."""
        rng = np.random.default_rng(
            seed if isinstance(seed, int) else [int(part) for part in seed]
        )
        share = np.array(list(weights.values()), dtype=float)
        kinds = list(weights)
        self._choice = rng.spawn(1)[0]
        self._faults = (
            kinds[rng.choice(len(kinds), p=share / share.sum())]
            for _ in itertools.count()
        )

    def release(self) -> None:
        """Let go of every request that is held, now and later."""
        self._released.set()

    def cut_all(self) -> None:
        """Cut every connection that is open now, whatever it is doing."""
        with self._lock:
            sockets = list(self._open)
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def faults(self) -> list[Fault]:
        """Return what was done to the requests so far, in their order."""
        return [entry.fault for entry in self.log]

    # From here on: what runs in the threads.

    def _accept(self) -> None:
        while not self._closing:
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                threading.Thread(
                    target=self._serve, args=(client,), daemon=True
                ).start()

    def _serve(self, client: socket.socket) -> None:
        """Carry requests of one connection until either side has enough."""
        with self._known(client), contextlib.suppress(OSError):
            _at_once(client)
            reader = Reader(client)
            while (request := read_request(reader)) is not None:
                if not self._carry(client, request):
                    return

    def _carry(self, client: socket.socket, request: Request) -> bool:
        """Do to one request what was said; return whether the connection goes on."""
        entry = self._note(request)
        if entry.fault in (Fault.REFUSE, Fault.CUT_REQUEST, Fault.LOSE_ANSWER):
            self._break(entry)
            return _reset(client)
        if entry.fault in _WHOLE:
            return self._answer(client, entry)
        self._before(entry)
        return self._pass_on(client, entry)

    def _break(self, entry: Entry) -> None:
        """Let the server hear nothing, half, or all of a request."""
        if entry.fault is Fault.CUT_REQUEST:
            self._send_half(entry.request)
        elif entry.fault is Fault.LOSE_ANSWER:
            entry.status = status_of(self._ask(entry.request))

    def _answer(self, client: socket.socket, entry: Entry) -> bool:
        """Do what needs the whole answer first; return whether to go on."""
        twin = threading.Thread(target=self._ask, args=(entry.request,))
        if entry.fault is Fault.TWICE_AT_ONCE:
            twin.start()
        answer = self._ask(entry.request)
        entry.status = status_of(answer)
        if entry.fault is Fault.TEAR_ANSWER:
            client.sendall(half_of(answer))
            return False  # an orderly end, so that the half really arrives
        if entry.fault is Fault.REPLAY_AFTER:
            self._ask(self._earlier())
        elif entry.fault is Fault.TWICE_AT_ONCE:
            twin.join()
        client.sendall(answer)
        return entry.status != 0

    def _note(self, request: Request) -> Entry:
        with self._lock:
            counted = self.where(request)
            fault = next(self._faults, Fault.PASS) if counted else Fault.PASS
            entry = Entry(len(self.log), request, Fault(fault))
            self.log.append(entry)
        return entry

    def _before(self, entry: Entry) -> None:
        if entry.fault is Fault.DELAY:
            time.sleep(self.delay)
        elif entry.fault is Fault.HOLD:
            self._released.wait()
        elif entry.fault is Fault.REPLAY_BEFORE:
            self._ask(self._earlier())
        elif entry.fault is Fault.TWICE:
            self._ask(entry.request)

    def _earlier(self) -> Request:
        """Return one of the earlier requests that count, perhaps the present one."""
        with self._lock:
            known = [e.request for e in self.log[-KEPT:] if self.where(e.request)]
            return known[int(self._choice.integers(len(known)))]

    def _ask(self, request: Request) -> bytes:
        """Send a request and return the whole answer; nothing when there is none."""
        with contextlib.suppress(OSError), self._server() as server:
            server.sendall(request.raw)
            return _whole(answer_parts(Reader(server), request.method))
        return b""

    def _send_half(self, request: Request) -> None:
        """Send all of the head and half of the body, or half of the head."""
        keep = len(request.raw) - (len(request.body) + 1) // 2
        if not request.body:
            keep = len(request.raw) // 2
        with contextlib.suppress(OSError), self._server() as server:
            server.sendall(request.raw[:keep])
            server.shutdown(socket.SHUT_WR)
            # Until the server has noticed, so that the next request comes after it.
            while server.recv(CHUNK):
                pass

    def _pass_on(self, client: socket.socket, entry: Entry) -> bool:
        """Send request and answer on as they come, also an endless stream."""
        request = entry.request
        with self._server() as server:
            server.sendall(request.raw)
            for part in answer_parts(Reader(server), request.method):
                entry.status = entry.status or status_of(part)
                client.sendall(part)
        return entry.status != 0

    @contextlib.contextmanager
    def _server(self) -> Iterator[socket.socket]:
        address = ("127.0.0.1", self.server_port)
        with (
            socket.create_connection(address, timeout=PATIENCE) as server,
            self._known(server),
        ):
            _at_once(server)
            yield server

    @contextlib.contextmanager
    def _known(self, each: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(each)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(each)
            each.close()


def _whole(parts: Iterator[bytes]) -> bytes:
    """Join an answer; of an endless one only its head, or nobody would come back."""
    head = next(parts, b"")
    return head if is_endless(head) else head + b"".join(parts)


def _at_once(each: socket.socket) -> None:
    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _reset(client: socket.socket) -> bool:
    """Break the connection off, as a dead radio or a killed process does."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return False
