"""Change a number of a rule for a patient, a clinic or all; every choice is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction

from analytics.domain import overrides
from analytics.domain.rules import RulesInvalid
from analytics.models import RuleOverride
from analytics.selectors.own_numbers import last_of
from tracker.errors import Conflict
from tracker.models import Clinic, Patient, User
from tracker.services.clinical import announce_change


#: Longest reason kept. Unit: characters. Source: ours.
REASON_LENGTH = 500
#: Longest time that a choice for one patient lasts. Unit: duration. Source: our choice:
#: nobody should find out after years that somebody was watched less closely.
LONGEST_OWN: Final = timedelta(days=183)


@dataclass(frozen=True, kw_only=True)
class OwnNumber:
    """A choice of rule, setting and value for one patient, up to and with a day.

    Without a value it is as at the clinic again, and needs no day.
    """

    rule: str
    setting: str
    value: float | None
    until: date | None = None


@transaction.atomic
def override_rule(
    *,
    clinic: Clinic | None,
    choice: tuple[str, str, float | None],
    why: str,
    by: User,
    now: datetime,
    seen: int | None = None,
) -> RuleOverride:
    """Record a choice of rule, setting and value; the next analysis uses it.

    Without a clinic it is for all clinics; without a value, the default again. Flags
    that were raised stay as they are. Called twice it is recorded twice, which
    changes nothing more; with `seen`, the id of the choice that stood (0: none), it
    is recorded once.

    Raises:
        RulesInvalid: an emergency rule, no such setting, a value out of its limits,
            or no reason.
        Conflict: somebody chose something else after what was seen.
    """
    rule, setting, value = choice
    overrides.check(rule, setting, value)
    reason = _reason(why)
    if clinic is not None and seen is not None:
        kept = _chosen_since(clinic, choice, seen)
        if kept is not None:
            if (kept.value, kept.why, kept.changed_by_id) != (value, reason, by.pk):
                raise Conflict
            return kept
    return RuleOverride.objects.create(
        clinic=clinic,
        rule=rule,
        setting=setting,
        value=value,
        why=reason,
        changed_by=by,
        changed_at=now,
    )


@transaction.atomic
def override_for_patient(
    patient: Patient,
    *,
    number: OwnNumber,
    why: str,
    by: User,
    now: datetime,
    seen: int | None = None,
) -> RuleOverride:
    """Record a choice for one patient, within the clinic's bounds; analysed at once.

    It goes before the clinic's choice while the patient is there, and ends by itself.
    With `seen`, the id of the choice that stood (0: none), it is recorded once.

    Raises:
        RulesInvalid: an emergency rule, no such setting, a value out of its limits,
            no reason, no day of its end or one that is over or too far.
        Conflict: somebody chose something else after what was seen.
    """
    overrides.check(number.rule, number.setting, number.value)
    reason = _reason(why)
    until = None if number.value is None else _end(number.until, now)
    announce_change(patient.pk)  # holds the patient's lock from here on
    last = last_of(patient, number.rule, number.setting)
    if seen is not None and last is not None and last.pk != seen:
        wanted = (number.value, until, reason, by.pk)
        if (last.value, last.expires_on, last.why, last.changed_by_id) != wanted:
            raise Conflict
        return last
    return RuleOverride.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        rule=number.rule,
        setting=number.setting,
        value=number.value,
        expires_on=until,
        why=reason,
        changed_by=by,
        changed_at=now,
    )


def _reason(why: str) -> str:
    reason = why.strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise RulesInvalid(f"Say why, in 1 to {REASON_LENGTH} characters.")
    return reason


def _end(until: date | None, now: datetime) -> date:
    today = now.astimezone(UTC).date()
    if until is None or not today <= until <= today + LONGEST_OWN:
        raise RulesInvalid(
            f"Say until when: a day from {today} to {today + LONGEST_OWN}."
        )
    return until


def _chosen_since(
    clinic: Clinic, choice: tuple[str, str, float | None], seen: int
) -> RuleOverride | None:
    """Return the clinic's last choice unless it is the one seen; others wait."""
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    rule, setting, _ = choice
    last = (
        RuleOverride.objects.filter(
            clinic=clinic, patient=None, rule=rule, setting=setting
        )
        .order_by("pk")
        .last()
    )
    return None if last is None or last.pk == seen else last
