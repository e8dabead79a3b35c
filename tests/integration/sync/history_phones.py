"""A phone of a random history: unsent work, and what the model says that it knows."""

from __future__ import annotations

import copy
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
    #: What it held when it was told to start over, until it has read everything.
    before: dict[Key, dict[str, Any]] | None = None
    #: What the pages have brought since then.
    brought: dict[Key, dict[str, Any]] = field(default_factory=dict)
    #: What it then had otherwise than the pages, to be sent again as it was.
    owing: dict[Key, dict[str, Any]] = field(default_factory=dict)
    sent_again: list[dict[str, Any]] = field(default_factory=list)
    known_before: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def sync(self, changes: dict[str, Any] | None = None, **more: Any) -> Any:
        named = {"patient": self.patient} if self.patient else {}
        return super().sync(changes, **named, **more)

    def changes(self, *, partly: bool) -> dict[str, list[dict[str, Any]]]:
        """Return the unsent records, whole or with the edited fields alone."""
        changes: dict[str, list[dict[str, Any]]] = {}
        for key, record in self.owing.items():
            self.sent_again.append(record | self.edits(key))
            changes.setdefault(key[0], []).append(self.sent_again[-1])
        for (name, record_id), touched in self.touched.items():
            key = (name, record_id)
            if key in self.owing:
                continue
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
        if "resync" in [notice["code"] for notice in reply["notices"]]:
            self.keep_what_it_holds()
        for name, records in reply["changes"].items():
            for record in records:
                key = (name, record["id"])
                self.held[key] = record
                if name in CLIENT_FIELDS:
                    self.take(key, record)
        self.cursor, self.behind = reply["cursor"], reply["has_more"]
        if not self.behind and self.before is not None:
            self.send_again(self.before)

    def is_sent(self) -> None:
        """Let go of what was unsent: it has been answered."""
        before = self.before or {}
        for key in self.touched.keys() & before.keys():
            before[key] |= self.edits(key)
        self.touched.clear()
        for key in self.owing.keys() & self.brought.keys():
            self.local[key] = dict(self.brought[key])  # until the answer says more
        self.owing.clear()

    def start_over(self) -> None:
        """Read everything anew, as after a digest that differs."""
        self.cursor = None
        self.keep_what_it_holds()

    def keep_what_it_holds(self) -> None:
        """Keep aside what it holds until the last page; what it held first counts."""
        if self.before is None:
            self.brought.clear()
            self.known_before = copy.deepcopy(self.known) | {
                key: self.known_before[key] for key in self.owing
            }
            self.before = {
                key: {"id": key[1], "revision": self.revision.get(key, 1)} | record
                for key, record in self.local.items()
                if key in self.held or key not in self.touched
            } | self.owing
            self.held = {
                key: v for key, v in self.held.items() if key[0] not in CLIENT_FIELDS
            }

    def edits(self, key: Key) -> dict[str, Any]:
        """Return the unsent edits of a record."""
        return {f: self.local[key][f] for f in self.touched.get(key, ())}

    def send_again(self, before: dict[Key, dict[str, Any]]) -> None:
        """Queue what the pages did not bring as it was held, under that revision.

        What has only been sent yet, and never come back, has the first.
        """
        for key, record in before.items():
            page = self.brought.get(key)
            if page is None or any(record[f] != page[f] for f in page):
                self.owing[key] = record
        self.before = None

    def take(self, key: Key, record: dict[str, Any]) -> None:
        document = {f: record[f] for f in CLIENT_FIELDS[key[0]]}
        self.brought[key] = document
        mine = self.edits(key)
        self.known[key], self.revision[key] = document, record["revision"]
        self.local[key] = document | mine
