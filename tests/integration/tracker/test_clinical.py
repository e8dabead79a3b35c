"""What clinicians record: who may, what is refused, and who hears of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.factories import (
    CANARY,
    client_of,
    make_administrator,
    make_clinician,
    make_episode,
    make_message,
    make_patient,
    make_team,
    make_treatment,
)
from tracker import signals
from tracker.models import (
    Episode,
    Exam,
    ExamFinding,
    SyncCounter,
    Treatment,
)
from tracker.models.clinical import FINDING_GRADES


pytestmark = pytest.mark.django_db

FINDING = {"kind": "power", "location": "L5", "side": "left", "grade": 3}
GOOD = {
    "exams": {"examined_on": "2026-03-02", "findings": [FINDING], "note": CANARY},
    "imaging": {"kind": "mri", "performed_on": "2026-03-02", "finding": CANARY},
    "neurophysiology": {"kind": "emg", "performed_on": "2026-03-02"},
    "treatments": {"kind": "discectomy", "started_on": "2026-03-02"},
    "outcomes": {"kind": "improved", "recorded_on": "2026-03-02"},
    "baselines": {
        "side": "left",
        "signal": "test_heel_walk",
        "value": 2.0,
        "from_day": timezone.now().date().isoformat(),
        "why": CANARY,
    },
}
#: Kinds that the analysis must hear of.
ANALYSED = ("exams", "treatments", "outcomes", "baselines")


@pytest.fixture
def episode():
    return make_episode()


@pytest.fixture
def clinician(episode):
    return client_of(make_clinician(episode.patient.clinic))


def seqs(patient):
    counter = SyncCounter.objects.get(patient=patient)
    return counter.seq, counter.diary_seq


@pytest.mark.parametrize("kind", GOOD)
def test_a_record_is_made_and_listed(kind, episode, clinician):
    url = f"/api/v1/episodes/{episode.pk}/{kind}"
    made = clinician.post(url, GOOD[kind])
    assert made.status_code == 201, made.json()
    (row,) = clinician.get(url).json()["results"]
    assert row == made.json()
    assert GOOD[kind].items() <= row.items()


@pytest.mark.parametrize("kind", GOOD)
def test_only_a_clinician_of_the_patient_writes(kind):
    team = make_team()
    episode = make_episode(make_patient(team=team))
    url = f"/api/v1/episodes/{episode.pk}/{kind}"
    expected = [
        (make_clinician(team=team), 201),
        (make_clinician(team.clinic), 404),  # of the clinic, but of no team of theirs
        (make_administrator(team.clinic), 403),
        (make_clinician(), 404),
        (make_administrator(), 404),
        (episode.patient.user, 404),
        (None, 401),
    ]
    for user, status in expected:
        assert client_of(user).post(url, GOOD[kind]).status_code == status


@pytest.mark.parametrize("kind", GOOD)
def test_what_the_analysis_needs_takes_a_number(kind, episode, clinician):
    before = seqs(episode.patient)
    clinician.post(f"/api/v1/episodes/{episode.pk}/{kind}", GOOD[kind])
    after = seqs(episode.patient)
    if kind in ANALYSED:
        assert after == (before[0] + 1, before[0] + 1)
    else:
        assert after == before


def test_the_analysis_is_told_after_the_commit(
    episode, clinician, django_capture_on_commit_callbacks
):
    heard = []

    def hear(patient_id, **_):
        heard.append(patient_id)

    signals.diary_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks() as callbacks:
            clinician.post(f"/api/v1/episodes/{episode.pk}/exams", GOOD["exams"])
        assert heard == []
        for callback in callbacks:
            callback()
        assert heard == [episode.patient_id]
    finally:
        signals.diary_changed.disconnect(hear)


def test_a_treatment_ends_under_a_new_number(episode, clinician):
    treatment = make_treatment(episode, started_on=date(2026, 3, 2))
    url = f"/api/v1/episodes/{episode.pk}/treatments/{treatment.pk}"
    early = clinician.patch(url, {"ended_on": "2026-03-01"})
    assert (early.status_code, list(early.json()["errors"])) == (400, ["ended_on"])
    same_day = clinician.patch(url, {"ended_on": "2026-03-02"})
    assert same_day.json()["ended_on"] == "2026-03-02"
    after = Treatment.objects.get()
    assert after.seq == treatment.seq + 1
    assert after.note == treatment.note
    late_start = clinician.patch(url, {"started_on": "2026-03-03"})
    assert late_start.status_code == 400
    elsewhere = make_episode(episode.patient)
    wrong = clinician.patch(
        f"/api/v1/episodes/{elsewhere.pk}/treatments/{treatment.pk}", {}
    )
    assert wrong.status_code == 404


def test_an_episode_changes_and_closes(episode, clinician):
    url = f"/api/v1/episodes/{episode.pk}"
    opened = clinician.patch(url, {"onset_on": "2026-03-02", "side": "left"})
    assert (opened.json()["side"], opened.json()["level"]) == ("left", "L4/L5")
    early = clinician.patch(url, {"closed_on": "2026-03-01"})
    assert (early.status_code, list(early.json()["errors"])) == (400, ["closed_on"])
    assert clinician.patch(url, {"closed_on": "2026-03-02"}).status_code == 200
    rows = clinician.get(f"/api/v1/patients/{episode.patient_id}/episodes").json()
    assert [row["closed_on"] for row in rows["results"]] == ["2026-03-02"]


def test_an_empty_episode_is_one_of_unknown_cause(clinician, episode):
    url = f"/api/v1/patients/{episode.patient_id}/episodes"
    made = clinician.post(url, {})
    assert made.status_code == 201
    assert made.json()["suspected_cause"] == "unknown"
    administrator = client_of(make_administrator(episode.patient.clinic))
    refused = administrator.post(url, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_clinician")


TOMORROW = (datetime.now(tz=UTC) + timedelta(days=3)).date().isoformat()


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("exams", {"examined_on": TOMORROW}),
        ("exams", {"examined_on": "0001-01-01"}),
        ("exams", {"examined_on": None}),
        ("exams", {"findings": None}),
        ("exams", {"findings": [FINDING] * 2}),
        ("exams", {"findings": [FINDING] * 5000}),
        ("exams", {"findings": {"a": FINDING}}),
        ("exams", {"findings": [FINDING | {"location": "S5"}]}),
        ("exams", {"findings": [FINDING | {"location": "\x00"}]}),
        ("exams", {"findings": [FINDING | {"kind": "babinski"}]}),
        ("exams", {"findings": [FINDING | {"side": "both"}]}),
        ("exams", {"findings": [FINDING | {"grade": 6}]}),
        ("exams", {"findings": [FINDING | {"grade": -1}]}),
        ("exams", {"findings": [FINDING | {"grade": None}]}),
        ("exams", {"findings": [FINDING | {"grade": 10**30}]}),
        ("exams", {"findings": [FINDING | {"grade": True}]}),
        ("exams", {"note": "x" * 5001}),
        ("imaging", {"kind": "pet"}),
        ("imaging", {"finding": "\x00"}),
        ("imaging", {"level": "L9"}),
        ("neurophysiology", {"performed_on": "yesterday"}),
        ("treatments", {"ended_on": "2026-03-01"}),
        ("treatments", {"started_on": "1899-12-31"}),
        ("treatments", {"kind": None}),
        ("treatments", {"note": "\x00"}),
        ("outcomes", {"recorded_on": TOMORROW}),
        ("outcomes", {"kind": ["improved"]}),
        ("baselines", {"value": 3.1}),
        ("baselines", {"value": -0.1}),
        ("baselines", {"value": "nan"}),
        ("baselines", {"signal": "back_pain"}),
        ("baselines", {"side": "both"}),
        ("baselines", {"from_day": TOMORROW}),
        ("baselines", {"from_day": "2020-01-01"}),
        ("baselines", {"why": " "}),
        ("baselines", {"seen": "the last"}),
    ],
)
def test_a_bad_record_is_refused_and_names_the_field(kind, change, episode, clinician):
    before = seqs(episode.patient)
    url = f"/api/v1/episodes/{episode.pk}/{kind}"
    answer = clinician.post(url, GOOD[kind] | change)
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == change.keys()
    assert seqs(episode.patient) == before
    assert not Exam.objects.exists()


GRADES = [
    (kind, where[0], grade, low <= grade <= high)
    for kind, (where, (low, high)) in FINDING_GRADES.items()
    for grade in (low - 1, low, low + 1, high - 1, high, high + 1)
]


@pytest.mark.parametrize(("kind", "location", "grade", "fits"), GRADES)
def test_each_grade_has_its_range(kind, location, grade, fits, episode, clinician):
    finding = {"kind": kind, "location": location, "side": "right", "grade": grade}
    answer = clinician.post(
        f"/api/v1/episodes/{episode.pk}/exams",
        {"examined_on": "2026-03-02", "findings": [finding]},
    )
    assert answer.status_code == (201 if fits else 400)
    exam = Exam.objects.create(episode=episode, examined_on=date(2026, 3, 2))
    if fits:
        ExamFinding.objects.create(exam=exam, **finding)
    else:
        with pytest.raises(IntegrityError, match="finding_grade"), transaction.atomic():
            ExamFinding.objects.create(exam=exam, **finding)


def test_the_message_says_which_grades_there_are(episode, clinician):
    answer = clinician.post(
        f"/api/v1/episodes/{episode.pk}/exams",
        GOOD["exams"] | {"findings": [FINDING | {"grade": 6}]},
    )
    assert answer.json()["errors"] == {
        "findings": ["The grade of power is from 0 to 5."]
    }


def test_the_database_refuses_what_the_services_never_send(episode):
    treatment = make_treatment(episode, started_on=date(2026, 3, 2))
    with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
        Treatment.objects.update(ended_on=date(2026, 3, 1))
    with pytest.raises(IntegrityError, match="treatment_seq"), transaction.atomic():
        Treatment.objects.create(
            episode=episode,
            patient=episode.patient,
            kind="other",
            started_on=date(2026, 3, 2),
            seq=treatment.seq,
        )
    with pytest.raises(IntegrityError, match="after_onset"), transaction.atomic():
        Episode.objects.update(onset_on=date(2026, 3, 2), closed_on=date(2026, 3, 1))


def test_a_message_takes_a_number_but_is_no_news_for_the_analysis(episode, clinician):
    seq, diary_seq = seqs(episode.patient)
    url = f"/api/v1/patients/{episode.patient_id}/messages"
    sent = clinician.post(url, {"text": f"{CANARY} please call us"})
    assert sent.status_code == 201
    assert seqs(episode.patient) == (seq + 1, diary_seq)
    make_message(make_patient())
    assert [row["id"] for row in clinician.get(url).json()["results"]] == [
        sent.json()["id"]
    ]
    for text in ("", "\x00", "x" * 2001, None, {}):
        assert clinician.post(url, {"text": text}).status_code == 400
