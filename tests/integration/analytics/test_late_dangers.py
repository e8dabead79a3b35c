"""What a phone sends late is stored no lower than a replay of its day says."""

from __future__ import annotations

from datetime import timedelta

from analytics import frames
from analytics.domain import pipeline
from analytics.models import Flag
from analytics.services.analyse import analyse_patients
from tests.factories import make_episode, make_treatment
from tests.integration.analytics.conftest import check, heel_walk


def days(now, first: int, last: int):
    return [now - timedelta(days=ago) for ago in range(first, last, -1)]


def tiers_of(rule: str) -> list[str]:
    return sorted(Flag.objects.filter(rule=rule).values_list("tier", flat=True))


def test_late_fever_beside_a_drop_that_is_closed_is_stored_as_an_emergency(
    patient, phone, now
):
    strong = [heel_walk(day, 3) for day in days(now, 35, 20)]
    drop = heel_walk(now - timedelta(days=19), 0, 0)
    phone.sync({"weakness_logs": [*strong, drop]})
    analyse_patients([patient.pk], now)
    Flag.objects.update(status="closed")  # and raised more than two weeks ago
    fever = check(now - timedelta(days=16), fever_or_rigors="new")
    phone.sync({"red_flag_checks": [fever]})
    assert tiers_of("R18") == ["urgent"]  # the push knows of no drop

    (replayed,) = [
        each
        for each in pipeline.replay(frames.diary_of_patients([patient.pk]))[
            str(patient.pk)
        ]
        if each.rule == "R18"
    ]
    assert replayed.tier == "emergency"
    for _ in range(2):
        analyse_patients([patient.pk], now)
        assert tiers_of("R18") == ["emergency", "urgent"]
    flag = Flag.objects.get(rule="R18", tier="emergency")
    assert flag.evidence["entries"][0]["id"] == fever["id"]
    assert flag.raised_on == replayed.raised_on
    assert flag.late
    assert flag.alerts.exists()


def test_a_late_drop_after_an_injection_is_stored_once(patient, phone, now):
    make_treatment(
        make_episode(patient),
        kind="epidural_steroid_injection",
        started_on=(now - timedelta(days=20)).date(),
    )
    strong = [heel_walk(day, 3) for day in days(now, 35, 20)]
    drop = [heel_walk(now - timedelta(days=ago), 2, 2) for ago in (18, 17)]
    phone.sync({"weakness_logs": [*strong, *drop]})
    assert not tiers_of("R19")  # older than what a push calls new
    for _ in range(2):
        analyse_patients([patient.pk], now)
        assert tiers_of("R19") == ["emergency"] * 2
    flag = Flag.objects.filter(rule="R19").first()
    assert flag.patient_title == "You need emergency care now"
