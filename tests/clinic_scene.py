"""A small clinic with one patient for each thing the dashboard has to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.models import Alert, Delivery
from analytics.models import Flag
from tests import factories
from tracker.models import (
    Device,
    NumbnessLog,
    PainLog,
    Patient,
    RedFlagCheck,
    User,
    WeaknessLog,
)
from tracker.services.counter import next_change_number
from tracker.services.heartbeat import beat


#: Days before today without a single entry, so that a chart has a gap.
SILENT_DAYS = range(20, 29)


@dataclass(frozen=True, kw_only=True)
class Scene:
    nurse: User
    colleague: User
    emergency: Alert
    urgent: Alert
    soon: Alert
    quiet: Patient


def make_scene(*, now: datetime) -> Scene:
    clinic = factories.make_clinic(name="Spine clinic", phone="030 555", timezone="UTC")
    team = factories.make_team(clinic)
    nurse = factories.make_clinician(team=team, email="nurse@clinic.example")
    nurse.name = "Nora Nurse"
    nurse.save()
    colleague = factories.make_clinician(team=team, email="surgeon@clinic.example")
    colleague.name = "Sam Surgeon"
    colleague.save()
    factories.put_on_call(team, nurse)
    beat("alerts.sweep", now=now)
    dropped, numb, weaker, quiet = (
        factories.make_patient(team=team, name=name, timezone="UTC")
        for name in ("Ana Drop", "Ben Numb", "Cleo Creep", "Dora Quiet")
    )
    write_diary(dropped, today=now.date())
    scene = Scene(
        nurse=nurse,
        colleague=colleague,
        soon=make_alert(weaker, tier="soon", hours=30, now=now),
        emergency=make_alert(dropped, tier="emergency", hours=1, now=now),
        urgent=make_alert(numb, tier="urgent", hours=5, now=now),
        quiet=quiet,
    )
    Device.objects.create(
        patient=quiet,
        device_id="7a3ab08e-3b0c-4d39-8b2a-6f9d3f2a9a11",
        first_seen_at=now - timedelta(days=40),
        last_seen_at=now - timedelta(days=2),
        last_entry_at=now - timedelta(days=9),
    )
    return scene


def make_alert(
    patient: Patient, *, tier: str, hours: int, now: datetime, **fields
) -> Alert:
    """Open an alert of a foot drop, resting on the patient's latest heel walk."""
    opened_at = now - timedelta(hours=hours)
    flag = make_flag(patient, tier=tier, at=opened_at)
    alert = Alert.objects.create(
        **{
            "patient": patient,
            "category": "motor",
            "side": "left",
            "tier": tier,
            "patient_tier": tier,
            "reason": flag.explanation,
            "patient_title": flag.patient_title,
            "patient_text": flag.patient_text,
            "onset_on": flag.onset_on,
            "opened_at": opened_at,
            "examine_by": flag.examine_by,
            "acknowledge_by": opened_at + timedelta(hours=2),
            "seq": next_change_number(patient.pk, analyse=False),
        }
        | fields
    )
    alert.flags.add(flag)
    _tell(alert)
    return alert


def _tell(alert: Alert) -> None:
    """Note that the first of the care team has been sent a mail."""
    team = User.objects.filter(memberships__care_teams=alert.patient.care_team)
    Delivery.objects.create(
        alert=alert,
        recipient=team.order_by("pk")[0],
        channel="email",
        step=1,
        state="sent",
        created_at=alert.opened_at,
        due_at=alert.opened_at,
        sent_at=alert.opened_at,
    )


def make_flag(patient: Patient, *, tier: str, at: datetime) -> Flag:
    tests = WeaknessLog.objects.filter(patient=patient, side="left")
    cited = [
        {
            "collection": "weakness_logs",
            "id": test.pk,
            "day": test.local_day.isoformat(),
            "value": test.score,
        }
        for test in tests.order_by("-local_day")[:2]
    ]
    return Flag.objects.create(
        patient=patient,
        key=f"R05 left {tier} {at}",
        rule="R05",
        rule_version="1",
        tier=tier,
        category="motor",
        side="left",
        likely_roots={"L5": 0.62, "L4": 0.27, "S1": 0.11},
        onset_on=at.date(),
        raised_on=at.date(),
        raised_at=at,
        evidence={"entries": cited, "numbers": {"baseline": 3, "score": 1}},
        explanation="Left heel walk fell from 3 to 1 of 3, confirmed by a second test.",
        patient_title="You need to be examined",
        patient_text="Your left foot has become weaker. You need to be examined.",
        examine_by=at + timedelta(days=1),
    )


def write_diary(patient: Patient, *, today: date, days: int = 60) -> None:
    """Keep a diary with a gap, a foot that drops yesterday, and one withdrawn entry."""
    episode = factories.make_episode(patient, side="left")
    factories.make_treatment(episode, started_on=today - timedelta(days=35))
    for ago in reversed(range(days)):
        if ago in SILENT_DAYS:
            continue
        day = today - timedelta(days=ago)
        for side, pain in (("left", 7 if ago > 8 else 4), ("right", 1)):
            factories.make_entry(
                PainLog, patient, local_day=day, site="leg", side=side, intensity=pain
            )
        factories.make_entry(
            NumbnessLog,
            patient,
            local_day=day,
            side="left",
            intensity=3,
            kind="tingling",
        )
        if ago % 2 == 0 or ago <= 1:
            for side in ("right", "left"):
                score = 1 if side == "left" and ago <= 1 else 3
                factories.make_entry(
                    WeaknessLog,
                    patient,
                    local_day=day,
                    side=side,
                    test="heel_walk",
                    score=score,
                )
    factories.make_entry(
        PainLog,
        patient,
        local_day=today,
        site="back",
        intensity=9,
        withdrawn_at=datetime.fromisoformat(f"{today}T01:00:00+00:00"),
    )
    factories.make_entry(
        RedFlagCheck,
        patient,
        local_day=today - timedelta(days=3),
        urine_leak="new",
        both_legs="no",
    )
