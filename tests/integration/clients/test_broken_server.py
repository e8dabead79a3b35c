"""The conformance kit finds a server that breaks a promise: one way for each of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clients.conformance.of_servers import SERVER
from clients.conformance.promises import Promise, judge
from clients.conformance.proxy import Spoil, proxy_to
from clients.conformance.server import Server
from tests.integration.sync.conftest import make_patient, token_of


pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("conformance"),
]

Change = Callable[[dict[str, Any]], object]


def answers(path: str, change: Change) -> Spoil:
    """Return a server that changes what it answers there."""

    def spoil(asked: str, status: int, content: bytes) -> tuple[int, bytes]:
        if not asked.endswith(path) or not content.startswith(b"{"):
            return status, content
        document = json.loads(content)
        if status == 200 or path == ERRORS:
            change(document)
        return status, json.dumps(document).encode()

    return spoil


def replies(change: Change) -> Spoil:
    return answers("/api/v1/sync", change)


def records(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Return a server that changes the diary's records in its replies."""
    return replies(
        lambda reply: [
            change(record)
            for name, group in reply["changes"].items()
            if name.endswith("_logs")
            for record in group
        ]
    )


def statuses(wrong: int, content: bytes = b"{}") -> Spoil:
    """Return a server that says 200 instead of one status."""
    return lambda _, status, was: (200, content) if status == wrong else (status, was)


def counts_too_much() -> Spoil:
    more = itertools.count(1)

    def add(document: dict[str, Any]) -> None:
        for each in document.values():
            each["count"] += next(more)

    return answers("/digest", add)


def null_becomes_zero(record: dict[str, Any]) -> None:
    record |= {name: 0 for name, value in record.items() if value is None}


def drop_the_last(reply: dict[str, Any]) -> None:
    del reply["changes"]["pain_logs"][-1:]


def set_(name: str, value: Any) -> Change:
    return lambda document: document.update({name: value})


def outcome(name: str, value: int) -> Change:
    return lambda reply: reply["outcomes"].update({name: value})


ERRORS = ""
#: For each promise a server that breaks it.
BROKEN: dict[str, Spoil] = {
    "exactly once": replies(outcome("new", 2)),
    "lost answers": counts_too_much(),
    "nothing is dropped": replies(set_("quarantined", [])),
    "one bad record": replies(outcome("new", 48)),
    "unknown things": replies(outcome("new", 0)),
    "zero is an answer": records(null_becomes_zero),
    "the offset": records(
        lambda record: record.update(recorded_at=f"{record['recorded_at'][:19]}Z")
    ),
    "wrong clocks": records(set_("clock_suspect", True)),
    "no change is missed": replies(drop_the_last),
    "pages": replies(drop_the_last),
    "edits of two devices": records(set_("note", None)),
    "an old push that is late": records(set_("intensity", 3)),
    "too many at once": answers(ERRORS, set_("most_records", 0)),
    "a sealed diary": replies(set_("notices", [])),
    "nothing is deleted": records(set_("withdrawn_at", None)),
    "guidance": replies(set_("guidance", [])),
    "rules for offline": statuses(304),
    "the digest": answers(
        "/digest", lambda document: document["pain_logs"].update(hash="0" * 16)
    ),
    "gzip bodies": statuses(400),
    "errors are problems": answers(ERRORS, set_("code", "error")),
    "other patients": replies(outcome("quarantined", 0)),
}


def test_there_is_a_broken_server_for_each_promise():
    assert BROKEN.keys() == {promise.name for promise in SERVER}


@pytest.mark.parametrize("promise", list(SERVER), ids=lambda promise: promise.name)
def test_a_server_that_breaks_it_is_found(promise: Promise[Server], web_server):
    patient, other = make_patient("one@example.org"), make_patient("two@example.org")
    with proxy_to(web_server.url) as proxy:
        server = Server(proxy.url, token_of(patient.user), token_of(other.user))
        assert judge(promise, replace(server)).outcome == "kept"
        proxy.spoil = BROKEN[promise.name]
        verdict = judge(promise, server)
    assert verdict.outcome == "broken"
    assert "Error" not in verdict.reason  # found, not stumbled over
