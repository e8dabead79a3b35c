"""The promises of the native protocol, through HTTP, as a phone sees them."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from alerts.models import Alert
from analytics.models import Flag
from tests.integration.sync.conftest import pain
from tracker.models import PainLog, Quarantine, RedFlagCheck, SyncCounter, WeaknessLog
from tracker.selectors import sync as selectors


pytestmark = pytest.mark.django_db


def test_what_one_phone_saved_the_other_reads(phone, second_phone):
    record = pain(note="after the stairs 🙂")
    assert phone.full_sync({"pain_logs": [record]})["outcomes"]["new"] == 1
    second_phone.full_sync()
    held = second_phone.held["pain_logs", record["id"]]
    assert record.items() <= held.items()
    assert held["revision"] == 1


def test_an_edit_keeps_the_earlier_revision(phone):
    record = pain(intensity=5)
    phone.full_sync({"pain_logs": [record]})
    reply = phone.full_sync({"pain_logs": [record | {"intensity": 7}]})
    assert reply["outcomes"]["updated"] == 1
    row = PainLog.objects.get()
    assert (row.intensity, row.revision) == (7, 2)
    ((revision, _, _, earlier),) = selectors.revisions("pain_logs", [row.pk])[row.pk]
    assert (revision, earlier["intensity"]) == (1, 5)


def test_two_phones_edit_one_record_and_each_keeps_what_it_changed(phone, second_phone):
    record = pain(intensity=5, worst=6, note="first")
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"note": "from the second"}]})
    # The first phone has not seen that, and edits another field of its old copy.
    reply = phone.full_sync({"pain_logs": [record | {"intensity": 9}]})
    assert reply["outcomes"]["updated"] == 1
    row = PainLog.objects.get()
    assert (row.intensity, row.worst, row.note) == (9, 6, "from the second")
    states = selectors.revisions("pain_logs", [row.pk])[row.pk]
    assert [state["note"] for *_, state in states] == ["from the second", "first"]


def test_the_later_to_arrive_wins_the_field_that_both_changed(phone, second_phone):
    record = pain(intensity=5)
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"intensity": 2}]})
    phone.full_sync({"pain_logs": [record | {"intensity": 8}]})
    assert PainLog.objects.get().intensity == 8


def test_a_replay_after_the_other_phones_edit_changes_nothing(phone, second_phone):
    record = pain(intensity=5)
    phone.sync({"pain_logs": [record]})  # the reply is lost: no cursor kept
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"intensity": 2}]})
    assert phone.sync({"pain_logs": [record]})["outcomes"]["identical"] == 1
    assert PainLog.objects.get().intensity == 2


def test_a_stated_revision_is_the_base_of_the_merge(phone, second_phone):
    record = pain(intensity=5, note="first")
    phone.full_sync({"pain_logs": [record]})
    second_phone.full_sync()
    second_phone.full_sync({"pain_logs": [record | {"note": "second"}]})
    # A phone without device id and cursor says itself what it knew.
    phone.cursor = None
    phone.sync({"pain_logs": [record | {"intensity": 9, "revision": 1}]}, device=None)
    row = PainLog.objects.get()
    assert (row.intensity, row.note) == (9, "second")


def test_mixed_halves_of_a_self_test_never_break_its_rule(phone, second_phone):
    record = {
        "id": "weakness-1",
        "recorded_at": "2026-03-01T07:30:00+01:00",
        "side": "left",
        "test": "heel_walk",
        "score": 3,
        "not_done_reason": "pain",
    }
    phone.full_sync({"weakness_logs": [record]})
    second_phone.full_sync()
    second_phone.full_sync({"weakness_logs": [record | {"not_done_reason": None}]})
    reply = phone.full_sync({"weakness_logs": [record | {"score": None}]})
    assert reply["outcomes"]["quarantined"] == 0
    row = WeaknessLog.objects.get()
    assert (row.score, row.not_done_reason) == (None, "pain")


def test_the_same_id_twice_in_one_push_ends_as_the_second(phone):
    record = pain(intensity=3)
    reply = phone.sync({"pain_logs": [record, record | {"intensity": 4}, record]})
    assert sum(reply["outcomes"].values()) == 3
    assert reply["outcomes"]["new"] == 1
    assert PainLog.objects.count() == 1
    states = selectors.revisions("pain_logs", [record["id"]])[record["id"]]
    assert {state["intensity"] for *_, state in states} >= {4}


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"intensity": 11}, "intensity"),
        ({"intensity": -1}, "intensity"),
        ({"intensity": "7"}, "intensity"),
        ({"intensity": 7.5}, "intensity"),
        ({"intensity": True}, "intensity"),
        ({"intensity": 10**30}, "intensity"),
        ({"regions": ["elbow"]}, "regions"),
        ({"regions": "heel"}, "regions"),
        ({"side": "leftish"}, "side"),
        ({"recorded_at": "2026-03-01T07:30:00"}, "recorded_at"),
        ({"recorded_at": "0001-01-01T00:00:00+01:00"}, "recorded_at"),
        ({"recorded_at": "9999-12-31T23:59:59-12:00"}, "recorded_at"),
        ({"recorded_at": "2026-03-01T08:00:00+23:59"}, "recorded_at"),
        ({"recorded_at": None}, "recorded_at"),
        ({"recorded_at": 1772346600}, "recorded_at"),
        ({"note": "n" * 2001}, "note"),
        ({"id": "short"}, "id"),
        ({"id": "has a space"}, "id"),
        ({"id": None}, "id"),
        ({"id": "trailing-newline\n"}, "id"),
    ],
)
def test_one_bad_record_is_quarantined_and_holds_back_no_other(phone, fault, field):
    bad, good = pain() | fault, [pain() for _ in range(49)]
    reply = phone.sync({"pain_logs": [*good[:20], bad, *good[20:]]})
    assert reply["outcomes"] == {
        "new": 49,
        "updated": 0,
        "identical": 0,
        "quarantined": 1,
    }
    (told,) = reply["quarantined"]
    assert told["collection"] == "pain_logs"
    assert set(told["errors"]) == {field}
    kept = Quarantine.objects.get()
    assert json.loads(kept.raw) == bad
    # Sent again, it is the same row.
    assert phone.sync({"pain_logs": [bad]})["outcomes"]["quarantined"] == 1
    assert Quarantine.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"intensity": 7.0}, {"intensity": 7}),
        ({"intensity": None}, {"intensity": None}),
        ({"intensity": 0}, {"intensity": 0}),
        ({"intensity": 10}, {"intensity": 10}),
        ({"regions": ["heel", "sole", "heel"]}, {"regions": ["heel", "sole"]}),
        ({"regions": []}, {"regions": []}),
        ({"mood": {"deep": [1]}}, {"intensity": 5}),
        ({"revision": 0, "received_at": "x"}, {"revision": 1}),
        ({"revision": "2"}, {"revision": 1}),
        ({"note": "nul\0byte"}, {"note": "nulbyte"}),
        ({"note": "n" * 2000}, {"note": "n" * 2000}),
    ],
)
def test_what_can_be_repaired_is_repaired(phone, sent, stored):
    assert phone.sync({"pain_logs": [pain() | sent]})["outcomes"]["new"] == 1
    row = PainLog.objects.get()
    assert {name: getattr(row, name) for name in stored} == stored


def test_half_an_emoji_costs_nobody_their_entry(phone):
    body = json.dumps(
        {"device": phone.device, "changes": {"pain_logs": [pain(), pain(note="X")]}}
    ).replace('"X"', '"cut \\ud83d"')
    response = phone.post(body.encode())
    assert response.json()["outcomes"]["new"] == 2


def test_a_self_test_without_score_needs_a_reason(phone):
    record = {
        "id": "weakness-1",
        "recorded_at": "2026-03-01T07:30:00+01:00",
        "side": "left",
        "test": "heel_walk",
        "score": None,
    }
    reply = phone.sync({"weakness_logs": [record]})
    assert set(reply["quarantined"][0]["errors"]) == {"not_done_reason"}
    reply = phone.sync({"weakness_logs": [record | {"not_done_reason": "unsafe"}]})
    assert reply["outcomes"]["new"] == 1
    assert Quarantine.objects.get().resolved_at is not None


def test_an_unknown_collection_is_kept_too(phone):
    changes = {"mood_logs": [{"id": "mood-1234", "mood": 3}], "day_logs": "oops"}
    reply = phone.sync(changes)
    assert reply["outcomes"]["quarantined"] == 2
    assert {row.reason for row in Quarantine.objects.all()} == {
        Quarantine.UNKNOWN,
        Quarantine.INVALID,
    }


def test_another_patients_cursor_is_refused(phone, stranger):
    phone.full_sync({"pain_logs": [pain()]})
    response = stranger.post({"cursor": phone.cursor})
    assert response.status_code == 400
    assert response.json()["code"] == "cursor_invalid"
    assert response.headers["Content-Type"] == "application/problem+json"


def test_an_edit_under_a_wrong_clock_stays_on_its_first_day(phone, patient):
    entry = pain("unset-clock", recorded_at="1970-01-01T00:00:00+00:00")
    phone.full_sync({"pain_logs": [entry]})
    first = PainLog.objects.get(pk="unset-clock").local_day - timedelta(days=3)
    PainLog.objects.filter(pk="unset-clock").update(local_day=first)
    phone.full_sync({"pain_logs": [entry | {"note": "edited"}]})
    edited = PainLog.objects.get(pk="unset-clock")
    assert (edited.note, edited.revision) == ("edited", 2)
    assert edited.local_day == first


def test_a_future_entry_is_kept_and_marked(phone, patient):
    now = datetime.now(UTC)
    near, far = now + timedelta(hours=23), now + timedelta(days=365)
    reply = phone.sync(
        {
            "pain_logs": [
                pain("near-future", recorded_at=near.isoformat()),
                pain("next-year-1", recorded_at=far.isoformat()),
                pain("unset-clock", recorded_at="1970-01-01T00:00:00+00:00"),
                pain("reset-clock", recorded_at="2001-01-01T00:00:00+00:00"),
            ]
        }
    )
    assert reply["outcomes"]["new"] == 4
    marks = dict(PainLog.objects.values_list("id", "clock_suspect"))
    suspects = {"next-year-1": True, "unset-clock": True, "reset-clock": True}
    assert marks == {"near-future": False} | suspects
    suspect = PainLog.objects.get(pk="next-year-1")
    assert abs((suspect.local_day - now.date()).days) <= 1


def test_two_clocks_at_the_ends_of_time_stop_no_push(phone):
    reply = phone.sync(
        {"pain_logs": [pain(recorded_at="9997-01-01T00:00:00Z"), pain()]},
        sent_at="0001-01-01T00:00:00Z",
    )
    assert reply["outcomes"]["new"] == 2


def test_what_only_the_database_refuses_is_quarantined_alone(phone):
    with connection.cursor() as cursor:  # a check that our own checks do not know
        cursor.execute(
            "ALTER TABLE tracker_painlog ADD CONSTRAINT poison CHECK (note <> 'p')"
        )
    bad, good = pain(note="p"), [pain() for _ in range(9)]
    check = red_flags(urine_leak="new")
    reply = phone.full_sync(
        {"pain_logs": [*good[:4], bad, *good[4:]], "red_flag_checks": [check]}
    )
    assert reply["outcomes"]["new"] == 10
    assert [kept["id"] for kept in reply["quarantined"]] == [bad["id"]]
    assert reply["guidance"][0]["tier"] == "emergency"
    assert {key[1] for key in phone.held} >= {r["id"] for r in good}
    assert phone.sync()["changes"]["pain_logs"] == []


def test_the_status_says_what_did_not_arrive(phone, client):
    phone.sync({"pain_logs": [pain(), pain(intensity=99)]})
    status = client.get(
        "/api/v1/sync/status", headers={"X-Session-Token": phone.token}
    ).json()
    assert status["devices"][0]["device_id"] == phone.device
    assert status["devices"][0]["last_entry_at"]
    (entry,) = status["quarantined"]
    assert "did not reach" in entry["text"]


def test_a_gzip_body_is_taken(phone):
    assert phone.gzip_sync({"pain_logs": [pain()]}).json()["outcomes"]["new"] == 1


def test_a_gzip_bomb_is_refused(phone):
    machine = zlib.compressobj(9, wbits=31)
    bomb = machine.compress(b" " * (200 * 1024 * 1024)) + machine.flush()
    response = phone.post(bomb, **{"Content-Encoding": "gzip"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"changes": []}', 400),
        (b'{"cursor": 5}', 400),
        (b'{"cursor": "AAAA"}', 400),
        (b'{"cursor": "\xc3\xa9"}', 400),
        (b'{"limit": 0}', 400),
        (b'{"device": "phone"}', 400),
        (b'{"sent_at": "2026-03-01T07:30:00"}', 400),
        (b'{"changes": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400),
        (
            b'{"changes": {"pain_logs": ['
            + b'{"a":' * 10_000
            + b"1"
            + b"}" * 10_000
            + b"]}}",
            400,
        ),
        (b" " * (21 * 1024 * 1024), 413),
        (b"\x1f\x8bnot gzip", 400),
    ],
)
def test_a_body_that_is_no_sync_request_is_refused_and_changes_nothing(
    phone, body, status
):
    response = phone.post(body)
    assert response.status_code == status, response.content
    assert response.json()["status"] == status
    assert SyncCounter.objects.get().seq == 1


def test_a_body_of_50_mb_is_refused(phone):
    response = phone.post(b'{"changes": {}}' + b" " * 50 * 1024 * 1024)
    assert response.status_code == 413


def test_an_unknown_token_is_told_to_log_in(phone):
    phone.token = "0" * 32
    response = phone.post({})
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def red_flags(**answers):
    return {
        "id": "safety-check-1",
        "recorded_at": datetime.now(UTC).isoformat(),
        **answers,
    }


def test_danger_is_answered_inside_the_reply(phone):
    check = red_flags(saddle_anal_numbness="new", urine_leak="no")
    reply = phone.sync({"red_flag_checks": [check]})
    (guidance,) = reply["guidance"]
    assert guidance["tier"] == "emergency"
    assert guidance["rule"] == "R01"
    assert guidance["entry"] == check["id"]
    assert RedFlagCheck.objects.count() == 1
    # The reply may have been lost: the same push says it again.
    assert phone.sync({"red_flag_checks": [check]})["guidance"] == reply["guidance"]


def test_a_numb_saddle_on_the_body_map_asks_the_questions_at_once(phone):
    log = {
        "id": "numb-saddle-1",
        "recorded_at": datetime.now(UTC).isoformat(),
        "side": "midline",
        "intensity": 3,
        "regions": ["perineum"],
    }
    (guidance,) = phone.sync({"numbness_logs": [log]})["guidance"]
    assert (guidance["rule"], guidance["tier"]) == ("R03", "urgent")
    assert guidance["entry"] == log["id"]
    assert Flag.objects.get().tier == "info"  # the answers decide what staff hear
    assert not Alert.objects.exists()
    phone.sync({"red_flag_checks": [red_flags(saddle_anal_numbness="no")]})
    again = log | {"id": "numb-saddle-2", "recorded_at": datetime.now(UTC).isoformat()}
    (guidance,) = phone.sync({"numbness_logs": [again]})["guidance"]
    assert guidance["title"] == "We need to ask you more today"  # one was left open
    assert Alert.objects.get().tier == "urgent"
    answers = dict.fromkeys(("saddle_anal_numbness", "saddle_genital_numbness"), "no")
    phone.sync({"red_flag_checks": [red_flags(**answers) | {"id": "safety-check-2"}]})
    third = log | {"id": "numb-saddle-3", "recorded_at": datetime.now(UTC).isoformat()}
    assert phone.sync({"numbness_logs": [third]})["guidance"] == []


def test_a_quarantined_safety_check_is_still_judged(phone):
    check = red_flags(saddle_anal_numbness="new") | {"note": "n" * 3000}
    reply = phone.sync({"red_flag_checks": [check]})
    assert reply["outcomes"]["quarantined"] == 1
    assert reply["guidance"][0]["tier"] == "emergency"


def test_a_foot_that_drops_in_one_sitting_is_an_emergency(phone):
    start = datetime.now(UTC) - timedelta(days=20)
    usual = [
        {
            "id": f"self-test-{n}",
            "recorded_at": (start + timedelta(days=n)).isoformat(),
            "side": "left",
            "test": "heel_walk",
            "score": 3,
        }
        for n in range(10)
    ]
    assert phone.full_sync({"weakness_logs": usual})["guidance"] == []
    drop = usual[0] | {
        "id": "self-test-drop",
        "recorded_at": datetime.now(UTC).isoformat(),
        "score": 0,
        "repeat_score": 0,
    }
    reply = phone.sync({"weakness_logs": [drop]})
    assert [(g["rule"], g["tier"]) for g in reply["guidance"]] == [("R05", "emergency")]


def test_the_rules_are_public_data_with_an_etag(client, db):
    response = client.get("/api/v1/rules")
    assert response.status_code == 200
    assert {rule["id"] for rule in response.json()["rules"]} >= {"R01", "R05", "R17"}
    again = client.get(
        "/api/v1/rules", headers={"If-None-Match": response.headers["ETag"]}
    )
    assert again.status_code == 304


def test_the_rules_speak_the_language_that_is_asked_for(client, db):
    asked = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
    spanish = client.get("/api/v1/rules", headers=asked)
    english = client.get("/api/v1/rules")
    assert spanish.headers["Content-Language"] == "es"
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in spanish.headers["Vary"]
    assert spanish.headers["ETag"] != english.headers["ETag"]
    titles = {rule["title"] for rule in spanish.json()["rules"]}
    assert "Necesita atención de urgencia ahora" in titles


def test_a_foot_slap_alone_joins_the_heel_walk_of_yesterday(phone):
    now = datetime.now(UTC)
    usual = [
        {
            "id": f"self-test-{n}",
            "recorded_at": (now - timedelta(days=25 - n)).isoformat(),
            "side": "left",
            "test": "heel_walk",
            "score": 3,
        }
        for n in range(10)
    ]
    weak = usual[0] | {
        "id": "self-test-weak",
        "recorded_at": (now - timedelta(hours=20)).isoformat(),
        "score": 1,
    }
    phone.full_sync({"weakness_logs": [*usual, weak]})
    day = {"id": "day-0001", "recorded_at": now.isoformat(), "foot_slap": True}
    reply = phone.full_sync({"day_logs": [day]})
    assert ("R05", "emergency") in {(g["rule"], g["tier"]) for g in reply["guidance"]}
