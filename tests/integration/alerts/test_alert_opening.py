"""A flag becomes somebody's alert, once, whatever is sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from alerts.models import Alert, Delivery
from alerts.selectors import patient as phone
from alerts.services import answering, sweeping
from alerts.services.opening import open_alerts_for_flags
from analytics.models import Flag
from analytics.signals import flags_raised
from tests.factories import CANARY
from tests.integration.alerts.conftest import (
    NOW,
    Ward,
    make_alert,
    make_flag,
    make_ward,
)
from tracker.domain.red_flags import RedFlag
from tracker.models import SyncCounter
from tracker.services.sync import readonly
from tracker.signals import red_flags_found


def told(alert: Alert) -> list[tuple[int, str, int]]:
    rows = Delivery.objects.filter(alert=alert).order_by("wave", "step", "channel")
    return [(row.recipient_id, row.channel, row.wave) for row in rows]


def test_a_flag_opens_an_alert_for_the_patient_and_who_is_on_duty(ward: Ward) -> None:
    alert = make_alert(ward, items=("cannot_pass_urine",))
    assert alert.state == "open"
    assert alert.step == 1
    assert alert.acknowledge_by == NOW + timedelta(minutes=30)
    assert alert.next_step_at == NOW + timedelta(minutes=15)
    assert told(alert) == [
        (ward.patient.user_id, "in_app", 0),
        (ward.duty.pk, "email", 1),
        (ward.duty.pk, "in_app", 1),
    ]
    actions = [row.action for row in alert.log.order_by("pk")]
    assert actions == ["opened", "told"]


def test_the_same_flag_twice_changes_nothing(ward: Ward) -> None:
    alert = make_alert(ward)
    seq = SyncCounter.objects.get(patient=ward.patient).seq
    assert open_alerts_for_flags(list(alert.flags.all()), NOW) == []
    assert SyncCounter.objects.get(patient=ward.patient).seq == seq
    assert Alert.objects.count() == 1
    assert alert.log.count() == 2


def test_a_flag_of_the_same_danger_joins_without_noise(ward: Ward) -> None:
    first = make_alert(ward, rule="R06", tier="urgent", category="motor", side="left")
    second = make_alert(ward, rule="R07", tier="urgent", category="motor", side="left")
    assert first.pk == second.pk
    assert second.flags.count() == 2
    assert second.covers == {"R06": [], "R07": []}
    assert second.seq == first.seq  # nothing that the patient sees has changed
    assert told(second) == told(first)


def test_a_higher_tier_replaces_the_alert_and_buys_no_time(ward: Ward) -> None:
    old = make_alert(ward, rule="R06", tier="urgent", category="motor", side="left")
    later = NOW + timedelta(minutes=5)
    new = make_alert(ward, now=later, rule="R05", category="motor", side="left")
    old.refresh_from_db()
    assert (old.state, old.superseded_by_id, old.next_step_at) == (
        "superseded",
        new.pk,
        None,
    )
    assert new.tier == "emergency"
    assert new.flags.count() == 2
    assert new.acknowledge_by == later + timedelta(minutes=30)
    assert new.covers == {"R05": [], "R06": []}
    assert not Delivery.objects.filter(alert=old, step=1, state="queued").exists()


def test_a_replacement_starts_where_the_old_alert_had_come_to(ward: Ward) -> None:
    old = make_alert(ward, rule="R06", tier="urgent", category="motor", side="left")
    assert old.next_step_at
    sweeping.sweep(now=old.next_step_at)
    assert old.acknowledge_by
    later = old.acknowledge_by - timedelta(minutes=10)
    new = make_alert(ward, now=later, rule="R05", category="motor", side="left")
    assert new.step == 2
    emails = Delivery.objects.filter(alert=new, channel="email")
    assert {row.recipient_id for row in emails} == {ward.duty.pk, ward.second.pk}
    assert new.acknowledge_by == old.acknowledge_by


@pytest.mark.parametrize("other", [{"side": "right"}, {"category": "sensory"}])
def test_another_danger_is_another_alert(ward: Ward, other: dict[str, str]) -> None:
    base = {"rule": "R06", "tier": "urgent", "category": "motor", "side": "left"}
    assert make_alert(ward, **base).pk != make_alert(ward, **base | other).pk


def test_an_acknowledgement_covers_its_own_rule_only(ward: Ward) -> None:
    base = {"tier": "urgent", "category": "motor", "side": "left"}
    first = make_alert(ward, rule="R06", **base)
    answering.acknowledge(first.pk, by=ward.duty, now=NOW)
    assert make_alert(ward, rule="R06", **base).pk == first.pk
    assert make_alert(ward, rule="R07", **base).pk != first.pk


@pytest.mark.parametrize(
    "worse",
    [{"items": ["spread"]}, {"items": [], "severity": 2.0}],
    ids=["another body part", "a further step lost"],
)
def test_what_nobody_was_told_of_is_news_of_an_urgent_alert(
    ward: Ward, worse: dict[str, object]
) -> None:
    base = {"rule": "R06", "tier": "urgent", "category": "motor", "side": "left"}
    alert = make_alert(ward, **base)
    later = NOW + timedelta(minutes=20)
    again = make_alert(ward, now=later, **base, evidence=worse)
    assert again.pk == alert.pk
    waves = [(row, wave) for row, channel, wave in told(again) if channel == "email"]
    assert waves == [(ward.duty.pk, 1), (ward.duty.pk, 2)]
    assert again.next_step_at == alert.next_step_at  # the clock keeps running
    answering.acknowledge(alert.pk, by=ward.duty, now=later)
    assert make_alert(ward, now=later, **base, evidence=worse).pk == alert.pk
    deeper = {"items": ["spread"], "severity": 3.0}
    new = make_alert(ward, now=later, **base, evidence=deeper)
    assert (new.pk == alert.pk, new.state) == (False, "open")


def test_a_new_item_of_an_emergency_is_told_again_at_once(ward: Ward) -> None:
    alert = make_alert(ward, items=("saddle_numbness",))
    answering.patient_acknowledge(alert.pk, by=ward.patient.user, now=NOW)
    later = NOW + timedelta(minutes=20)
    again = make_alert(ward, now=later, items=("saddle_numbness", "cannot_pass_urine"))
    assert again.pk == alert.pk
    assert again.next_step_at == alert.next_step_at  # the clock keeps running
    assert again.patient_acknowledged_at is None
    assert again.seq > alert.seq
    waves = [(row, wave) for row, channel, wave in told(again) if channel == "email"]
    assert waves == [(ward.duty.pk, 1), (ward.duty.pk, 2)]


def test_a_flag_whose_items_grow_is_told_again(ward: Ward) -> None:
    alert = make_alert(ward, items=("saddle_numbness",))
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    flag = alert.flags.get()
    flag.evidence = {"items": ["saddle_numbness", "cannot_pass_urine"]}
    flag.save()
    sweeping.audit(now=NOW)  # the safety net finds it even when the signal was lost
    new = Alert.objects.exclude(pk=alert.pk).get()
    assert new.state == "open"
    # Resolving the older one must not close the flag that the newer one waits for.
    answering.resolve(alert.pk, by=ward.duty, outcome="examined_referred", now=NOW)
    flag.refresh_from_db()
    assert flag.status == "open"
    answering.resolve(new.pk, by=ward.duty, outcome="emergency_admission", now=NOW)
    flag.refresh_from_db()
    assert (flag.status, flag.outcome) == ("closed", "emergency_admission")


def test_what_only_the_patient_is_told_as_an_emergency(ward: Ward) -> None:
    evidence = {"items": ["x"], "patient_tier": "emergency"}
    alert = make_alert(ward, rule="R02", tier="urgent", evidence=evidence)
    assert (alert.tier, alert.patient_tier) == ("urgent", "emergency")


def test_information_alerts_nobody(ward: Ward) -> None:
    flag = make_flag(ward.patient, rule="R10", tier="info", category="pain")
    assert open_alerts_for_flags([flag], NOW) == []
    sweeping.sweep(now=NOW)
    assert not Alert.objects.exists()


def test_a_watch_waits_on_the_list_and_calls_nobody(ward: Ward) -> None:
    alert = make_alert(ward, rule="R11", tier="watch", category="pain")
    assert alert.next_step_at is alert.acknowledge_by is None
    assert {channel for _, channel, _ in told(alert)} == {"in_app"}


def test_the_signal_of_the_analysis_opens_alerts(ward: Ward) -> None:
    flag = make_flag(ward.patient)
    answers = flags_raised.send_robust(sender=None, flags=[flag], now=NOW)
    assert all(not isinstance(answer, Exception) for _, answer in answers)
    assert flag.alerts.count() == 1


def test_a_red_flag_in_a_push_is_an_alert_when_the_push_is_stored(ward: Ward) -> None:
    item = "cannot_pass_urine"
    found = RedFlag(
        rule="R01",
        version="1.0.0",
        tier="emergency",
        clinician_tier="emergency",
        category="red_flag",
        title=f"{CANARY} title",
        text=f"{CANARY} text",
        clinician_text=f"{CANARY} gist",
        collection="red_flag_checks",
        entry=None,
        items=(item,),
        side=None,
    )
    with transaction.atomic():
        red_flags_found.send_robust(
            sender=None, patient_id=ward.patient.pk, red_flags=[found], now=NOW
        )
    alert = Alert.objects.get()
    assert (alert.tier, alert.patient_tier) == ("emergency", "emergency")
    assert alert.covers == {"R01": [item]}
    assert alert.patient_text == f"{CANARY} text"


def test_a_flag_whose_signal_was_lost_is_found(ward: Ward) -> None:
    flag = make_flag(ward.patient, tier="soon")
    sweeping.sweep(now=NOW)
    assert flag.alerts.count() == 1


def test_one_bad_flag_does_not_hold_up_the_others(ward: Ward, caplog) -> None:
    other = make_ward()
    SyncCounter.objects.filter(patient=other.patient).delete()
    bad = make_flag(other.patient)
    good = make_flag(ward.patient, rule="R17", category="vascular")
    sweeping.sweep(now=NOW)
    assert Flag.objects.get(pk=good.pk).alerts.count() == 1
    assert bad.alerts.count() == 0
    assert "an alert could not be moved on" in caplog.text
    assert "CANARY" not in caplog.text


def test_many_bad_flags_hold_up_no_other(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "FLAGS", 8)
    other = make_ward()
    SyncCounter.objects.filter(patient=other.patient).delete()
    for _ in range(20):
        make_flag(other.patient)
    good = make_flag(ward.patient, tier="soon")
    for _ in range(100):
        sweeping.sweep(now=NOW)
        if good.alerts.exists():
            break
    assert good.alerts.count() == 1


@pytest.mark.parametrize(
    "evidence", [[], "x", {"items": "x"}, {"items": [1, None], "patient_tier": 7}]
)
def test_evidence_of_any_shape_alerts(ward: Ward, evidence: object) -> None:
    alert = make_alert(ward, evidence=evidence)
    assert alert.patient_tier == "emergency"
    sweeping.audit(now=NOW)
    assert Alert.objects.get().log.count() == 2


def test_the_phone_pulls_every_change_it_can_see(ward: Ward) -> None:
    read = readonly.readers()["alerts"]
    assert read is phone.changes
    before = SyncCounter.objects.get(patient=ward.patient).seq
    alert = make_alert(ward, items=("saddle_numbness",), examine_by=NOW)
    seen: list[int] = []

    def pull() -> str:
        last = seen[-1] if seen else before
        through = SyncCounter.objects.get(patient=ward.patient).seq
        ((seq, document),) = read(ward.patient.pk, last, through, 10)
        seen.append(seq)
        assert "CANARY person" not in str(document)
        return str(document["state"])

    assert pull() == "open"
    answering.patient_acknowledge(alert.pk, by=ward.patient.user, now=NOW)
    assert pull() == "open"
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW)
    assert pull() == "acknowledged"
    answering.resolve(alert.pk, by=ward.duty, outcome="surgery_planned", now=NOW)
    assert pull() == "resolved"
    assert seen == sorted(set(seen))
    assert read(ward.patient.pk, seen[-1], seen[-1] + 99, 10) == []
