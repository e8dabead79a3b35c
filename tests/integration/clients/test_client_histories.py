"""WatermelonDB, RxDB and our client, two phones of each, random days, a bad network.

The seed of a history that fails stands in its message. ROOTWATCH_CLIENT_HISTORIES asks
for more of them, ROOTWATCH_CLIENT_SEED for one of them alone. What a seed brings may
differ a little from run to run: requests of one phone may overtake each other.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from tests.factories import make_patient, token_of
from tests.faults import FaultProxy
from tests.integration.clients.node import NodePhone, PhoneError
from tests.integration.clients.two_phones import OWN, TwoPhones
from tests.integration.sync.conftest import pain
from tracker.models import Patient


#: Histories of one run for each client.
HISTORIES = int(os.environ.get("ROOTWATCH_CLIENT_HISTORIES", "12"))
ONLY = os.environ.get("ROOTWATCH_CLIENT_SEED")

pytestmark = [
    pytest.mark.xdist_group("clients"),
    pytest.mark.django_db(transaction=True),
]
_numbers = itertools.count(1)


@pytest.fixture
def bad_network(web_server) -> Iterator[FaultProxy]:
    with FaultProxy(web_server.port) as proxy:
        yield proxy


@dataclass
class InOneProcess:
    """A phone beside others in one Node process."""

    app: NodePhone
    name: str
    shares: bool = True

    def do(self, name: str, /, **given: Any) -> Any:
        return self.app.do(name, phone=self.name, **given)

    def restart(self) -> None:
        self.do("restart")

    def end(self) -> None:
        self.do("discard")


@dataclass
class Watermelon(InOneProcess):
    """WatermelonDB with LokiJS; the bare sync of its documentation, or ours."""

    bare: bool = True
    SCRIPT: ClassVar = "watermelon/phones.mjs"
    HISTORIES: ClassVar = HISTORIES

    @classmethod
    def buy(cls, app: NodePhone, patient: Patient, seed: int) -> Watermelon:
        name = f"phone {next(_numbers)}"
        token = token_of(patient.user)
        app.do("open", name=name, token=token, device=str(uuid.uuid4()))
        return cls(app, name, bare=seed % 2 == 0)

    def create(self, collection: str, record: dict[str, Any]) -> None:
        when = {"recorded_at": 1772346600000, "recorded_offset_minutes": 60}
        self.do("create", table=collection, rows=[when | record])

    def edit(self, collection: str, record_id: str, **values: Any) -> None:
        self.do("edit", table=collection, id=record_id, set=values)

    def remove(self, collection: str, record_id: str) -> None:
        self.do("delete", table=collection, id=record_id)

    def sync(self) -> None:
        with contextlib.suppress(PhoneError):
            self.do("sync", bare=self.bare)

    def sync_and_die(self, chance: random.Random) -> None:
        dies = {
            "method": chance.choice(["GET", "POST"]),
            "answered": chance.random() < 0.7,
        }
        with contextlib.suppress(PhoneError):
            self.do("sync", bare=self.bare, dies=dies)

    def settle(self) -> None:
        self.do("sync", bare=self.bare)

    def shown(self, collection: str) -> dict[str, dict[str, Any]]:
        rows = self.do("dump")[collection]
        return {row["id"]: row for row in rows if row["withdrawn_at"] is None}

    def is_sound(self) -> bool:
        diagnosis = self.do("diagnose")
        assert diagnosis == {"issueCount": 0}, diagnosis["log"]
        return not self.do("unsynced")


@dataclass
class Rx(InOneProcess):
    """RxDB in memory; the handlers of its documentation, or ours."""

    SCRIPT: ClassVar = "rxdb/phone.mjs"
    HISTORIES: ClassVar = HISTORIES

    @classmethod
    def buy(cls, app: NodePhone, patient: Patient, seed: int) -> Rx:
        handlers = ("documented", "recommended")[seed % 2]
        phone = cls(app, f"phone-{next(_numbers)}", handlers == "recommended")
        phone.do(
            "open",
            token=token_of(patient.user),
            device=str(uuid.uuid4()),
            patient=str(patient.pk),
            handlers=handlers,
            collections=[*OWN],
        )
        return phone

    def create(self, collection: str, record: dict[str, Any]) -> None:
        document = {"recorded_at": pain()["recorded_at"]} | record
        self.do("insert", collection=collection, documents=[document])

    def edit(self, collection: str, record_id: str, **values: Any) -> None:
        self.do("edit", collection=collection, id=record_id, fields=values)

    def remove(self, collection: str, record_id: str) -> None:
        self.do("remove", collection=collection, id=record_id)

    def sync(self) -> None:
        self.do("attempt", failures=4)

    def sync_and_die(self, chance: random.Random) -> None:
        self.do("network", lose=chance.choice([1, 2, 100]))
        self.do("attempt", failures=1)
        self.do("network")
        self.do("restart")

    def settle(self) -> None:
        assert self.do("sync") == []

    def shown(self, collection: str) -> dict[str, dict[str, Any]]:
        documents = self.do("all", collection=collection)
        return {document["id"]: document for document in documents}

    def is_sound(self) -> bool:
        self.do("requests")
        self.do("sync")
        return all(method == "GET" for method, *_ in self.do("requests"))


@dataclass
class Ours(InOneProcess):
    """Our own TypeScript client."""

    SCRIPT: ClassVar = "diary/phones.mjs"
    #: It is small and quick.
    HISTORIES: ClassVar = 3 * HISTORIES

    @classmethod
    def buy(cls, app: NodePhone, patient: Patient, seed: int) -> Ours:
        name = f"phone {next(_numbers)}"
        app.do("open", name=name, token=token_of(patient.user))
        return cls(app, name)

    def create(self, collection: str, record: dict[str, Any]) -> None:
        when = {"recorded_at": pain()["recorded_at"]}
        self.do("save", collection=collection, record=when | record)

    def edit(self, collection: str, record_id: str, **values: Any) -> None:
        self.do("save", collection=collection, record={"id": record_id} | values)

    def remove(self, collection: str, record_id: str) -> None:
        self.do("withdraw", collection=collection, id=record_id)

    def sync(self) -> None:
        with contextlib.suppress(PhoneError):
            self.do("sync")

    def sync_and_die(self, chance: random.Random) -> None:
        dies = {"after": chance.choice([0, 1]), "answered": chance.random() < 0.7}
        with contextlib.suppress(PhoneError):
            self.do("sync", dies=dies)
        self.do("restart")

    def settle(self) -> None:
        self.do("sync")

    def shown(self, collection: str) -> dict[str, dict[str, Any]]:
        entries = self.do("entries", collection=collection)
        return {each["id"]: each for each in entries if not each["withdrawn_at"]}

    def is_sound(self) -> bool:
        assert self.do("refused") == []
        return self.do("verify") and not self.do("unsent")


def seeds(client: Any) -> list[int]:
    return [int(ONLY)] if ONLY is not None else [*range(client.HISTORIES)]


@pytest.mark.slow
@pytest.mark.parametrize("client", [Watermelon, Rx, Ours])
def test_after_random_days_two_phones_and_the_clinic_agree(
    client, bad_network, tmp_path
) -> None:
    app = NodePhone(client.SCRIPT, bad_network.url, folder=tmp_path)
    try:
        for seed in seeds(client):
            try:
                one_history(client, seed, app, bad_network)
            except (Exception, pytest.fail.Exception) as error:
                error.add_note(f"ROOTWATCH_CLIENT_SEED={seed} shows it again")
                raise
    finally:
        app.close()


def one_history(client: Any, seed: int, app: NodePhone, proxy: FaultProxy) -> None:
    patient = make_patient()
    phones: list[Any] = [client.buy(app, patient, seed) for _ in range(2)]
    history = TwoPhones(seed, patient, phones, proxy)
    try:
        history.run()
        for phone in phones:
            assert phone.is_sound()
            phone.end()
    except (Exception, pytest.fail.Exception) as error:
        error.add_note("\n".join([*map(repr, phones), *history.story]))
        raise
