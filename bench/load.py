"""Sends prepared bodies over kept-open connections, and counts records a second."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from urllib.parse import quote

from bench.bodies import Batch, encode
from bench.servers import Server
from bench.workers import connect


CONNECTIONS = 4
PAGE = 1_000
_UPDATED = re.compile(rb'"updated_at":"([^"]+)"')
_CURSOR = re.compile(rb'"cursor":"([\w-]+)"')


class Phone:
    """One connection of one patient; keeps the cursor, as a phone does."""

    def __init__(self, server: Server, patient: int) -> None:
        self.token, self.patient_id = server.patients[patient]
        self.number = patient
        self._server = server

    @cached_property
    def line(self) -> http.client.HTTPConnection:
        """The connection, open; each web process holds as many as any other."""
        workers = self._server.workers
        worker = workers[self.number % len(workers)] if workers else None
        return connect(self._server.port, worker)

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Send one request, and insist that it succeeds."""
        try:
            response = self._sent(method, path, body)
        except (ConnectionError, http.client.RemoteDisconnected):
            del self.line  # granian ends a connection that was silent for 30 seconds
            response = self._sent(method, path, body)
        answer = response.read()
        if response.status not in (200, 201):
            raise SystemExit(f"{path} answered {response.status}: {answer[:500]!r}")
        return answer

    def _sent(
        self, method: str, path: str, body: bytes | None
    ) -> http.client.HTTPResponse:
        self.line.request(method, path, body, self.headers())
        return self.line.getresponse()

    def headers(self) -> dict[str, str]:
        """Return the headers that name the patient."""
        raise NotImplementedError

    def prepare(self, batch: Batch) -> bytes:
        """Return what `push` will send."""
        raise NotImplementedError

    def push(self, body: bytes) -> None:
        """Send one prepared push."""
        raise NotImplementedError

    def pull(self) -> int:
        """Read the pain diary from its start, page by page; count the records."""
        raise NotImplementedError


class OurPhone(Phone):
    """A phone of the native protocol."""

    def __init__(self, server: Server, patient: int) -> None:
        super().__init__(server, patient)
        self.cursor = b"null"

    def headers(self) -> dict[str, str]:
        return {"X-Session-Token": self.token, "Content-Type": "application/json"}

    def prepare(self, batch: Batch) -> bytes:
        envelope = {
            "device": "6f1d7c0e-0000-4000-8000-000000000001",
            "app_version": "1.0",
            "sent_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "changes": batch,
        }
        return encode(envelope)[1:]

    def push(self, body: bytes) -> None:
        self._sync(b'{"cursor":' + self.cursor + b"," + body)

    def _sync(self, body: bytes) -> bytes:
        answer = self.request("POST", "/api/v1/sync", body)
        match = _CURSOR.search(answer)
        if match is None:
            raise SystemExit("A reply without a cursor.")
        self.cursor = b'"' + match[1] + b'"'
        return answer

    def pull(self) -> int:
        self.cursor, count, more = b"null", 0, True
        while more:
            limit = f',"limit":{PAGE}}}'.encode()
            answer = self._sync(b'{"cursor":' + self.cursor + limit)
            more = b'"has_more":true' in answer
            count += answer.count(b'"recorded_at"')
        return count


class DrfPhone(Phone):
    """A phone of the rival: one address for each collection."""

    path = "/pain_logs"

    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Token {self.token}",
            "Content-Type": "application/json",
        }

    def prepare(self, batch: Batch) -> bytes:
        return encode(batch["pain_logs"])

    def push(self, body: bytes) -> None:
        self.request("POST", self.path, body)

    def pull(self) -> int:
        since, count, more = "", 0, True
        while more:
            path = f"/pain_logs?limit={PAGE}&updated_after={quote(since)}"
            answer = self.request("GET", path)
            found = answer.count(b'"recorded_at"')
            count += found
            more = found == PAGE
            if more:
                since = _UPDATED.findall(answer)[-1].decode()
        return count


class DrfPhoneWithPatient(DrfPhone):
    """The rival with the ForeignKey as a field of each record, as DRF makes it."""

    path = "/with_patient/pain_logs"

    def prepare(self, batch: Batch) -> bytes:
        return encode(
            [record | {"patient": self.patient_id} for record in batch["pain_logs"]]
        )


class DrfDiaryPhone(DrfPhone):
    """The rival's address for several collections at once."""

    path = "/diary"

    def prepare(self, batch: Batch) -> bytes:
        return encode(batch)


def together(work: Sequence[Callable[[], int]]) -> float:
    """Run all at once, one thread each; return the records a second of all."""
    counts: list[int] = [0] * len(work)
    barrier = threading.Barrier(len(work) + 1)
    failures: list[BaseException] = []

    def run(index: int) -> None:
        barrier.wait()
        try:
            counts[index] = work[index]()
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(work))]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise SystemExit(str(failures[0]))
    return sum(counts) / seconds
