"""RxDB's pull: pages, checkpoints, and documents that fit the app's schema."""

from __future__ import annotations

import pytest

from tests.factories import make_episode, make_treatment
from tests.integration.sync.conftest import Phone, pain, token_of
from tests.integration.sync.rxdb import RxPhone, row
from tracker.domain.rxdb import READ_ONLY, VERSIONS
from tracker.models import SyncCounter
from tracker.services.rxdb.checkpoint import MAX_BATCH


pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(patient) -> RxPhone:
    return RxPhone(token_of(patient.user))


@pytest.fixture
def native(patient) -> Phone:
    return Phone(token_of(patient.user))


def test_a_document_has_exactly_the_fields_of_the_schema(phone, native):
    entry = pain(intensity=0)
    native.sync({"pain_logs": [entry]})
    (document,) = phone.pulled()
    assert tuple(document) == (*VERSIONS[0]["pain_logs"], "_deleted")
    assert {name: document[name] for name in entry} == entry
    assert document["_deleted"] is False


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_any_size_bring_everything_once_in_the_order_of_commit(
    phone, native, limit
):
    ids = [pain() for _ in range(7)]
    native.sync({"pain_logs": ids})
    assert [each["id"] for each in phone.pulled(limit=limit)] == [e["id"] for e in ids]
    assert phone.pulled(limit=limit) == []
    native.sync({"pain_logs": [ids[0] | {"worst": 1}]})
    assert [each["id"] for each in phone.pulled(limit=limit)] == [ids[0]["id"]]


def test_an_empty_page_returns_the_checkpoint_that_was_sent(phone, native):
    first = phone.pull(limit=10, updatedAt=0, id="").json()["checkpoint"]
    assert first == {"seq": 0, "id": "", "updatedAt": 0, "lwt": 0}
    native.sync({"pain_logs": [pain()]})
    sent = phone.pull(limit=10).json()["checkpoint"]
    native.sync({"numbness_logs": []})
    again = phone.pull(limit=10, **sent).json()
    assert again == {"documents": [], "checkpoint": sent}
    assert sent["seq"] == sent["updatedAt"] == sent["lwt"] > 0


@pytest.mark.parametrize("number", ["seq", "updatedAt", "lwt"])
def test_the_number_alone_is_a_checkpoint_under_each_of_its_names(
    phone, native, number
):
    native.sync({"pain_logs": [pain(), pain()]})
    sent = phone.pull(limit=1).json()["checkpoint"]
    assert len(phone.pull(**{number: sent[number]}).json()["documents"]) == 1


@pytest.mark.parametrize("name", ["limit", "batchSize"])
def test_a_size_above_the_cap_is_an_error_and_never_a_short_page(phone, name):
    response = phone.pull(**{name: MAX_BATCH + 1})
    assert response.status_code == 400
    assert response.json()["code"] == "batch_too_large"
    assert "documents" not in response.json()
    assert phone.pull(**{name: MAX_BATCH}).status_code == 200


@pytest.mark.parametrize("limit", ["-1", "0", "x", "1e3", "\u0661", "9" * 5000])
def test_a_size_that_is_none_is_an_error(phone, limit):
    assert phone.pull(limit=limit).status_code == 400


@pytest.mark.parametrize("query", [{"updatedAt": "x"}, {"lwt": "-5"}, {"seq": "1.5"}])
def test_a_number_that_is_none_is_an_error(phone, query):
    assert phone.pull(**query).status_code == 400


@pytest.mark.parametrize("nothing", ["", "null", "undefined"])
def test_what_javascript_writes_for_nothing_is_nothing(phone, native, nothing):
    native.sync({"pain_logs": [pain()]})
    page = phone.pull(updatedAt=nothing, id=nothing, limit=10).json()
    assert len(page["documents"]) == 1


def test_the_checkpoint_of_another_patient_starts_over(phone, native, stranger):
    """A shared phone, a second account: entries that are skipped would never come."""
    stranger.sync({"pain_logs": [pain() for _ in range(9)]})
    foreign = RxPhone(stranger.token).pull(limit=100).json()["checkpoint"]
    native.sync({"pain_logs": [pain()]})
    page = phone.pull(limit=10, **foreign).json()
    assert len(page["documents"]) == 1
    assert page["checkpoint"]["seq"] < foreign["seq"]


@pytest.mark.parametrize("seal", ["garbage", "\0", "ä", "A" * 10_000, "null\n"])
def test_a_made_up_seal_starts_over(phone, native, seal):
    native.sync({"pain_logs": [pain()]})
    page = phone.pull(updatedAt=10**9, id=seal, limit=10)
    assert page.status_code == 200
    assert len(page.json()["documents"]) == 1


def test_a_checkpoint_ahead_of_a_restored_backup_starts_over(phone, native, patient):
    native.sync({"pain_logs": [pain(), pain()]})
    phone.pulled()
    SyncCounter.objects.filter(pk=patient.pk).update(seq=2)
    assert len(phone.pulled()) == 2
    counter = SyncCounter.objects.get(pk=patient.pk)
    assert counter.rewound_at is not None
    native.sync({"pain_logs": [pain()]})
    assert len(phone.pulled()) == 1


def test_collections_have_checkpoints_of_their_own(phone, native):
    native.sync({"pain_logs": [pain()]})
    phone.pulled("pain_logs")
    assert phone.pulled("numbness_logs") == []
    assert len(RxPhone(phone.token).pulled("pain_logs")) == 1


def test_read_only_collections_have_exactly_the_fields_of_their_schema(
    phone, native, patient
):
    make_treatment(make_episode(patient))
    native.sync(
        {
            "red_flag_checks": [
                {
                    "id": "0a1b2c3d4e5f",
                    "recorded_at": "2026-03-01T07:30:00+01:00",
                    "saddle_anal_numbness": "new",
                }
            ]
        }
    )
    for name in ("alerts", "treatments"):
        (document,) = phone.pulled(name)
        assert tuple(document) == (*READ_ONLY[name], "_deleted")
        assert document["_deleted"] is False
        assert phone.pulled(name) == []
    for name, fields in READ_ONLY.items():
        for record in native.sync()["changes"][name]:
            assert set(record) == set(fields)


def test_a_schema_that_the_server_does_not_know_is_an_error(phone):
    assert phone.pull(schema="0").status_code == 200
    for version in ("1", "x", "00", ""):
        response = phone.pull(schema=version)
        assert response.status_code == 400
        assert response.json()["code"] == "schema_unknown"


def test_nobody_is_told_without_a_token(phone):
    phone.token = "nobody"
    response = phone.pull()
    assert response.status_code == 401
    assert "documents" not in response.json()
    assert phone.push([row(pain())]).status_code == 401
