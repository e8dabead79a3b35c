"""What the protocol asks of every phone."""

from __future__ import annotations

import threading
from typing import Any, Final

from clients.conformance.driven import App, Scene
from clients.conformance.promises import Broken, Promises, expect
from clients.conformance.proxy import (
    Fault,
    forgotten,
    lost_answer,
    lost_request,
    new_start,
    refusal,
    torn_answer,
)
from clients.conformance.server import Phone, Record, client_fields, digest_of, now


PHONE: Final[Promises[Scene]] = Promises()


def _save(app: App, **fields: Any) -> str:
    entry = {"recorded_at": now(), "site": "leg", "side": "left", "intensity": 4}
    return app.save("pain_logs", **(entry | fields))


def _failing(app: App) -> None:
    if app.sync()["ok"]:
        raise Broken("the app says that a sync came through which did not")


def _at_clinic(scene: Scene, record_id: str) -> Record:
    phone = Phone(scene.server)
    phone.sync()
    return phone.own("pain_logs", record_id)


def _synced(app: App) -> Record:
    outcome = app.sync()
    if not outcome["ok"]:
        raise Broken(f"a sync failed without a fault: {outcome.get('kind')}")
    return outcome


@PHONE.add
def saved_is_saved(scene: Scene) -> None:
    """An entry saved offline survives the app being killed, and arrives."""
    record_id = _save(scene.app)
    scene.app.restart()
    expect(scene.app.entry("pain_logs", record_id)["intensity"], 4, "the entry")
    _synced(scene.app)
    expect(_at_clinic(scene, record_id)["intensity"], 4, "at the clinic")


@PHONE.add
def a_broken_connection(scene: Scene) -> None:
    """An entry stays in the queue until a whole 200 reply, and is stored once."""
    before = scene.server.digest()["pain_logs"]["count"]
    record_id = _save(scene.app)
    faults = (lost_request(), lost_answer(), torn_answer())
    for fault in faults:
        scene.proxy.faults.append(fault)
        _failing(scene.app)
        expect(scene.app.ask("unsent")["count"], 1, "unsent entries")
    scene.app.restart()
    _synced(scene.app)
    expect(scene.app.ask("unsent")["count"], 0, "unsent entries")
    expect(scene.server.digest()["pain_logs"]["count"], before + 1, "records stored")
    expect(scene.proxy.records_sent(record_id), 4, "times the entry was sent")


@PHONE.add
def an_edit_after_a_lost_answer(scene: Scene) -> None:
    """Answer lost, app killed, entry edited: the edit is what the clinic gets."""
    record_id = _save(scene.app)
    scene.proxy.faults.append(lost_answer())
    scene.app.sync()
    scene.app.restart()
    scene.app.save("pain_logs", id=record_id, intensity=8)
    _synced(scene.app)
    expect(_at_clinic(scene, record_id)["intensity"], 8, "at the clinic")
    expect(scene.app.entry("pain_logs", record_id)["intensity"], 8, "on the phone")


@PHONE.add
def an_edit_during_a_sync(scene: Scene) -> None:
    """An edit made while the same entry is on its way is not lost."""
    record_id = _save(scene.app)
    fault = Fault(hold=threading.Event())
    scene.proxy.faults.append(fault)
    scene.app.tell("sync")
    if not fault.reached.wait(60):
        raise Broken("the sync did not reach the server")
    scene.app.tell("save", collection="pain_logs", record=_edit(record_id))
    fault.hold.set()  # type: ignore[union-attr]
    for _ in range(2):  # the answers to both, in either order
        scene.app.answer("sync and save")
    _synced(scene.app)
    expect(_at_clinic(scene, record_id)["intensity"], 9, "at the clinic")


def _edit(record_id: str) -> Record:
    return {"id": record_id, "intensity": 9}


@PHONE.add
def two_installations(scene: Scene) -> None:
    """Two phones edit different fields of one entry offline; both edits are kept."""
    record_id = _save(scene.app)
    _synced(scene.app)
    with scene.another() as other:
        _synced(other)
        other.save("pain_logs", id=record_id, note="on the stairs")
        scene.app.save("pain_logs", id=record_id, intensity=7)
        for app in (other, scene.app, other):
            _synced(app)
        for app in (other, scene.app):
            shown = app.entry("pain_logs", record_id)
            seen = (shown["intensity"], shown["note"])
            expect(seen, (7, "on the stairs"), "the entry on a phone")
    kept = _at_clinic(scene, record_id)
    expect((kept["intensity"], kept["note"]), (7, "on the stairs"), "at the clinic")


@PHONE.add
def a_pull_before_the_edit_is_sent(scene: Scene) -> None:
    """An unsent edit survives news about the same entry, and does not undo it."""
    record_id = _save(scene.app)
    _synced(scene.app)
    with scene.another() as other:
        _synced(other)
        other.save("pain_logs", id=record_id, note="on the stairs")
        _synced(other)
    scene.app.save("pain_logs", id=record_id, intensity=6)
    scene.proxy.faults.append(lost_answer())
    scene.app.sync()
    _synced(scene.app)
    kept = _at_clinic(scene, record_id)
    expect((kept["intensity"], kept["note"]), (6, "on the stairs"), "at the clinic")


@PHONE.add
def a_refused_entry(scene: Scene) -> None:
    """A quarantined entry is not sent for ever; it is shown, and can be mended."""
    record_id = _save(scene.app, intensity=99)
    fine = _save(scene.app)
    for _ in range(3):
        _synced(scene.app)
    expect(scene.proxy.records_sent(record_id), 1, "times it was sent")
    refused = [kept["id"] for kept in scene.app.ask("refused")["refused"]]
    expect(refused, [record_id], "what the app shows as refused")
    scene.app.save("pain_logs", id=record_id, intensity=9)
    _synced(scene.app)
    expect(_at_clinic(scene, record_id)["intensity"], 9, "the mended entry")
    expect(_at_clinic(scene, fine)["intensity"], 4, "the entry beside it")


@PHONE.add
def guidance_is_shown(scene: Scene) -> None:
    """Advice in a reply is shown at once, and again when the first reply was lost."""
    answers = {"recorded_at": now(), "urine_leak": "new"}
    record_id = scene.app.save("red_flag_checks", **answers)
    scene.proxy.faults.append(lost_answer())
    scene.app.sync()
    shown = _synced(scene.app)["guidance"]
    scene.app.ask("withdraw", collection="red_flag_checks", id=record_id)
    _synced(scene.app)
    expect([item["tier"] for item in shown][:1], ["emergency"], "advice shown")


@PHONE.add
def an_error_of_the_server(scene: Scene) -> None:
    """After 401, 426, 429 and 503 the queue is as it was."""
    record_id = _save(scene.app)
    refusals = (
        refusal(401, "not_authenticated"),
        refusal(426, "app_too_old"),
        refusal(429, "throttled", Retry_After="1"),
        refusal(503, "unavailable"),
    )
    for fault in refusals:
        scene.proxy.faults.append(fault)
        _failing(scene.app)
        expect(scene.app.ask("unsent")["count"], 1, "unsent entries")
    _synced(scene.app)
    expect(_at_clinic(scene, record_id)["intensity"], 4, "at the clinic")


@PHONE.add
def a_body_too_large(scene: Scene) -> None:
    """After 413 the phone sends fewer records at a time, and all of them arrive."""
    saved = {_save(scene.app) for _ in range(9)}
    scene.proxy.faults.append(refusal(413, "body_too_large"))
    _synced(scene.app)
    phone = Phone(scene.server)
    phone.sync()
    expect(saved - set(phone.held["pain_logs"]), set(), "entries that are missing")


@PHONE.add
def a_cursor_that_is_no_good(scene: Scene) -> None:
    """After `cursor_invalid` the phone starts from the beginning and loses nothing."""
    first = _save(scene.app)
    _synced(scene.app)
    second = _save(scene.app)
    scene.proxy.faults.append(refusal(400, "cursor_invalid"))
    scene.app.sync()
    _synced(scene.app)
    expect(_at_clinic(scene, second)["intensity"], 4, "the unsent entry")
    expect(scene.app.entry("pain_logs", first)["intensity"], 4, "the older entry")


@PHONE.add
def a_new_start(scene: Scene) -> None:
    """After `resync` the phone starts over, and sends again what the server has lost."""
    before = scene.server.digest()["pain_logs"]["count"]
    kept = _save(scene.app)
    _synced(scene.app)
    lost = _save(scene.app, intensity=6)
    scene.proxy.faults.append(forgotten())
    _synced(scene.app)
    expect(scene.app.ask("unsent")["count"], 0, "unsent entries")
    waiting = _save(scene.app, intensity=8)
    scene.proxy.faults.extend([new_start(answered=False), new_start()])
    _failing(scene.app)
    scene.app.restart()
    for _ in range(2):
        _synced(scene.app)
    for record_id, intensity in ((kept, 4), (lost, 6), (waiting, 8)):
        expect(_at_clinic(scene, record_id)["intensity"], intensity, "at the clinic")
        shown = scene.app.entry("pain_logs", record_id)["intensity"]
        expect(shown, intensity, "on the phone")
    expect(scene.app.ask("unsent")["count"], 0, "unsent entries")
    expect(scene.server.digest()["pain_logs"]["count"], before + 3, "records stored")


@PHONE.add
def withdrawing(scene: Scene) -> None:
    """A withdrawn entry stays, with the time at which it was taken back."""
    record_id = _save(scene.app)
    _synced(scene.app)
    scene.app.ask("withdraw", collection="pain_logs", id=record_id)
    _synced(scene.app)
    if _at_clinic(scene, record_id)["withdrawn_at"] is None:
        raise Broken("the withdrawal did not arrive")


@PHONE.add
def null_is_not_zero(scene: Scene) -> None:
    """An unanswered question arrives as null, and an answer of 0 as 0."""
    record_id = _save(scene.app, intensity=0, worst=None)
    _synced(scene.app)
    kept = _at_clinic(scene, record_id)
    expect((kept["intensity"], kept["worst"]), (0, None), "intensity and worst")


@PHONE.add
def a_new_installation(scene: Scene) -> None:
    """A new installation fetches the whole diary, and can prove that it has it."""
    for _ in range(3):
        _save(scene.app)
    _synced(scene.app)
    with scene.another() as other:
        _synced(other)
        entries = other.ask("entries", collection="pain_logs")["entries"]
    names = ("id", *client_fields("pain_logs"))
    own = [{name: entry.get(name) for name in names} for entry in entries]
    expect(
        digest_of(own, "pain_logs"),
        scene.server.digest()["pain_logs"],
        "digest of what the new installation shows",
    )


@PHONE.add
def a_withdrawn_consent(scene: Scene) -> None:
    """While consent is withdrawn, entries stay on the phone; afterwards they arrive."""
    version = scene.server.request("GET", "/api/v1/consent").body["version"]
    scene.server.command("/api/v1/me/consent", version=version)
    scene.server.command("/api/v1/me/consent/withdraw")
    record_id = _save(scene.app)
    _synced(scene.app)
    expect(scene.app.entry("pain_logs", record_id)["intensity"], 4, "the entry")
    scene.server.command("/api/v1/me/consent", version=version)
    _synced(scene.app)
    expect(_at_clinic(scene, record_id)["intensity"], 4, "at the clinic")
    expect(scene.app.ask("unsent")["count"], 0, "unsent entries")
