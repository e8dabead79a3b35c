"""Who is told when nobody answers: in order, and never before its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import transaction

from alerts.domain import states, targets
from alerts.models import Alert, Delivery, Shift
from alerts.selectors import plans, schedule
from alerts.services import answering, escalating, handing_over, sweeping, telling
from backend.metrics import Work
from tests.factories import make_clinician
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tracker.models import Heartbeat, Membership


SECOND = timedelta(seconds=1)
HALF_HOUR = timedelta(minutes=30)
QUARTER = timedelta(minutes=15)


def mailed(alert: Alert) -> list[set[int]]:
    """Return the people mailed, wave by wave."""
    rows = Delivery.objects.filter(alert=alert, channel="email").order_by("wave")
    waves: dict[int, set[int]] = {}
    for row in rows:
        waves.setdefault(row.wave, set()).add(row.recipient_id)
    return list(waves.values())


def everybody(ward: Ward) -> set[int]:
    return {ward.duty.pk, ward.second.pk, ward.administrator.pk}


def test_an_emergency_goes_on_until_somebody_answers(ward: Ward) -> None:
    alert = make_alert(ward)
    expected = [{ward.duty.pk}]
    for hop, quarters in enumerate((1, 2, 4, 6, 8), start=1):
        due = NOW + quarters * QUARTER
        sweeping.sweep(now=due - SECOND)
        assert mailed(alert) == expected  # not one second before its time
        sweeping.sweep(now=due)
        sweeping.sweep(now=due)  # a second sweep adds nothing
        expected.append({ward.second.pk} if hop == 1 else everybody(ward))
        assert mailed(alert) == expected
    actions = list(
        alert.log.exclude(action__in=("sent", "notify"))
        .order_by("pk")
        .values_list("action", "detail__step")
    )
    assert actions == [
        ("opened", None),
        ("told", 1),
        ("escalated", 2),
        *[("escalated", 3), ("exhausted", 3)] * 4,
    ]
    answering.acknowledge(alert.pk, by=ward.second, now=NOW + timedelta(hours=3))
    sweeping.sweep(now=NOW + timedelta(hours=4))
    assert mailed(alert) == expected


def test_an_urgent_alert_ends_with_the_last_resort_and_stays_visible(
    ward: Ward,
) -> None:
    alert = make_alert(ward, rule="R06", tier="urgent", category="motor")
    times: list[datetime] = []
    for _ in range(2):
        alert.refresh_from_db()
        assert alert.next_step_at
        times.append(alert.next_step_at)
        sweeping.sweep(now=alert.next_step_at - SECOND)
        sweeping.sweep(now=alert.next_step_at)
    # Half of the target of four working hours, and all of it.
    assert [at - NOW for at in times] == [timedelta(hours=2), timedelta(hours=4)]
    sweeping.sweep(now=NOW + timedelta(days=30))
    assert mailed(alert) == [{ward.duty.pk}, {ward.second.pk}, everybody(ward)]
    alert.refresh_from_db()
    assert (alert.state, alert.next_step_at, alert.step) == ("notified", None, 3)


def test_a_sweep_that_slept_takes_one_step_not_all(ward: Ward) -> None:
    alert = make_alert(ward)
    late = NOW + timedelta(hours=7)
    sweeping.sweep(now=late)
    alert.refresh_from_db()
    assert (alert.step, alert.next_step_at) == (2, late + QUARTER)


def test_a_late_worker_with_an_old_token_does_nothing(ward: Ward) -> None:
    alert = make_alert(ward)
    assert alert.next_step_at
    assert not escalating._take(alert.pk, uuid4(), now=alert.next_step_at)


def test_a_clock_that_jumped_ahead_and_back_delays_nobody(ward: Ward) -> None:
    next_year = NOW + timedelta(days=365)
    alert = make_alert(ward, now=next_year)
    sweeping.sweep(now=NOW)
    alert.refresh_from_db()
    assert alert.next_step_at == NOW + QUARTER
    sweeping.sweep(now=NOW + QUARTER)
    alert.refresh_from_db()
    assert alert.step == 2


@pytest.mark.parametrize("tier", ["emergency", "urgent", "soon"])
def test_a_clock_that_was_ahead_when_it_was_taken_delays_no_reminder(
    ward: Ward, tier: str
) -> None:
    alert = make_alert(ward, rule="R06", tier=tier, category="motor")
    answering.acknowledge(alert.pk, by=ward.duty, now=NOW + timedelta(days=365))
    sweeping.sweep(now=NOW)
    alert.refresh_from_db()
    fair = targets.outcome_by(
        tier, calendar=plans.plan_of(alert, now=NOW).calendar, now=NOW
    )
    assert alert.next_step_at == fair
    assert fair
    sweeping.sweep(now=fair)
    assert alert.log.filter(action="reminded").count() == 1


def test_without_a_rota_every_clinician_of_the_team_is_told(ward: Ward) -> None:
    Shift.objects.all().delete()
    alert = make_alert(ward)
    assert mailed(alert) == [{ward.duty.pk, ward.second.pk}]
    sweeping.sweep(now=NOW + HALF_HOUR)
    assert mailed(alert)[1] == {ward.administrator.pk}


def test_a_patient_without_a_team_reaches_the_clinics_clinicians(ward: Ward) -> None:
    ward.patient.care_team = None
    ward.patient.save()
    outside = make_clinician(ward.clinic)
    assert mailed(make_alert(ward)) == [{ward.duty.pk, ward.second.pk, outside.pk}]


def test_who_may_not_see_the_patient_is_not_told(ward: Ward) -> None:
    # On the rota, but no longer in the team; and one whose account is closed.
    ward.team.members.remove(Membership.objects.get(user=ward.duty))
    assert mailed(make_alert(ward)) == [{ward.second.pk}]
    ward.second.is_active = False
    ward.second.save()
    other = make_alert(ward, category="vascular", rule="R17")
    assert mailed(other) == [{ward.administrator.pk}]


def test_an_alert_that_reaches_nobody_is_loud_and_waits_for_somebody(
    ward: Ward, caplog
) -> None:
    Membership.objects.all().delete()
    alert = make_alert(ward)
    assert "an alert reaches nobody" in caplog.text
    assert (alert.step, mailed(alert)) == (0, [])
    assert schedule.counters(NOW)["alerts_nobody_reachable"] == 1
    newcomer = make_clinician(team=ward.team)
    sweeping.sweep(now=NOW + timedelta(minutes=10))
    alert.refresh_from_db()
    assert (alert.step, mailed(alert)) == (1, [{newcomer.pk}])


def test_whoever_took_it_is_reminded_then_it_is_open_again(ward: Ward) -> None:
    alert = make_alert(ward)
    answering.acknowledge(alert.pk, by=ward.second, now=NOW)
    sweeping.sweep(now=NOW + timedelta(hours=4) - SECOND)
    assert not alert.log.filter(action="reminded").exists()
    reminder = NOW + timedelta(hours=4)
    sweeping.sweep(now=reminder)
    sweeping.sweep(now=reminder)
    assert mailed(alert) == [{ward.duty.pk}, {ward.second.pk}]
    alert.refresh_from_db()
    seq = alert.seq
    assert alert.state == "acknowledged"
    sweeping.sweep(now=reminder + HALF_HOUR)
    alert.refresh_from_db()
    assert alert.state == "notified"  # reopened, and already mailed in that sweep
    assert (alert.acknowledged_by, alert.step) == (None, 1)
    assert alert.seq > seq
    assert mailed(alert) == [{ward.duty.pk}, {ward.second.pk}, {ward.duty.pk}]
    assert alert.log.filter(action="reopen", to_state="open").count() == 1


@pytest.mark.parametrize("tier", ["urgent", "emergency"])
def test_falling_back_beside_an_open_alert_makes_one_of_two(
    ward: Ward, tier: str
) -> None:
    base = {"category": "motor", "side": "left"}
    first = make_alert(ward, rule="R06", tier="urgent", **base)
    answering.acknowledge(first.pk, by=ward.duty, now=NOW)
    other = make_alert(ward, rule="R07", tier=tier, **base)
    Alert.objects.filter(pk=other.pk).update(next_step_at=None)
    for _ in range(2):
        first.refresh_from_db()
        assert first.next_step_at
        sweeping.sweep(now=first.next_step_at)
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.state, first.superseded_by_id) == ("superseded", other.pk)
    assert other.covers == {"R06": [], "R07": []}
    assert other.flags.count() == 2


def test_falling_back_replaces_a_milder_open_alert(ward: Ward) -> None:
    base = {"category": "motor", "side": "left"}
    first = make_alert(ward, rule="R05", **base)
    answering.acknowledge(first.pk, by=ward.duty, now=NOW)
    other = make_alert(ward, rule="R07", tier="urgent", **base)
    sweeping.sweep(now=NOW + timedelta(hours=4))
    sweeping.sweep(now=NOW + timedelta(hours=5))
    first.refresh_from_db()
    other.refresh_from_db()
    assert other.superseded_by_id == first.pk
    assert first.state == "notified"


#: What staff and the patient are told, of each the one or the other.
TIER_PAIRS = list(product(("emergency", "urgent"), repeat=2))


@pytest.mark.parametrize("ahead", [True, False], ids=["ahead", "behind"])
@pytest.mark.parametrize("other", TIER_PAIRS, ids="/".join)
@pytest.mark.parametrize("taken", TIER_PAIRS, ids="/".join)
def test_of_two_alerts_that_become_one_nothing_gets_later_or_milder(
    ward: Ward, taken: tuple[str, str], other: tuple[str, str], *, ahead: bool
) -> None:
    first = open_with(ward, taken, ahead=ahead)
    answering.acknowledge(first.pk, by=ward.duty, now=NOW)
    second = open_with(ward, other, ahead=not ahead)
    before = [Alert.objects.get(pk=each.pk) for each in (first, second)]
    if not any(each.state in states.UNANSWERED for each in before):
        return  # the second joined what was taken
    with transaction.atomic():
        handing_over._reopen(first.pk, ward.patient.pk, now=NOW)
    one = Alert.objects.get(state__in=states.UNANSWERED)
    assert one.tier == targets.most_urgent(*(each.tier for each in before))
    told = targets.most_urgent(*(each.patient_tier for each in before))
    assert one.patient_tier == told
    assert told in one.patient_text
    assert one.examine_by == min(each.examine_by for each in before if each.examine_by)
    assert one.onset_on == min(each.onset_on for each in before if each.onset_on)
    assert one.acknowledge_by
    assert second.acknowledge_by
    assert one.acknowledge_by <= second.acknowledge_by
    assert one.flags.count() == 2
    assert set(one.covers) == {"R06", "R07"}
    for each in before:
        assert each.reason in one.reason


def open_with(ward: Ward, tiers: tuple[str, str], *, ahead: bool) -> Alert:
    """Open an alert of a danger that all of these share, the one ahead of the other."""
    tier, patient_tier = tiers
    return make_alert(
        ward,
        rule="R06" if ahead else "R07",
        tier=tier,
        category="motor",
        side="left",
        onset_on=(NOW - timedelta(days=9 if ahead else 2)).date(),
        examine_by=NOW + timedelta(hours=9 if ahead else 48),
        explanation=f"reason {ahead}",
        patient_text=f"text of {patient_tier}",
        evidence={"items": [], "patient_tier": patient_tier},
    )


def test_one_alert_that_breaks_holds_up_no_other(
    ward: Ward, monkeypatch, caplog
) -> None:
    broken = make_alert(ward)
    fine = make_alert(ward, category="vascular", rule="R17")
    real = telling.take_step

    def take_step(alert: Alert, *args, **kwargs) -> None:
        if alert.pk == broken.pk:
            message = "CANARY"
            raise RuntimeError(message)
        real(alert, *args, **kwargs)

    monkeypatch.setattr(telling, "take_step", take_step)
    sweeping.sweep(now=NOW + HALF_HOUR)
    fine.refresh_from_db()
    assert fine.step == 2
    assert "CANARY" not in caplog.text


def test_the_auditor_sees_what_the_sweep_left(ward: Ward, caplog) -> None:
    alert = make_alert(ward)
    sweeping.sweep(now=NOW)
    assert not any(sweeping.audit(now=NOW).values())
    late = NOW + timedelta(minutes=33)
    assert list(schedule.alerts_behind_schedule(late)) == [alert]
    counted = sweeping.audit(now=late)
    assert counted["alerts_behind_schedule"] == 1
    assert counted["alerts_unanswered_past_target"] == 1
    assert "alerts are behind schedule" in caplog.text
    gauges = {gauge.name: gauge for gauge in Work().collect()}
    assert "alerts_behind_schedule" in str(gauges["rootwatch_alerts_wrong"].samples)
    sweeping.sweep(now=late)
    assert schedule.counters(late)["alerts_behind_schedule"] == 0


def test_both_jobs_say_that_they_came_to_their_end(ward: Ward) -> None:
    from alerts import tasks

    tasks.sweep()
    tasks.audit()
    names = set(Heartbeat.objects.values_list("name", flat=True))
    assert {"alerts.sweep", "alerts.audit"} <= names


def test_steps_that_fail_for_ever_hold_up_no_other(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalating, "STEPS", 8)
    for number in range(20):
        make_alert(ward, category=f"broken {number}")
    Alert.objects.update(plan={"steps": "none"})
    milder = make_alert(ward, tier="soon", category="whole")
    due = milder.next_step_at
    assert due
    for _ in range(100):
        sweeping.sweep(now=due)
        milder.refresh_from_db()
        if milder.step > 1:
            break
    assert milder.step == 2


def test_a_broken_step_that_a_clock_put_far_ahead_stops_no_sweep(ward: Ward) -> None:
    make_alert(ward, category="broken")
    Alert.objects.update(plan={"steps": "none"}, next_step_at=NOW + timedelta(days=9))
    whole = make_alert(ward, category="whole")
    assert whole.next_step_at
    sweeping.sweep(now=whole.next_step_at)
    whole.refresh_from_db()
    assert whole.step == 2
