"""A server as a phone sees it: requests, answers, and the records to send."""

from __future__ import annotations

import hashlib
import http.client
import json
import uuid
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import urlsplit

from clients.conformance.promises import Broken, NotJudged, expect
from tracker.domain.diary import COLLECTIONS


Record = dict[str, Any]
Changes = dict[str, list[Record]]

#: Seconds after which a request is given up.
TIMEOUT: Final = 60
COMMON_FIELDS: Final = ("recorded_at", "note", "withdrawn_at")


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and decoded body of an answer."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    """The server under test, seen from one patient's account."""

    url: str
    token: str
    other_token: str = ""

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Answer:
        """Send one request. Header names are given with underscores."""
        sent = {"X-Session-Token": self.token} | {
            name.replace("_", "-"): value for name, value in headers.items() if value
        }
        with closing(connection_to(self.url)) as connection:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            raw = response.read()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, _decoded(raw))

    def sync(self, changes: Changes | None = None, /, **envelope: Any) -> Record:
        """Send one sync request that must succeed, and return its reply."""
        answer = self.post({"changes": changes or {}} | envelope)
        expect(answer.status, 200, f"status of a sync ({_code(answer)})")
        reply: Record = answer.body
        return reply

    def post(self, envelope: Record) -> Answer:
        """Send one sync request, whatever becomes of it."""
        body = json.dumps(envelope).encode()
        return self.request(
            "POST", "/api/v1/sync", body, Content_Type="application/json"
        )

    def command(self, path: str, **fields: Any) -> Any:
        """Post a small JSON document that must be taken, and return the answer."""
        body = json.dumps(fields).encode()
        answer = self.request("POST", path, body, Content_Type="application/json")
        if answer.status >= 300:
            raise Broken(f"{path} answered {answer.status} ({_code(answer)})")
        return answer.body

    def digest(self) -> dict[str, Record]:
        """Return the server's digest of each collection."""
        answer = self.request("GET", "/api/v1/sync/digest")
        expect(answer.status, 200, "status of the digest")
        digests: dict[str, Record] = answer.body
        return digests

    def stranger(self) -> Server:
        """Return the same server, seen from another patient's account."""
        if not self.other_token:
            raise NotJudged("needs a second patient: give OTHER_TOKEN")
        return Server(self.url, self.other_token)


@dataclass
class Phone:
    """The plainest phone that follows the protocol."""

    server: Server
    device: str = field(default_factory=lambda: str(uuid.uuid4()))
    cursor: str | None = None
    held: dict[str, dict[str, Record]] = field(default_factory=dict)

    def sync(self, changes: Changes | None = None, *, limit: int = 1000) -> Record:
        """Send and fetch, page by page; return the first reply."""
        first = reply = self.page(changes, limit=limit)
        while reply["has_more"]:
            reply = self.page(limit=limit)
        return first

    def page(self, changes: Changes | None = None, *, limit: int = 1000) -> Record:
        """Send one request and keep what it brings."""
        reply = self.server.sync(
            changes, cursor=self.cursor, device=self.device, limit=limit
        )
        for name, records in reply["changes"].items():
            self.held.setdefault(name, {}).update((r["id"], r) for r in records)
        self.cursor = reply["cursor"]
        return reply

    def own(self, collection: str, record_id: str) -> Record:
        """Return a record's client-owned fields as they came from the server."""
        try:
            record = self.held[collection][record_id]
        except KeyError:
            raise Broken(f"{collection} {record_id} did not come back") from None
        return {name: record.get(name) for name in client_fields(collection)}


def connection_to(url: str) -> http.client.HTTPConnection:
    """Return a connection to the server of an address."""
    parts = urlsplit(url)
    kind = (
        http.client.HTTPSConnection
        if parts.scheme == "https"
        else http.client.HTTPConnection
    )
    return kind(parts.hostname or "", parts.port, timeout=TIMEOUT)


def client_fields(collection: str) -> tuple[str, ...]:
    """Return the fields of a collection that a phone writes, next to `id`."""
    return (*COMMON_FIELDS, *COLLECTIONS[collection].field_names)


def pain(**fields: Any) -> Record:
    """Return a new pain record, with every field that a phone writes."""
    empty = dict.fromkeys(client_fields("pain_logs"))
    return {
        **empty,
        "id": str(uuid.uuid4()),
        "recorded_at": now(),
        "site": "leg",
        "side": "left",
        "intensity": 4,
        **fields,
    }


def now(*, days: float = 0, offset_hours: float = 1) -> str:
    """Return the time of day, some days from now, as a phone writes it."""
    zone = timezone(timedelta(hours=offset_hours))
    at = datetime.now(zone) + timedelta(days=days)  # noqa: TID251 - a phone's clock
    return at.isoformat(timespec="seconds")


def digest_of(records: Iterable[Record], collection: str) -> Record:
    """Return count and hash, as the protocol tells phones to compute them."""
    total, count = 0, 0
    for record in records:
        own = {name: record.get(name) for name in ("id", *client_fields(collection))}
        text = json.dumps(
            {name: _plain(value) for name, value in own.items()},
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )
        total ^= int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        count += 1
    return {"count": count, "hash": f"{total:016x}"}


def _plain(value: object) -> object:
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value  # type: ignore[call-overload]


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _code(answer: Answer) -> str:
    body = answer.body
    return str(body.get("code")) if isinstance(body, dict) else "no JSON"
