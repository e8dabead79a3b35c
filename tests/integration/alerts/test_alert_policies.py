"""Policies and rotas in production: what an alert keeps, and what may still change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from alerts.models import Alert, Cover, EscalationPolicy, Holiday, Shift
from alerts.services import sweeping
from tests.factories import make_clinic, make_clinician, make_team, put_on_call
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.test_alert_escalation import HALF_HOUR, SECOND, mailed
from tracker.signals import patient_moved


URGENT = {"rule": "R06", "tier": "urgent", "category": "motor"}


def make_policy(ward: Ward, *steps: tuple, **fields) -> EscalationPolicy:
    made = EscalationPolicy.objects.create(
        clinic=ward.clinic, **{"weekdays": [0, 1, 2, 3, 4]} | fields
    )
    for whom, percent, *rest in steps:
        person = rest[0] if rest else None
        made.steps.create(whom=whom, after_percent=percent, person=person)
    return made


def test_a_policy_is_walked_as_it_is_written(ward: Ward) -> None:
    make_policy(
        ward,
        ("on_duty", 0),
        ("person", 50, ward.administrator),
        ("care_team", 100),
        emergency_minutes=20,
        last_resort_percent=150,
    )
    alert = make_alert(ward)
    assert alert.acknowledge_by == NOW + timedelta(minutes=20)
    expected = [
        {ward.duty.pk},
        {ward.administrator.pk},
        {ward.duty.pk, ward.second.pk},
        {ward.duty.pk, ward.second.pk, ward.administrator.pk},
    ]
    for minutes, waves in ((0, 1), (10, 2), (20, 3), (30, 4)):
        at = NOW + timedelta(minutes=minutes)
        sweeping.sweep(now=at - SECOND)
        assert mailed(alert) == expected[: max(waves - 1, 1)]
        sweeping.sweep(now=at)
        assert mailed(alert) == expected[:waves]


def test_an_urgent_alert_is_repeated_as_the_policy_says(ward: Ward) -> None:
    make_policy(ward, ("care_team", 0), last_resort_percent=100, repeat_count=2)
    alert = make_alert(ward, **URGENT)
    hops = 0
    while alert.next_step_at:
        sweeping.sweep(now=alert.next_step_at)
        alert.refresh_from_db()
        hops += 1
    assert (hops, alert.step, alert.repeat_count) == (3, 2, 2)
    assert len(mailed(alert)) == 4


def test_the_policy_of_a_team_goes_before_the_clinics(ward: Ward) -> None:
    make_policy(ward, ("administrators", 0))
    own = make_policy(ward, ("care_team", 0), care_team=ward.team)
    assert mailed(make_alert(ward)) == [{ward.duty.pk, ward.second.pk}]
    own.delete()
    assert mailed(make_alert(ward, **URGENT)) == [{ward.administrator.pk}]


def test_a_new_policy_leaves_a_running_alert_alone(ward: Ward) -> None:
    alert = make_alert(ward)
    make_policy(ward, ("administrators", 0), ("administrators", 10))
    sweeping.sweep(now=NOW + HALF_HOUR / 2 - SECOND)
    assert mailed(alert) == [{ward.duty.pk}]
    sweeping.sweep(now=NOW + HALF_HOUR / 2)
    assert mailed(alert) == [{ward.duty.pk}, {ward.second.pk}]
    assert alert.plan["on_duty"] == {
        "first": [ward.duty.pk],
        "second": [ward.second.pk],
    }


def test_a_cover_counts_also_for_a_running_alert(ward: Ward) -> None:
    alert = make_alert(ward)
    stand_in = make_clinician(team=ward.team)
    Cover.objects.create(
        care_team=ward.team,
        absent=ward.second,
        by=stand_in,
        starts_at=NOW + timedelta(minutes=10),
        ends_at=NOW + timedelta(hours=8),
    )
    sweeping.sweep(now=NOW + HALF_HOUR)
    assert mailed(alert) == [{ward.duty.pk}, {stand_in.pk}]


def test_whoever_is_on_duty_at_that_hour_is_told(ward: Ward) -> None:
    Shift.objects.filter(line=1).delete()
    night = make_clinician(team=ward.team)
    hours = ((ward.duty, time(8), time(20)), (night, time(20), time(8)))
    for who, starts, ends in hours:
        Shift.objects.create(
            care_team=ward.team, line=1, clinician=who, starts=starts, ends=ends
        )
    evening = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # 20:00 in Berlin
    before = make_alert(ward, now=evening - SECOND)
    after = make_alert(ward, now=evening, category="vascular", rule="R17")
    assert [mailed(before), mailed(after)] == [[{ward.duty.pk}], [{night.pk}]]


def test_a_holiday_of_the_clinic_moves_what_counts_working_hours(ward: Ward) -> None:
    Holiday.objects.create(clinic=ward.clinic, day=date(2026, 3, 2))
    assert make_alert(ward).acknowledge_by == NOW + HALF_HOUR
    urgent = make_alert(ward, **URGENT)
    assert urgent.acknowledge_by == NOW + timedelta(days=1, hours=3)
    sweeping.sweep(now=NOW)
    assert mailed(urgent) == [{ward.duty.pk}]  # told at once all the same


def test_a_moved_patients_alert_follows_the_new_clinics_policy(ward: Ward) -> None:
    alert = make_alert(ward)
    clinic = make_clinic()
    team = make_team(clinic)
    newcomer = make_clinician(team=team)
    put_on_call(team, newcomer)
    ward.patient.clinic, ward.patient.care_team = clinic, team
    ward.patient.save()
    EscalationPolicy.objects.create(
        clinic=clinic, weekdays=[0], emergency_minutes=10, last_resort_percent=100
    )
    patient_moved.send(None, patient_id=ward.patient.pk, now=NOW)
    moved = Alert.objects.get(pk=alert.pk)
    assert mailed(moved)[-1] == {newcomer.pk}
    assert moved.next_step_at == NOW + timedelta(minutes=10)


def test_a_jump_of_the_clock_is_seen_through_holidays(ward: Ward) -> None:
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(10)]
    Holiday.objects.bulk_create(Holiday(clinic=ward.clinic, day=day) for day in days)
    alert = make_alert(ward, **URGENT)
    at = alert.next_step_at
    sweeping.sweep(now=NOW)
    alert.refresh_from_db()
    assert alert.next_step_at == at  # ten days ahead, and rightly so
    Alert.objects.update(next_step_at=NOW + timedelta(days=40))
    sweeping.sweep(now=NOW)
    alert.refresh_from_db()
    assert alert.next_step_at == at
