"""Two phones of one patient that sync at the very same moment, against the real server.

Before each round both wait for each other. One edits the intensity, the other the note
of the same entries, each writes entries of its own; whoever comes first, both must
stand, each state once, and both phones must end with what the clinic holds.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.factories import make_patient, token_of
from tests.integration.sync.conftest import pain
from tracker.models import PainLog, Patient, SyncCounter
from tracker.selectors import sync as selectors


ROUNDS = 40
#: The field that each phone edits.
OWN = ("intensity", "note")
CLIENT = tuple(pain())

pytestmark = [
    pytest.mark.xdist_group("clients"),
    pytest.mark.django_db(transaction=True),
]


@dataclass
class HttpPhone:
    """A phone over a connection of its own for each request."""

    port: int
    token: str
    place: int
    rng: np.random.Generator
    device: str = field(default_factory=lambda: str(uuid.uuid4()))
    cursor: str | None = None
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: What its owner wrote last into a field of a record.
    wrote: dict[tuple[str, str], Any] = field(default_factory=dict)

    def sync(self, records: list[dict[str, Any]]) -> bool:
        """Push and take one page in; return whether there is more."""
        body = {"cursor": self.cursor, "device": self.device, "limit": 5}
        changes = {"changes": {"pain_logs": records}} if records else {}
        headers = {"X-Session-Token": self.token, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            content = json.dumps(body | changes)
            connection.request("POST", "/api/v1/sync", content, headers)
            response = connection.getresponse()
            reply = json.loads(response.read())
        assert response.status == 200, reply
        assert reply["quarantined"] == []
        for record in reply["changes"]["pain_logs"]:
            earlier = self.held.get(record["id"], {"revision": 0})
            assert record["revision"] >= earlier["revision"]
            self.held[record["id"]] = record
        self.cursor = reply["cursor"]
        return bool(reply["has_more"])

    def edits(self) -> list[dict[str, Any]]:
        """Return a new entry, and as often as not edits of some that it holds."""
        value: Any = f"CANARY {self.rng.integers(10**9)}"
        name = OWN[self.place]
        records = [pain(note="CANARY")]
        ids = sorted(self.held)
        for place in self.rng.permutation(len(ids))[: self.rng.choice([0, 3])]:
            held = self.held[ids[place]]
            value = value if self.place else int(self.rng.integers(11))
            own = {each: held[each] for each in CLIENT}
            records.append(own | {name: value, "revision": held["revision"]})
        for record in records:
            self.wrote[record["id"], name] = record[name]
        return records

    def live(self, start: threading.Barrier) -> None:
        """Sync in step with the other phone, then read to the end."""
        for _ in range(ROUNDS):
            records = self.edits()
            start.wait(60)
            self.sync(records)
        start.wait(60)
        while self.sync([]):
            pass


def test_two_phones_that_sync_at_the_same_moment(web_server):
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)  # noqa: T201 - shown when the test fails
    patient = make_patient()
    phones = [
        HttpPhone(
            web_server.port,
            token_of(patient.user),
            place,
            np.random.default_rng([seed, place]),
        )
        for place in range(len(OWN))
    ]
    start = threading.Barrier(len(phones))
    with ThreadPoolExecutor(len(phones)) as pool:
        for running in [pool.submit(phone.live, start) for phone in phones]:
            running.result()
    documents = selectors.documents("pain_logs", kept_by(patient))
    assert len(documents) == len(phones) * ROUNDS
    for phone in phones:
        shown = {
            record_id: {name: held[name] for name in CLIENT if name != "id"}
            for record_id, held in phone.held.items()
        }
        assert shown == documents
        for (record_id, name), value in phone.wrote.items():
            assert documents[record_id][name] == value, "an edit is lost"
    compare_states(patient, documents)


def kept_by(patient: Patient) -> set[str]:
    return set(PainLog.objects.filter(patient=patient).values_list("pk", flat=True))


def compare_states(patient: Patient, documents: dict[str, dict[str, Any]]) -> None:
    """Check that each state is there once, and no number is missing or given twice."""
    numbers = []
    earlier = selectors.revisions("pain_logs", [*documents])
    for row in PainLog.objects.filter(patient=patient):
        kept = [*reversed(earlier.get(row.pk, []))]
        assert [each[0] for each in kept] == [*range(1, row.revision)]
        states = [each[-1] for each in kept] + [documents[row.pk]]
        assert all(a != b for a, b in itertools.pairwise(states)), "a state twice"
        numbers += [row.seq, *(seq for _, seq, *_ in kept)]
    counter = SyncCounter.objects.get(pk=patient.pk)
    assert sorted(numbers) == [*range(2, counter.seq + 1)]
    assert counter.rewound_at is None
