"""Live hints: told on commit, bounded in number and life, and nobody needs them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.integration.sync.conftest import Phone, make_patient, pain, token_of
from tracker.services import live
from tracker.services.counter import next_change_number


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("live")]


#: Heartbeats until a listener gives up.
MOST_COMMENTS = 5


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 2.0)


class Listener:
    """A client that reads one event after the other."""

    def __init__(self, token: str, path: str = "stream", **headers: str) -> None:
        self.response: Any = Client().get(
            f"/api/v1/sync/{path}", headers={"X-Session-Token": token, **headers}
        )
        self.events: Any = getattr(self.response, "streaming_content", ())

    def hint(self) -> str:
        """Return the data of the next event that is not a comment."""
        for event in itertools.islice(self.events, MOST_COMMENTS):
            found = [
                line.removeprefix("data: ")
                for line in event.decode().splitlines()
                if line.startswith("data: ")
            ]
            if found:
                return found[0]
        return "nothing"

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()


@pytest.fixture
def token(patient) -> str:
    return token_of(patient.user)


@pytest.fixture
def phone(token) -> Phone:
    return Phone(token)


def test_the_first_event_comes_at_once_and_stands_for_what_was_before(token):
    with Listener(token) as listener:
        assert listener.response["Content-Type"] == "text/event-stream"
        assert listener.response["Cache-Control"] == "no-store"
        assert listener.hint() == "*"


def test_a_push_is_told_with_its_collections(token, phone):
    with Listener(token) as listener:
        listener.hint()
        phone.sync({"pain_logs": [pain()]})
        assert listener.hint() == "pain_logs"


def test_nothing_is_told_of_a_push_that_changes_nothing(token, phone):
    entry = pain()
    phone.sync({"pain_logs": [entry]})
    with Listener(token) as listener:
        listener.hint()
        phone.sync({"pain_logs": [entry]})
        phone.sync(
            {"day_logs": [{"id": "0a1b2c3d", "recorded_at": pain()["recorded_at"]}]}
        )
        assert listener.hint() == "day_logs"


def test_a_change_of_the_clinics_is_told(token, patient):
    with Listener(token, "rxdb/messages/stream") as listener:
        listener.hint()
        with transaction.atomic():
            next_change_number(patient.pk, analyse=False)
        assert "messages" in listener.hint()


def test_nothing_is_told_before_the_commit_nor_of_what_is_undone(token, phone, patient):
    with Listener(token) as listener:
        listener.hint()
        with transaction.atomic():
            next_change_number(patient.pk, analyse=False)
            transaction.set_rollback(True)
        phone.sync({"pain_logs": [pain()]})
        assert listener.hint() == "pain_logs"


def test_the_stream_of_one_collection_leaves_the_others_out(token, phone):
    with Listener(token, "rxdb/day_logs/stream") as listener:
        listener.hint()
        phone.sync({"pain_logs": [pain()]})
        phone.sync(
            {"day_logs": [{"id": "0a1b2c3d", "recorded_at": pain()["recorded_at"]}]}
        )
        assert listener.hint() == "day_logs"


def test_nobody_hears_of_another_patient(token, phone):
    stranger = Phone(token_of(make_patient("stranger@example.org").user))
    with Listener(token) as listener:
        listener.hint()
        stranger.sync({"pain_logs": [pain()]})
        phone.sync(
            {"day_logs": [{"id": "0a1b2c3d", "recorded_at": pain()["recorded_at"]}]}
        )
        assert listener.hint() == "day_logs"


def test_an_eventsource_comes_in_by_the_cookie_of_the_website(patient):
    client = Client()
    client.force_login(patient.user)
    response: Any = client.get("/api/v1/sync/stream", headers={"Accept": live_accept()})
    assert response.status_code == 200
    response.close()
    assert Client().get("/api/v1/sync/stream").status_code == 401


def live_accept() -> str:
    return "text/event-stream"


def test_a_stream_ends_after_its_life(patient):
    stream = live.Stream(live.patient_topic(patient.pk), account=1, life=0.05)
    events = list(stream)
    assert events[0].startswith(b"retry")
    live.Stream(live.patient_topic(patient.pk), account=1, life=0.05).close()


def test_a_process_holds_only_so_many_and_gives_places_back(token, settings):
    settings.LIVE_STREAMS = 2
    with Listener(token), Listener(token):
        refused = Listener(token).response
        assert refused.status_code == 503
        assert refused.json()["code"] == "stream_unavailable"
        assert int(refused["Retry-After"]) > 0
    for _ in range(5):
        with Listener(token) as listener:
            assert listener.response.status_code == 200


def test_one_account_cannot_take_every_place(token, settings, patient):
    settings.LIVE_STREAMS = live.MOST_OF_AN_ACCOUNT + 1
    other = token_of(make_patient("stranger@example.org").user)
    open_ = [Listener(token) for _ in range(live.MOST_OF_AN_ACCOUNT)]
    assert Listener(token).response.status_code == 503
    with Listener(other) as listener:
        assert listener.response.status_code == 200
    for each in open_:
        each.response.close()


def test_without_redis_there_is_no_stream_and_sync_goes_on(token, phone, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert Listener(token).response.status_code == 503
    assert phone.sync({"pain_logs": [pain()]})["outcomes"]["new"] == 1
    settings.LIVE_STREAMS = 1
    for _ in range(3):  # no place is lost by it
        assert Listener(token).response.status_code == 503
    live._Redis.away_until = 0.0
