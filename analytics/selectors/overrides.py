"""Which changes of the rules are in force at a clinic, and who made them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from analytics.domain.overrides import (
    Changes,
    Choice,
    Setting,
    changes_of,
    chosen_with,
    settings_of,
)
from analytics.domain.rules import CATALOGUE
from analytics.models import RuleOverride
from tracker.domain.roles import ADMINISTRATOR
from tracker.errors import NotFound
from tracker.models import Clinic, User
from tracker.selectors.access import clinics_of


@dataclass(frozen=True, kw_only=True)
class SettingInForce:
    """A setting with the value that the analysis uses, and the clinic's last choice."""

    setting: Setting
    value: float
    chosen: RuleOverride | None

    @property
    def is_default(self) -> bool:
        """Whether the analysis uses the value of the catalogue."""
        return self.value == self.setting.default


def changes_in_force(
    clinic_ids: Collection[int], *, at: datetime
) -> dict[int, Changes]:
    """Return the changes of each clinic, as they stood at a moment."""
    found = choices_in_force(clinic_ids, at=at)
    return {clinic_id: changes_of(choices) for clinic_id, choices in found.items()}


def choices_in_force(
    clinic_ids: Collection[int], *, at: datetime
) -> dict[int, list[Choice]]:
    """Return the choices of each clinic and the operator, as they stood at a moment."""
    made = list(_latest(clinic_ids, at=at))
    return {
        clinic_id: [
            _choice(each) for each in made if each.clinic_id in (clinic_id, None)
        ]
        for clinic_id in clinic_ids
    }


def settings_in_force(clinic: Clinic, *, at: datetime) -> list[SettingInForce]:
    """Return every setting of every rule that the clinic may change."""
    changes = changes_in_force([clinic.pk], at=at)[clinic.pk]
    own = {
        (each.rule, each.setting): each
        for each in _latest([clinic.pk], at=at)
        if each.clinic_id is not None
    }
    return [
        SettingInForce(
            setting=setting,
            value=value_in(changes, setting),
            chosen=own.get((rule.id, setting.name)),
        )
        for rule in CATALOGUE.values()
        for setting in settings_of(rule)
    ]


def changes_with(clinic: Clinic, wanted: Choice, *, at: datetime) -> Changes:
    """Return what would be in force at a moment if the clinic chose `wanted`."""
    made = choices_in_force([clinic.pk], at=at)[clinic.pk]
    return changes_of(chosen_with(made, wanted))


def history(clinic: Clinic) -> QuerySet[RuleOverride]:
    """Return all choices of the clinic and those for all clinics."""
    return RuleOverride.objects.filter(
        Q(clinic=clinic) | Q(clinic=None), patient=None
    ).select_related("changed_by")


def administered_clinic(user: User | AnonymousUser, clinic_id: int) -> Clinic:
    """Return a clinic that the account administers."""
    found = clinics_of(user, role=ADMINISTRATOR).filter(pk=clinic_id).first()
    if found is None:
        raise NotFound
    return found


def _latest(clinic_ids: Collection[int], *, at: datetime) -> QuerySet[RuleOverride]:
    return (
        RuleOverride.objects.filter(
            Q(clinic__in=clinic_ids) | Q(clinic=None),
            patient=None,
            changed_at__lte=at,
        )
        .order_by("clinic", "rule", "setting", "-pk")
        .distinct("clinic", "rule", "setting")
    )


def _choice(made: RuleOverride) -> Choice:
    return Choice(
        rule=made.rule,
        setting=made.setting,
        value=made.value,
        everywhere=made.clinic_id is None,
    )


def value_in(changes: Changes, setting: Setting) -> float:
    """Return the value that a setting has with such changes."""
    change = changes.get(setting.rule.id, {})
    found = {**change, **change.get("parameters", {})}.get(setting.name)
    return setting.default if found is None else float(found)
