"""A phone of a random history: unsent work, and what the model says that it knows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.sync.conftest import Phone
from tracker.selectors.sync import CLIENT_FIELDS


Key = tuple[str, str]


def blank(name: str) -> dict[str, Any]:
    document = dict.fromkeys(CLIENT_FIELDS[name])
    document["recorded_at"] = "2026-03-01T07:30:00+01:00"
    if name == "weakness_logs":
        document["not_done_reason"] = "other"
    return document


@dataclass
class Device(Phone):
    """A phone that keeps unsent work, and what the model says that it knows."""

    names_revision: bool = False
    clock: timedelta = timedelta()
    local: dict[Key, dict[str, Any]] = field(default_factory=dict)
    touched: dict[Key, set[str]] = field(default_factory=dict)
    known: dict[Key, dict[str, Any]] = field(default_factory=dict)
    revision: dict[Key, int] = field(default_factory=dict)
    arrived: list[bytes] = field(default_factory=list)
    behind: bool = False
    patient: str | None = None
    account: int | None = None

    def sync(self, changes: dict[str, Any] | None = None, **more: Any) -> Any:
        named = {"patient": self.patient} if self.patient else {}
        return super().sync(changes, **named, **more)

    def changes(self, *, partly: bool) -> dict[str, list[dict[str, Any]]]:
        """Return the unsent records, whole or with the edited fields alone."""
        changes: dict[str, list[dict[str, Any]]] = {}
        for (name, record_id), touched in self.touched.items():
            key = (name, record_id)
            sent = dict(self.local[key])
            if partly and key in self.revision:
                sent = {f: sent[f] for f in touched | {"recorded_at"}}
            if self.names_revision and key in self.revision:
                sent["revision"] = self.revision[key]
            changes.setdefault(name, []).append({"id": record_id} | sent)
        return changes

    def body(self, changes: dict[str, Any], limit: int) -> bytes:
        named = {"patient": self.patient} if self.patient else {}
        return json.dumps(
            named
            | {
                "cursor": self.cursor,
                "device": self.device,
                "sent_at": (datetime.now(UTC) + self.clock).isoformat(),
                "limit": limit,
                "changes": changes,
            }
        ).encode()

    def store(self, reply: dict[str, Any]) -> None:
        """Take a page in; unsent edits stay on top of what the server says."""
        for name, records in reply["changes"].items():
            for record in records:
                key = (name, record["id"])
                self.held[key] = record
                if name in CLIENT_FIELDS:
                    self.take(key, record)
        self.cursor, self.behind = reply["cursor"], reply["has_more"]

    def take(self, key: Key, record: dict[str, Any]) -> None:
        document = {f: record[f] for f in CLIENT_FIELDS[key[0]]}
        mine = {f: self.local[key][f] for f in self.touched.get(key, ())}
        self.known[key], self.revision[key] = document, record["revision"]
        self.local[key] = document | mine
