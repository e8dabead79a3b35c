"""Change a number of a rule for one clinic or for all; every choice is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from analytics.domain import overrides
from analytics.domain.rules import RulesInvalid
from analytics.models import RuleOverride
from tracker.errors import Conflict
from tracker.models import Clinic, User


#: Longest reason kept. Unit: characters. Source: ours.
REASON_LENGTH = 500


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
    reason = why.strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise RulesInvalid(f"Say why, in 1 to {REASON_LENGTH} characters.")
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


def _chosen_since(
    clinic: Clinic, choice: tuple[str, str, float | None], seen: int
) -> RuleOverride | None:
    """Return the clinic's last choice unless it is the one seen; others wait."""
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    rule, setting, _ = choice
    last = (
        RuleOverride.objects.filter(clinic=clinic, rule=rule, setting=setting)
        .order_by("pk")
        .last()
    )
    return None if last is None or last.pk == seen else last
