"""From flags to alerts: open, join, tell again, or replace by a higher tier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from alerts.domain import dedupe, states, targets
from alerts.domain.dedupe import Danger, Standing, Verdict
from alerts.models import Alert
from alerts.selectors import plans, recipients
from alerts.services import escalating, telling
from alerts.services.inheriting import inherit, joined, soonest
from alerts.services.moves import move, note
from analytics.models import Flag
from tracker.models import SyncCounter
from tracker.services.counter import next_change_number


def open_alerts_for_flags(flags: Iterable[Flag], now: datetime) -> list[Alert]:
    """Make sure that every open flag is somebody's alert; return the alerts it changed.

    Called twice it does nothing the second time. Runs inside the caller's
    transaction when there is one, so that the flag and its alert appear together.
    """
    by_patient = sorted((flag.patient_id, flag.pk) for flag in flags)
    changed: list[Alert] = []
    with transaction.atomic():
        for patient_id, pairs in groupby(by_patient, key=lambda pair: pair[0]):
            ids = [flag_id for _, flag_id in pairs]
            changed += _for_patient(patient_id, ids, now=now)
    return changed


def danger_of(flag: Flag) -> Danger:
    """Return what the policy needs to know of a flag."""
    return Danger(
        rule=flag.rule,
        tier=flag.tier,
        patient_tier=_patient_tier(flag),
        category=flag.category,
        side=flag.side,
        items=dedupe.items_of(_evidence(flag)),
    )


def _for_patient(
    patient_id: UUID, flag_ids: Sequence[UUID], *, now: datetime
) -> list[Alert]:
    # The counter's lock makes one patient's alerts a single file, as it does for sync.
    SyncCounter.objects.select_for_update().get(patient_id=patient_id)
    flags = Flag.objects.filter(
        pk__in=flag_ids, status="open", tier__in=targets.ALERTING
    )
    changed = []
    for flag in sorted(flags, key=lambda flag: (targets.urgency(flag.tier), flag.key)):
        alert = _for_flag(flag, now=now)
        if alert is not None:
            changed.append(alert)
    return changed


def _for_flag(flag: Flag, *, now: datetime) -> Alert | None:
    danger = danger_of(flag)
    verdict, standing = dedupe.decide(danger, _standing(flag))
    if verdict is Verdict.NOTHING:
        return None
    if standing is None:
        return _open(flag, danger, now=now)
    old = Alert.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=standing.key
    )
    if verdict is Verdict.SUPERSEDE:
        return _supersede(old, flag, danger, now=now)
    _join(old, flag, danger, now=now)
    if verdict is Verdict.RENOTIFY:
        _tell_again(old, flag, now=now)
    if verdict is Verdict.WAKE:
        _new_words(old, flag)
        escalating.reopen(old, now=now, because="worse")
        telling.tell_patient(old, now=now)
    return old


def _standing(flag: Flag) -> list[Standing]:
    rows = Alert.objects.filter(
        Q(state__in=states.UNRESOLVED) | Q(flags=flag), patient=flag.patient_id
    ).distinct()
    holding = set(flag.alerts.values_list("pk", flat=True))
    return [
        Standing(
            key=alert.pk,
            state=alert.state,
            tier=alert.tier,
            patient_tier=alert.patient_tier,
            category=alert.category,
            side=alert.side,
            covers=dedupe.read(alert.covers),
            holds=alert.pk in holding,
        )
        for alert in rows
    ]


def _open(
    flag: Flag, danger: Danger, *, now: datetime, replaces: Alert | None = None
) -> Alert:
    alert = Alert(
        patient=flag.patient,
        category=flag.category,
        side=flag.side,
        tier=danger.tier,
        patient_tier=danger.patient_tier,
        reason=flag.explanation or flag.clinician_text,
        patient_title=flag.patient_title,
        patient_text=flag.patient_text,
        onset_on=flag.onset_on,
        opened_at=now,
        examine_by=flag.examine_by,
        covers=dedupe.written(dedupe.merged({}, danger)),
    )
    # What somebody has answered, by taking it or by letting it sleep, is answered: the
    # danger that replaces it has a time of its own.
    waits = replaces if replaces and replaces.state in states.UNANSWERED else None
    if replaces is not None:
        inherit(alert, replaces)
    alert.plan = plans.snapshot(alert, now=now)
    plan = plans.plan_of(alert, now=now)
    alert.acknowledge_by = soonest(
        plan.answer_by(alert.tier, now=now),
        waits and waits.acknowledge_by,
    )
    alert.seq = next_change_number(flag.patient_id, analyse=False)
    alert.save(force_insert=True)
    alert.flags.add(flag, *(replaces.flags.all() if replaces else ()))
    note(
        alert.pk,
        "opened",
        now=now,
        states_between=("", alert.state),
        detail={"flag": str(flag.pk)},
    )
    telling.tell_patient(alert, now=now)
    step = min(waits.step or 1 if waits else 1, plan.last_step(alert.tier))
    telling.take_step(alert, step, now=now, because="opened")
    if replaces is not None:
        telling.tell_staff(alert, recipients.told_of(replaces), now=now)
    return alert


def _supersede(old: Alert, flag: Flag, danger: Danger, *, now: datetime) -> Alert:
    # The old one must be out of the way of the constraint before the new one comes.
    new_seq = next_change_number(flag.patient_id, analyse=False)
    move(
        old.pk,
        "supersede",
        by=None,
        now=now,
        seq=new_seq,
        next_step_at=None,
        snoozed_until=None,
    )
    telling.drop_messages(old.pk)
    new = _open(flag, danger, now=now, replaces=old)
    Alert.objects.filter(pk=old.pk).update(superseded_by=new)
    return new


def _join(alert: Alert, flag: Flag, danger: Danger, *, now: datetime) -> None:
    known = dedupe.read(alert.covers)
    if not dedupe.covered(danger, known):
        alert.reason = joined(alert.reason, flag.explanation or flag.clinician_text)
    alert.covers = dedupe.written(dedupe.merged(known, danger))
    alert.onset_on = soonest(alert.onset_on, flag.onset_on)
    earlier = soonest(alert.examine_by, flag.examine_by)
    fields = ["reason", "covers", "onset_on"]
    if earlier != alert.examine_by:  # the patient sees the deadline
        alert.examine_by = earlier
        alert.seq = next_change_number(alert.patient_id, analyse=False)
        fields += ["examine_by", "seq"]
        if alert.snoozed_until:
            alert.snoozed_until = alert.next_step_at = min(alert.snoozed_until, earlier)
            fields += ["snoozed_until", "next_step_at"]
    alert.save(update_fields=fields)
    alert.flags.add(flag)
    note(alert.pk, "joined", now=now, detail={"flag": str(flag.pk)})


def _tell_again(alert: Alert, flag: Flag, *, now: datetime) -> None:
    """Tell everybody who was told, and the patient, of a new item of their danger.

    The clock of the escalation keeps running: news must not buy anybody time.
    """
    _new_words(alert, flag)
    people = recipients.told_of(alert)
    telling.new_wave(alert)
    telling.tell_patient(alert, now=now)
    telling.tell_staff(alert, people, now=now)
    note(alert.pk, "told_again", now=now, detail={"people": list(people)})


def _new_words(alert: Alert, flag: Flag) -> None:
    """Let the patient read what is new, and say so again."""
    alert.patient_title, alert.patient_text = flag.patient_title, flag.patient_text
    alert.patient_acknowledged_at, alert.patient_answer = None, ""
    alert.seq = next_change_number(alert.patient_id, analyse=False)
    alert.save(
        update_fields=[
            "patient_title",
            "patient_text",
            "patient_acknowledged_at",
            "patient_answer",
            "seq",
        ]
    )


def _patient_tier(flag: Flag) -> str:
    told = _evidence(flag).get("patient_tier")
    return told if told in targets.TIERS else flag.tier


def _evidence(flag: Flag) -> dict[str, Any]:
    """Return the evidence; whatever its shape, a flag must be able to alert."""
    return flag.evidence if isinstance(flag.evidence, dict) else {}
