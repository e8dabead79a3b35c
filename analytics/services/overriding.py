"""Change a number of a rule for one clinic or for all; every choice is kept."""

from __future__ import annotations

from datetime import datetime

from analytics.domain import overrides
from analytics.domain.rules import RulesInvalid
from analytics.models import RuleOverride
from tracker.models import Clinic, User


#: Longest reason kept. Unit: characters. Source: ours.
REASON_LENGTH = 500


def override_rule(
    *,
    clinic: Clinic | None,
    choice: tuple[str, str, float | None],
    why: str,
    by: User,
    now: datetime,
) -> RuleOverride:
    """Record a choice of rule, setting and value; the next analysis uses it.

    Without a clinic it is for all clinics; without a value, the default again. Flags
    that were raised stay as they are. Called twice it is recorded twice, which
    changes nothing more.

    Raises:
        RulesInvalid: an emergency rule, no such setting, a value out of its limits,
            or no reason.
    """
    rule, setting, value = choice
    overrides.check(rule, setting, value)
    reason = why.strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise RulesInvalid(f"Say why, in 1 to {REASON_LENGTH} characters.")
    return RuleOverride.objects.create(
        clinic=clinic,
        rule=rule,
        setting=setting,
        value=value,
        why=reason,
        changed_by=by,
        changed_at=now,
    )
