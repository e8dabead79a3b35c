"""A clinician's word reaches the analysis at once, and a flag keeps what it knew."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from alerts.models import Alert
from analytics.models import AnalysisState, Flag
from analytics.services import claims
from analytics.services.analyse import analyse_patients
from tests.factories import make_baseline, make_clinician, make_episode
from tests.integration.analytics.conftest import heel_walk
from tracker.services import clinical


def scores(now, *runs):
    """Return heel walks, the last yesterday: (score, days) by run."""
    days = [score for score, count in runs for _ in range(count)]
    return [
        heel_walk(now - timedelta(days=len(days) - place), score)
        for place, score in enumerate(days)
    ]


@pytest.fixture
def stable(patient, phone, now):
    """A leg that has been a step lower for twelve days, and its flags."""
    phone.sync({"weakness_logs": scores(now, (3, 24), (2, 12))})
    return make_episode(patient)


def accept(episode, now, *, ago):
    return make_baseline(episode, value=2, from_day=(now - timedelta(days=ago)).date())


def has_news(patient, now):
    shard = claims.claim_one(patient.pk, now)
    if shard is not None:
        claims.release(shard)
    return shard is not None


def explained(flag):
    out = StringIO()
    call_command("explain", str(flag.pk), stdout=out)
    return out.getvalue()


def test_what_is_accepted_is_compared_with(patient, stable, now):
    accept(stable, now, ago=12)
    analyse_patients([patient.pk], now)
    assert not Flag.objects.filter(rule="R06").exists()
    assert AnalysisState.objects.get().baselines["heel_walk|left"] == 2


def test_the_patient_waits_for_an_analysis_at_once(patient, stable, now):
    analyse_patients([patient.pk], now)
    assert not has_news(patient, now)
    baseline = accept(stable, now, ago=1)
    assert has_news(patient, now)
    analyse_patients([patient.pk], now)
    clinical.withdraw_baseline(
        baseline, why="wrong leg", by=make_clinician(patient.clinic), now=now
    )
    assert has_news(patient, now)


def test_a_flag_stays_and_tells_what_it_was_raised_with(patient, phone, now):
    phone.sync({"weakness_logs": scores(now, (3, 20), (2, 12), (1, 8))})
    episode = make_episode(patient)
    baseline = accept(episode, now, ago=19)
    analyse_patients([patient.pk], now)
    flag = Flag.objects.filter(rule="R06", tier="urgent").latest("raised_on")
    assert flag.evidence["baselines"] == [
        {
            "signal": "test_heel_walk",
            "side": "left",
            "from": baseline.from_day.isoformat(),
            "value": 2.0,
        }
    ]
    before = explained(flag)
    assert f"heel walk, left = 2 from {baseline.from_day}" in before
    assert "the same flag is raised." in before
    # What is accepted or withdrawn afterwards changes no flag, nor how it is explained.
    Alert.objects.update(state="acknowledged", acknowledged_at=now)
    accept(episode, now, ago=8)
    clinical.withdraw_baseline(
        baseline, why="wrong leg", by=make_clinician(patient.clinic), now=now
    )
    assert explained(flag) == before


def test_withdrawing_finds_what_was_hidden(patient, stable, now):
    baseline = accept(stable, now, ago=12)
    analyse_patients([patient.pk], now)
    clinical.withdraw_baseline(
        baseline, why="wrong leg", by=make_clinician(patient.clinic), now=now
    )
    analyse_patients([patient.pk], now)
    assert Flag.objects.filter(rule="R06", tier="urgent").exists()


def test_a_recovered_leg_that_falls_again_is_an_emergency_in_the_push(
    patient, phone, now
):
    phone.sync({"weakness_logs": scores(now, (1, 10), (3, 24))})
    episode = make_episode(patient)
    low = heel_walk(now, 1, 1)
    withdrawn = low | {"withdrawn_at": now.isoformat()}
    assert not phone.sync({"weakness_logs": [low]})["guidance"]
    phone.sync({"weakness_logs": [withdrawn]})
    day = (now - timedelta(days=20)).date()
    make_baseline(episode, value=3, from_day=day)
    again = heel_walk(now, 1, 1, name="heel-walk-again-1")
    (told,) = phone.sync({"weakness_logs": [again]})["guidance"]
    assert (told["rule"], told["tier"]) == ("R05", "emergency")
    # The analysis finds the same, and tells it once.
    analyse_patients([patient.pk], now)
    flag = Flag.objects.get(rule="R05", tier="emergency")
    assert flag.evidence["source"] == "red_flags"
    assert "the same flag is raised." in explained(flag)
