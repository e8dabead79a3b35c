"""The promises that a server makes to every phone."""

from __future__ import annotations

import gzip
import json
import threading
import uuid
from contextlib import closing
from typing import Any, Final

from clients.conformance.promises import Broken, Promises, expect
from clients.conformance.server import (
    Phone,
    Server,
    client_fields,
    connection_to,
    digest_of,
    now,
    pain,
)
from tracker.domain.diary import COLLECTIONS, Field


SERVER: Final[Promises[Server]] = Promises()


@SERVER.add
def exactly_once(server: Server) -> None:
    """An entry that was answered with 200 is stored once, however often it is sent."""
    before = server.digest()["pain_logs"]["count"]
    records = [pain(), pain()]
    phone = Phone(server)
    first = phone.sync({"pain_logs": records})["outcomes"]
    expect(first["new"], 2, "new records of the first push")
    for _ in range(4):
        again = phone.sync({"pain_logs": records})["outcomes"]
        expect((again["new"], again["identical"]), (0, 2), "outcomes of the same push")
    expect(server.digest()["pain_logs"]["count"], before + 2, "records stored")


@SERVER.add
def lost_answers(server: Server) -> None:
    """A push whose answer was lost may be sent again, and is stored once."""
    before = server.digest()["pain_logs"]["count"]
    record, phone = pain(), Phone(server)
    body = json.dumps({"device": phone.device, "changes": {"pain_logs": [record]}})
    headers = {"X-Session-Token": server.token, "Content-Type": "application/json"}
    with closing(connection_to(server.url)) as connection:
        connection.request("POST", "/api/v1/sync", body, headers)  # and hang up
    with closing(connection_to(server.url)) as connection:
        connection.putrequest("POST", "/api/v1/sync")
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            connection.putheader(name, value)
        connection.endheaders(body[: len(body) // 2].encode())  # and hang up
    phone.sync({"pain_logs": [record]})
    expect(server.digest()["pain_logs"]["count"], before + 1, "records stored")


@SERVER.add
def nothing_is_dropped(server: Server) -> None:
    """What cannot be stored is kept, named in the reply, and settled when mended."""
    bad, phone = pain(intensity=99), Phone(server)
    reply = phone.sync({"pain_logs": [bad]})
    expect([kept["id"] for kept in reply["quarantined"]], [bad["id"]], "quarantined")
    expect(list(reply["quarantined"][0]["errors"]), ["intensity"], "the field named")
    if bad["id"] not in _quarantined(server):
        raise Broken("the status does not list the quarantined record")
    phone.sync({"pain_logs": [bad | {"intensity": 9}]})
    if bad["id"] in _quarantined(server):
        raise Broken("a good version did not settle the quarantined record")


def _quarantined(server: Server) -> set[str]:
    answer = server.request("GET", "/api/v1/sync/status")
    expect(answer.status, 200, "status of /sync/status")
    return {kept["record_id"] for kept in answer.body["quarantined"]}


@SERVER.add
def one_bad_record(server: Server) -> None:
    """One bad record among fifty never holds back another."""
    records: list[Any] = [pain() for _ in range(49)]
    poison = pain(side="sideways")
    records.insert(25, poison)
    reply = Phone(server).sync({"pain_logs": records})
    outcomes = reply["outcomes"]
    expect((outcomes["new"], outcomes["quarantined"]), (49, 1), "new and quarantined")
    expect(reply["quarantined"][0]["id"], poison["id"], "the record named")


@SERVER.add
def unknown_things(server: Server) -> None:
    """Unknown fields are ignored; unknown collections are quarantined, not refused."""
    record = pain(mood="fine")
    strange = {"id": str(uuid.uuid4())}
    reply = server.sync({"pain_logs": [record], "mood_logs": [strange]})
    expect(reply["outcomes"]["new"], 1, "new records")
    expect(reply["quarantined"][0]["collection"], "mood_logs", "quarantined")


@SERVER.add
def zero_is_an_answer(server: Server) -> None:
    """Null and 0 come back as they went, in every field of every collection."""
    for name, collection in COLLECTIONS.items():
        blank = _blank(name)
        filled = blank | {"id": str(uuid.uuid4())}
        filled |= {field.name: _least(field) for field in collection.fields}
        phone = Phone(server)
        reply = phone.sync({name: [blank, filled]})
        expect(reply["quarantined"], [], f"quarantined {name}")
        for sent in (blank, filled):
            wanted = {field: sent.get(field) for field in client_fields(name)}
            expect(phone.own(name, sent["id"]), wanted, f"{name} as it came back")


def _blank(collection: str) -> dict[str, Any]:
    record = {"id": str(uuid.uuid4()), "recorded_at": now()}
    empty = dict.fromkeys(client_fields(collection)) | record
    if collection == "weakness_logs":
        empty["not_done_reason"] = "forgot"
    return empty


def _least(field: Field) -> Any:
    if field.kind in ("choice", "choices"):
        first = field.choices[0]
        return first if field.kind == "choice" else [first]
    simple = {"bool": False, "date": "2026-03-01", "texts": [], "text": ""}
    return simple.get(field.kind, field.low)


@SERVER.add
def the_offset(server: Server) -> None:
    """The time of an entry comes back with the offset that it was sent with."""
    phone = Phone(server)
    times = [now(days=-1, offset_hours=hours) for hours in (-9.5, 0, 1, 2, 14)]
    records = [pain(recorded_at=time) for time in times]
    phone.sync({"pain_logs": records})
    back = [phone.own("pain_logs", r["id"])["recorded_at"] for r in records]
    expect(back, times, "times as they came back")


@SERVER.add
def wrong_clocks(server: Server) -> None:
    """A phone whose clock is a year off and says so has its entries believed."""
    record = pain(recorded_at=now(days=365))
    phone = Phone(server)
    server.sync({"pain_logs": [record]}, device=phone.device, sent_at=now(days=365))
    phone.sync()
    if phone.held["pain_logs"][record["id"]]["clock_suspect"]:
        raise Broken("the entry is marked as clock_suspect")


@SERVER.add
def no_change_is_missed(server: Server) -> None:
    """A phone that pages with its cursor misses nothing while three others write."""
    written: list[str] = []
    done = threading.Event()

    def write() -> None:
        phone = Phone(server)
        for _ in range(10):
            records = [pain() for _ in range(5)]
            phone.page({"pain_logs": records})
            written.extend(record["id"] for record in records)

    reader = Phone(server)
    reader.sync()
    writers = [threading.Thread(target=write) for _ in range(3)]
    following = threading.Thread(target=_follow, args=(reader, done))
    for thread in (*writers, following):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    following.join()
    expect(len(written), 150, "records written")
    expect(set(written) - set(reader.held["pain_logs"]), set(), "records missed")


def _follow(reader: Phone, done: threading.Event) -> None:
    last = False
    while not last:
        last = done.is_set()
        reader.sync(limit=7)


@SERVER.add
def pages(server: Server) -> None:
    """Pages end where they say: each record once, none at a border left out."""
    records = [pain() for _ in range(23)]
    phone = Phone(server)
    phone.sync()
    server.sync({"pain_logs": records}, device=str(uuid.uuid4()))
    seen: list[str] = []
    more = True
    while more:
        reply = phone.page(limit=7)
        seen += [record["id"] for record in reply["changes"]["pain_logs"]]
        more = reply["has_more"]
    expect(sorted(seen), sorted(r["id"] for r in records), "records of all pages")


@SERVER.add
def edits_of_two_devices(server: Server) -> None:
    """Two devices' edits of one record are merged field by field, neither is lost."""
    one, two, record = Phone(server), Phone(server), pain()
    one.sync({"pain_logs": [record]})
    two.sync()
    known = two.held["pain_logs"][record["id"]]["revision"]
    one.sync({"pain_logs": [record | {"intensity": 8, "revision": known}]})
    two.sync({"pain_logs": [record | {"note": "on the stairs", "revision": known}]})
    one.sync()
    merged = one.own("pain_logs", record["id"])
    expect((merged["intensity"], merged["note"]), (8, "on the stairs"), "the merge")


@SERVER.add
def an_old_push_that_is_late(server: Server) -> None:
    """An earlier push that arrives once more, byte for byte, undoes no later edit."""
    phone, record = Phone(server), pain(intensity=3)
    late = {
        "device": phone.device,
        "sent_at": now(),
        "changes": {"pain_logs": [record]},
    }
    expect(server.sync(**late)["outcomes"]["new"], 1, "new records")
    phone.sync({"pain_logs": [record | {"intensity": 9}]})
    expect(server.sync(**late)["outcomes"]["updated"], 0, "edits by the late push")
    phone.sync()
    kept = phone.own("pain_logs", record["id"])["intensity"]
    expect(kept, 9, "intensity after the late push")


@SERVER.add
def too_many_at_once(server: Server) -> None:
    """A push of too many records is refused whole, and says how to split it."""
    before = server.digest()["day_logs"]["count"]
    days = [{"id": f"too.many.{n:06}", "recorded_at": now()} for n in range(10_001)]
    answer = server.post({"changes": {"day_logs": days}})
    expect((answer.status, answer.body["code"]), (413, "body_too_large"), "the answer")
    if not 0 < answer.body["most_records"] <= 10_000:
        raise Broken("it does not say how many records are not too many")
    expect(server.digest()["day_logs"]["count"], before, "records stored")


@SERVER.add
def a_sealed_diary(server: Server) -> None:
    """While consent is withdrawn the phone is told so; what it sends comes in later."""
    version = server.request("GET", "/api/v1/consent").body["version"]
    server.command("/api/v1/me/consent", version=version)
    before, phone = server.digest()["pain_logs"]["count"], Phone(server)
    server.command("/api/v1/me/consent/withdraw")
    try:
        reply = phone.sync({"pain_logs": [pain()]})
    finally:
        server.command("/api/v1/me/consent", version=version)
    codes = [notice["code"] for notice in reply["notices"]]
    expect(codes, ["consent_withdrawn"], "notices")
    expect(len(reply["quarantined"]), 1, "records named")
    expect(server.digest()["pain_logs"]["count"], before + 1, "records in the end")


@SERVER.add
def nothing_is_deleted(server: Server) -> None:
    """A withdrawn entry stays in the diary, with the time it was taken back."""
    phone, record = Phone(server), pain()
    phone.sync({"pain_logs": [record]})
    count = server.digest()["pain_logs"]["count"]
    phone.sync({"pain_logs": [record | {"withdrawn_at": now()}]})
    expect(server.digest()["pain_logs"]["count"], count, "records held")
    if phone.own("pain_logs", record["id"])["withdrawn_at"] is None:
        raise Broken("the withdrawal did not come back")


@SERVER.add
def guidance(server: Server) -> None:
    """Danger is answered in the same reply, again for the same push, even if invalid."""
    check = {"id": str(uuid.uuid4()), "recorded_at": now(), "urine_leak": "new"}
    spoilt = check | {"id": str(uuid.uuid4()), "both_legs": "perhaps"}
    try:
        for record in (check, check, spoilt):
            reply = server.sync({"red_flag_checks": [record]})
            tiers = [item["tier"] for item in reply["guidance"]]
            expect(tiers[:1], ["emergency"], "the first advice")
    finally:
        server.sync({"red_flag_checks": [check | {"withdrawn_at": now()}]})


@SERVER.add
def rules_for_offline(server: Server) -> None:
    """The red-flag rules are published with an ETag, and 304 says they are the same."""
    first = server.request("GET", "/api/v1/rules")
    expect(first.status, 200, "status of the rules")
    tag = first.headers.get("etag", "")
    again = server.request("GET", "/api/v1/rules", If_None_Match=tag)
    expect(again.status, 304, "status with If-None-Match")


@SERVER.add
def the_digest(server: Server) -> None:
    """The digest is what a phone computes over what it was given."""
    phone = Phone(server)
    phone.sync({"pain_logs": [pain(note='naïve ☂ \u2028 \\ "x"')]})
    for name, theirs in server.digest().items():
        ours = digest_of(phone.held.get(name, {}).values(), name)
        expect(theirs, ours, f"digest of {name}")


@SERVER.add
def gzip_bodies(server: Server) -> None:
    """A body may be gzip; another encoding is refused with words, not stored."""
    body = gzip.compress(json.dumps({"changes": {"pain_logs": [pain()]}}).encode())
    for encoding, status in (("gzip", 200), ("br", 400)):
        answer = server.request(
            *("POST", "/api/v1/sync", body),
            Content_Type="application/json",
            Content_Encoding=encoding,
        )
        expect(answer.status, status, f"status of a body in {encoding}")


@SERVER.add
def errors_are_problems(server: Server) -> None:
    """An error is a problem document with a code, and none of the patient's words."""
    requests: tuple[tuple[bytes, str, int, str], ...] = (
        (b"[", server.token, 400, "invalid_input"),
        (b'{"changes": 7}', server.token, 400, "invalid_input"),
        (b'{"cursor": "x"}', server.token, 400, "cursor_invalid"),
        (b"{}", "", 401, "not_authenticated"),
        (b"{}", "no-such-token", 401, "not_authenticated"),
    )
    for body, token, status, code in requests:
        answer = Server(server.url, token).request(
            "POST", "/api/v1/sync", body, Content_Type="application/json"
        )
        seen = (answer.status, answer.headers.get("content-type", "").split(";")[0])
        expect(seen, (status, "application/problem+json"), f"answer to {body!r}")
        expect(answer.body["code"], code, f"code of the answer to {body!r}")


@SERVER.add
def other_patients(server: Server) -> None:
    """Another patient's id is never touched, and their cursor is no good here."""
    theirs, ours = Phone(server.stranger()), Phone(server)
    record = pain(note="theirs")
    theirs.sync({"pain_logs": [record]})
    before = theirs.server.digest()
    reply = ours.sync({"pain_logs": [record | {"note": "ours"}]})
    expect(reply["outcomes"]["quarantined"], 1, "quarantined")
    expect(theirs.server.digest(), before, "the other patient's digest")
    answer = server.post({"cursor": theirs.cursor})
    code = answer.body.get("code") if isinstance(answer.body, dict) else None
    expect((answer.status, code), (400, "cursor_invalid"), "their cursor")
