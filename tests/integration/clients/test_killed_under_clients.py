"""WatermelonDB and RxDB while the web process or PostgreSQL is killed with -9.

The same random days as in `test_client_histories`, on a network that breaks nothing, with
deaths among them: the phones write and sync all through the death and the restart. The
seed of a history that fails stands in its message; ROOTWATCH_CLIENT_SEED shows it again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import connection

from backend.embedded.processes import free_port
from tests.factories import make_patient
from tests.faults import FaultProxy
from tests.integration.clients.node import NodePhone
from tests.integration.clients.test_client_histories import ONLY, Rx, Watermelon
from tests.integration.clients.two_phones import TwoPhones
from tests.integration.sync.conftest import postgres
from tests.integration.sync.test_killed_web import Web
from tests.own_postgres import OwnPostgres
from tests.web_process import granian


__all__ = ["postgres"]  # a fixture, used by its name

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("clients"),
    pytest.mark.django_db(transaction=True),
]

#: Deaths of one history.
DEATHS = 2
SEEDS = [
    int(each)
    for each in (ONLY or os.environ.get("ROOTWATCH_DEATH_SEEDS", "1")).split(",")
]
#: How long phones go on before and during a death at least. Unit: seconds.
BEFORE, AWAY = 0.4, 0.2
#: How long one sync may take in the end. Unit: seconds.
PATIENCE = 120


class Mortal(Protocol):
    """What is killed and comes back."""

    def kill(self) -> None:
        """Kill all its processes with -9."""

    def start(self) -> None:
        """Start it where it was; it answers when this returns."""


class WithDeaths(TwoPhones):
    """A history in which a server dies now and then, while its phones go on."""

    def __init__(self, *known: Any, mortal: Mortal) -> None:
        super().__init__(*known)
        self.mortal = mortal
        self.met = 0

    def deeds(self) -> list[Callable[[], None]]:
        drawn = super().deeds()
        for _ in range(DEATHS):
            drawn.insert(self.chance.randint(1, len(drawn)), self.death)
        return drawn

    def death(self) -> None:
        enough, begin = threading.Event(), len(self.proxy.log)
        failed: list[BaseException] = []

        def go_on() -> None:
            try:
                while not enough.is_set():
                    self.create()
                    self.phones[self.some_phone()].sync()
            except BaseException as error:  # noqa: BLE001 - raised below, in its test
                failed.append(error)

        writing = threading.Thread(target=go_on)
        writing.start()
        time.sleep(BEFORE + self.chance.random() / 10)
        self.mortal.kill()
        time.sleep(AWAY)
        # What has no answer now meets the death, also when it has one in the end.
        self.met += sum(each.status != 200 for each in self.proxy.log[begin:])
        self.mortal.start()
        enough.set()
        writing.join(PATIENCE)
        assert not writing.is_alive()
        connection.close()  # this process's own may have died with the server
        if failed:
            raise failed[0]
        self.story.append("the server dies: " + ", ".join(self.requests(begin)))


def one_history(
    client: Any, seed: int, mortal: Mortal, port: int, folder: Path
) -> None:
    patient = make_patient()
    with FaultProxy(port) as proxy:
        app = NodePhone(client.SCRIPT, proxy.url, folder=folder)
        try:
            phones = [client.buy(app, patient, seed) for _ in range(2)]
            history = WithDeaths(seed, patient, phones, proxy, mortal=mortal)
            with the_story_of(history, seed):
                history.run()
                assert all(phone.is_sound() for phone in phones)
                assert history.met, "no request met a dead server"
                assert len(history.entries) > 2 * DEATHS
        finally:
            app.close()


@contextmanager
def the_story_of(history: TwoPhones, seed: int) -> Iterator[None]:
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:
        error.add_note(f"ROOTWATCH_CLIENT_SEED={seed} shows it again")
        error.add_note("\n".join(history.story))
        raise


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("client", [Watermelon, Rx])
def test_the_web_process_is_killed(client: Any, seed: int, tmp_path: Path) -> None:
    web = Web()
    web.start()
    try:
        one_history(client, seed, web, web.port, tmp_path)
    finally:
        web.kill()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("client", [Watermelon, Rx])
def test_postgresql_is_killed(
    client: Any, seed: int, postgres: OwnPostgres, tmp_path: Path
) -> None:
    port = free_port()
    web = granian(port, database_url=postgres.url)
    try:
        one_history(client, seed, postgres, port, tmp_path)
    finally:
        web.terminate()
        web.wait(timeout=30)
