"""Episodes of care, what was recorded on them, and messages to a patient."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from tracker.errors import NotFound
from tracker.models import (
    AcceptedBaseline,
    Episode,
    Exam,
    Imaging,
    Message,
    Neurophysiology,
    Outcome,
    Treatment,
    User,
)
from tracker.selectors.access import treated_patient, visible_patients


#: kind of record, as the API calls it -> its table.
RECORDS: Final[dict[str, Any]] = {
    "exams": Exam,
    "imaging": Imaging,
    "neurophysiology": Neurophysiology,
    "treatments": Treatment,
    "outcomes": Outcome,
    "baselines": AcceptedBaseline,
}


def episodes(patient_id: UUID) -> QuerySet[Episode]:
    """Return a patient's episodes of care."""
    return Episode.objects.filter(patient_id=patient_id)


def visible_episode(user: User, episode_id: UUID) -> Episode:
    """Return an episode of a patient whom the member of staff may see."""
    episode = (
        Episode.objects.select_related("patient")
        .filter(pk=episode_id, patient__in=visible_patients(user))
        .first()
    )
    if episode is None:
        raise NotFound
    return episode


def treated_episode(user: User, episode_id: UUID) -> Episode:
    """Return an episode on which the clinician may write."""
    episode = visible_episode(user, episode_id)
    treated_patient(user, episode.patient_id)
    return episode


def records(episode: Episode, kind: str) -> QuerySet[Any]:
    """Return the records of one kind on an episode, exams with their findings."""
    found: QuerySet[Any] = RECORDS[kind].objects.filter(episode=episode)
    return found.prefetch_related("findings") if kind == "exams" else found


def treated_treatment(user: User, episode_id: UUID, treatment_id: UUID) -> Treatment:
    """Return one treatment which the clinician may change."""
    episode = treated_episode(user, episode_id)
    treatment = Treatment.objects.filter(pk=treatment_id, episode=episode).first()
    if treatment is None:
        raise NotFound
    return treatment


def accepted_baselines(*patient_ids: UUID) -> QuerySet[AcceptedBaseline]:
    """Return the accepted baselines that stand, those of one day as they were made."""
    return AcceptedBaseline.objects.filter(
        episode__patient__in=patient_ids, withdrawn_at__isnull=True
    ).order_by("created_at", "pk")


def treated_baseline(
    user: User, episode_id: UUID, baseline_id: UUID
) -> AcceptedBaseline:
    """Return one accepted baseline which the clinician may withdraw."""
    episode = treated_episode(user, episode_id)
    found = AcceptedBaseline.objects.filter(pk=baseline_id, episode=episode)
    baseline = found.select_related("episode").first()
    if baseline is None:
        raise NotFound
    return baseline


def messages(patient_id: UUID) -> QuerySet[Message]:
    """Return the clinic's messages to a patient."""
    return Message.objects.filter(patient_id=patient_id)
