"""The proxy itself: it breaks what it is told to break, and nothing else."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.faults import USUAL, Fault, FaultProxy


BODY = b"0123456789" * 20_000


class Server(ThreadingHTTPServer):
    """Answers a POST with its own body, and keeps what it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[bytes] = []
        self.torn = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        wanted = int(self.headers["Content-Length"])
        body = self.rfile.read(wanted)
        if len(body) < wanted:
            self.server.torn += 1
            self.close_connection = True
            return
        self.server.got.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/dies":
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"not all of it")
            self.close_connection = True
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"first ", b"second"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as running:
        yield running


def post(proxy: FaultProxy, body: bytes = BODY) -> bytes | None:
    """Return what the server answered, or None when the connection broke."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    try:
        connection.request("POST", "/", body)
        return connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_without_a_fault_many_requests_pass_over_one_connection(server, proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    for number in range(5):
        connection.request("POST", "/", b"%d" % number)
        assert connection.getresponse().read() == b"%d" % number
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"first second"
    connection.close()
    assert proxy.faults() == [Fault.PASS] * 6
    assert {entry.status for entry in proxy.log} == {200}


@pytest.mark.parametrize(
    ("fault", "answered", "heard", "torn"),
    [
        (Fault.PASS, True, 1, 0),
        (Fault.REFUSE, False, 0, 0),
        (Fault.CUT_REQUEST, False, 0, 1),
        (Fault.LOSE_ANSWER, False, 1, 0),
        (Fault.TEAR_ANSWER, False, 1, 0),
        (Fault.DELAY, True, 1, 0),
        (Fault.TWICE, True, 2, 0),
        (Fault.TWICE_AT_ONCE, True, 2, 0),
        (Fault.REPLAY_BEFORE, True, 2, 0),
        (Fault.REPLAY_AFTER, True, 2, 0),
    ],
)
def test_each_fault_breaks_what_it_says(
    server, proxy, fault, answered, heard, torn
) -> None:
    proxy.script(fault)
    assert post(proxy) == (BODY if answered else None)
    assert (len(server.got), server.torn) == (heard, torn)
    # The script has ended: the next one passes.
    assert post(proxy) == BODY
    assert proxy.faults() == [fault, Fault.PASS]


def test_a_torn_answer_has_half_of_its_body(server, proxy) -> None:
    proxy.script(Fault.TEAR_ANSWER)
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    connection.request("POST", "/", BODY)
    with pytest.raises(http.client.IncompleteRead) as told:
        connection.getresponse().read()
    connection.close()
    assert told.value.partial == BODY[: len(BODY) // 2]


def test_a_held_request_waits_for_its_release(server, proxy) -> None:
    proxy.script(Fault.HOLD)
    answers: list[bytes | None] = []
    waiting = threading.Thread(target=lambda: answers.append(post(proxy, b"held")))
    waiting.start()
    while not proxy.log:
        pass
    assert post(proxy, b"later") == b"later"
    assert server.got == [b"later"]
    proxy.release()
    waiting.join()
    assert answers == [b"held"]


def test_a_replay_is_an_earlier_request(server, proxy) -> None:
    for body in (b"one", b"two"):
        post(proxy, body)
    proxy.seed(1, {Fault.REPLAY_BEFORE: 1})
    for _ in range(20):
        assert post(proxy, b"three") == b"three"
    replayed = [body for body in server.got[2:] if body != b"three"]
    assert set(replayed) == {b"one", b"two"}


def test_a_seed_draws_the_same_faults_again(server, proxy) -> None:
    drawn = []
    for seed in (7, 7, 8):
        proxy.log.clear()
        proxy.seed(seed)
        for _ in range(40):
            post(proxy, b"x")
        drawn.append(proxy.faults())
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0] + drawn[2]) == set(USUAL)


def test_only_the_requests_that_count_are_touched(server, proxy) -> None:
    proxy.where = lambda request: request.body == b"unlucky"
    proxy.always(Fault.REFUSE)
    assert post(proxy, b"lucky") == b"lucky"
    assert post(proxy, b"unlucky") is None
    assert proxy.faults() == [Fault.PASS, Fault.REFUSE]


def test_when_the_server_is_gone_the_client_is_cut_off(proxy, server) -> None:
    server.shutdown()
    server.server_close()
    assert post(proxy) is None
    assert proxy.log[0].status == 0


def test_when_the_server_dies_in_its_answer_so_does_the_clients_connection(
    proxy,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    connection.request("GET", "/dies")
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()
