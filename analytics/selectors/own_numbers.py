"""What was chosen of the rules' numbers for single patients, until a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from analytics.domain.overrides import (
    Changes,
    Choice,
    changes_of,
    chosen_with,
    settings_of,
)
from analytics.domain.rules import CATALOGUE
from analytics.models import RuleOverride
from analytics.selectors.overrides import SettingInForce, choices_in_force, value_in
from tracker.models import Patient


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The changes that are in force for a patient; `own` are those for them alone."""

    changes: Changes
    own: list[RuleOverride]

    def told(self) -> list[dict[str, Any]]:
        """Return what was chosen for the patient alone as a flag keeps it."""
        return [
            {
                "rule": each.rule,
                "setting": each.setting,
                "value": each.value,
                "until": each.expires_on.isoformat() if each.expires_on else None,
            }
            for each in self.own
        ]


def numbers_in_force(
    clinic_of: Mapping[UUID, int], *, at: datetime, wanted: Choice | None = None
) -> dict[UUID, Numbers]:
    """Return by patient what is changed at a moment; `clinic_of` says who is where.

    With `wanted`, what would be if the clinics had chosen that.
    """
    clinics = choices_in_force(set(clinic_of.values()), at=at)
    if wanted is not None:
        clinics = {each: chosen_with(made, wanted) for each, made in clinics.items()}
    shared = {clinic_id: changes_of(choices) for clinic_id, choices in clinics.items()}
    own: dict[UUID, list[RuleOverride]] = {}
    for each in _standing(clinic_of, at=at):
        if each.patient_id is not None and each.clinic_id == clinic_of[each.patient_id]:
            own.setdefault(each.patient_id, []).append(each)
    return {
        patient_id: Numbers(
            changes=(
                changes_of([*clinics[clinic_id], *map(_choice, own[patient_id])])
                if patient_id in own
                else shared[clinic_id]
            ),
            own=own.get(patient_id, []),
        )
        for patient_id, clinic_id in clinic_of.items()
    }


def own_settings(patient: Patient, *, at: datetime) -> list[SettingInForce]:
    """Return every setting with its value for the patient, and the last choice for them.

    A choice that has ended, or was the default again, is none.
    """
    numbers = numbers_in_force({patient.pk: patient.clinic_id}, at=at)[patient.pk]
    chosen = {(each.rule, each.setting): each for each in numbers.own}
    return [
        SettingInForce(
            setting=setting,
            value=value_in(numbers.changes, setting),
            chosen=chosen.get((rule.id, setting.name)),
        )
        for rule in CATALOGUE.values()
        for setting in settings_of(rule)
    ]


def own_history(patient: Patient) -> QuerySet[RuleOverride]:
    """Return all that was ever chosen for the patient alone at their clinic of today."""
    found = RuleOverride.objects.filter(patient=patient, clinic=patient.clinic_id)
    return found.select_related("changed_by")


def last_of(patient: Patient, rule: str, setting: str) -> RuleOverride | None:
    """Return the last choice of a setting for the patient, also one that has ended."""
    return own_history(patient).filter(rule=rule, setting=setting).order_by("pk").last()


def _standing(patient_ids: Collection[UUID], *, at: datetime) -> list[RuleOverride]:
    """Return the last choice of each setting and patient unless it has ended.

    The day of its end is a day in UTC.
    """
    latest = (
        RuleOverride.objects.filter(patient__in=list(patient_ids), changed_at__lte=at)
        .order_by("patient", "clinic", "rule", "setting", "-pk")
        .distinct("patient", "clinic", "rule", "setting")
    )
    today = at.astimezone(UTC).date()
    return [
        each
        for each in latest
        if each.value is not None
        and each.expires_on is not None
        and each.expires_on >= today
    ]


def _choice(made: RuleOverride) -> Choice:
    return Choice(
        rule=made.rule,
        setting=made.setting,
        value=made.value,
        everywhere=False,
        patient=True,
    )
