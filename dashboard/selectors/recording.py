"""What the forms of a patient's record need to know before they are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from dashboard.selectors.patient import current_episode
from tracker.errors import NotFound
from tracker.models import AcceptedBaseline, Episode, Patient, Treatment
from tracker.models.clinical import FINDING_GRADES


#: kind of finding -> where it can be found.
LOCATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: places for kind, (places, _) in FINDING_GRADES.items()
}


def open_episode(patient: Patient) -> Episode | None:
    """Return the episode that new records belong to; None when none is open."""
    episode = current_episode(patient)
    return episode if episode and episode.closed_on is None else None


def treatment_of(patient: Patient, treatment_id: UUID) -> Treatment:
    """Return one treatment of the patient, or raise NotFound."""
    found = Treatment.objects.filter(pk=treatment_id, patient=patient).first()
    if found is None:
        raise NotFound
    return found


def baseline_of(patient: Patient, baseline_id: UUID) -> AcceptedBaseline:
    """Return one accepted baseline of the patient, or raise NotFound."""
    mine = AcceptedBaseline.objects.filter(pk=baseline_id, episode__patient=patient)
    found = mine.select_related("episode").first()
    if found is None:
        raise NotFound
    return found


def shown_as_typed(
    row: Episode | Treatment | AcceptedBaseline, names: tuple[str, ...]
) -> dict[str, str]:
    """Return the fields of a record as a form would send them."""
    values = {name: getattr(row, name) for name in names}
    return {name: _typed(value) for name, value in values.items()}


def _typed(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value or "")
