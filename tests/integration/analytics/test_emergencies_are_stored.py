"""Whatever was told, acknowledged or closed before: each emergency is stored and open.

Drawn diaries arrive through the real sync, several days at once, are analysed now and
then, and clinicians answer in between. In the end every emergency of a replay that
knows nothing of all that is a flag, and an alert was opened for it.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from alerts.models import Alert
from analytics import frames
from analytics.domain import pipeline
from analytics.domain.rules import CATALOGUE
from analytics.models import Flag
from analytics.services.analyse import analyse_patients
from tests.factories import make_patient
from tests.integration.analytics.conftest import check, heel_walk
from tests.integration.sync.conftest import Phone
from tests.integration.sync.conftest import token_of as sync_token


#: All of it is new to the red flags, however late a phone sends it.
DAYS = 13
PEOPLE = 5
SCORES = [(3,)] * 6 + [(2, 2), (1,), (1, 1), (0, 0), (0,)]
ANSWERS = ["urine_leak", "saddle_anal_numbness", "fever_or_rigors", "cold_or_pale_foot"]


def evening(dice: Random, at) -> dict[str, list]:
    """Return what somebody logs on an evening: mostly strong, seldom a danger."""
    scores = dice.choice(SCORES) if at.day % 2 or dice.random() < 0.5 else (3,)
    repeat = scores[1] if len(scores) > 1 else None
    told = {"weakness_logs": [heel_walk(at, scores[0], repeat)]}
    if dice.random() < 0.3:
        told["red_flag_checks"] = [check(at, **{dice.choice(ANSWERS): "new"})]
    return told


def answer_some(dice: Random, now) -> None:
    """Let clinicians acknowledge or resolve what there is, which closes its flags."""
    for alert in Alert.objects.filter(state__in=("open", "notified")):
        state = dice.choice(["acknowledged", "resolved", "resolved"])
        Alert.objects.filter(pk=alert.pk).update(
            state=state, acknowledged_at=now, resolved_at=now
        )
        if state == "resolved":
            alert.flags.update(status="closed", outcome="false_alarm")


def keep_diaries(dice: Random, patients, now) -> None:
    phones = {patient.pk: Phone(sync_token(patient.user)) for patient in patients}
    waiting: dict = {patient.pk: {} for patient in patients}
    for ago in range(DAYS, -1, -1):
        at = now - timedelta(days=ago, minutes=30)
        for patient_id, phone in phones.items():
            for name, records in evening(dice, at).items():
                waiting[patient_id].setdefault(name, []).extend(records)
            if ago == 0 or dice.random() < 0.3:
                phone.sync(waiting[patient_id])
                waiting[patient_id] = {}
        if ago == 0 or dice.random() < 0.35:
            analyse_patients(list(phones), now)
            answer_some(dice, now)


@pytest.mark.django_db
def test_nothing_that_is_stored_hides_an_emergency(now):
    patients = [make_patient(timezone="UTC") for _ in range(PEOPLE)]
    keep_diaries(Random(1), patients, now)  # noqa: S311 - the same diaries each time
    ids = [patient.pk for patient in patients]
    found = pipeline.replay(
        frames.diary_of_patients(ids), start=(now - timedelta(days=27)).date()
    )
    emergencies = [
        (patient_id, each)
        for patient_id in ids
        for each in found.get(str(patient_id), [])
        if each.tier == "emergency"
    ]
    assert len({each.rule for _, each in emergencies}) >= 3  # else it proves nothing
    for patient_id, each in emergencies:
        within = timedelta(days=CATALOGUE[each.rule].refractory_days)
        stored = Flag.objects.filter(
            patient=patient_id,
            rule=each.rule,
            tier="emergency",
            side=each.side or "",
            raised_on__range=(each.raised_on - within, each.raised_on + within),
        )
        item = each.evidence["item"]
        same = [flag for flag in stored if not item or item in flag.evidence["items"]]
        assert same, (each.rule, each.side, item, each.raised_on)
        assert Alert.objects.filter(flags__in=same).exists()
