"""Makes sure that a clinic reaches somebody: at its activation, and ever after."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from alerts.domain.coverage import NOBODY
from alerts.errors import ClinicReachesNobody
from alerts.models import CoverageCheck
from alerts.selectors import on_call
from alerts.selectors.leavers import left_duties
from alerts.services import contacts
from tracker.models import Clinic
from tracker.services.heartbeat import beat


logger = logging.getLogger(__name__)


def activate(clinic: Clinic, *, now: datetime) -> Clinic:
    """Let a clinic invite patients; ClinicReachesNobody while it has such an hour."""
    with transaction.atomic():
        if check(clinic, now=now).nobody_hours:
            raise ClinicReachesNobody
        Clinic.objects.filter(pk=clinic.pk, activated_at=None).update(activated_at=now)
    clinic.refresh_from_db()
    return clinic


def check(clinic: Clinic, *, now: datetime) -> CoverageCheck:
    """Look at the coming month of a clinic, and keep what was found."""
    holes = [
        hole for each in on_call.coverage_of(clinic, now=now) for hole in each.holes
    ]
    nobody, gaps = (
        sum(
            (hole.ends - hole.starts for hole in holes if (hole.kind == NOBODY) is bad),
            timedelta(),
        )
        for bad in (True, False)
    )
    hour = timedelta(hours=1)
    found, _ = CoverageCheck.objects.update_or_create(
        clinic=clinic,
        defaults={
            "checked_at": now,
            "nobody_hours": nobody / hour,
            "gap_hours": gaps / hour,
        },
    )
    return found


def change_safely(
    clinic: Clinic, change: Callable[[], object], *, anyway: bool, now: datetime
) -> None:
    """Make a change of policy, rota or holidays, unless more hours would reach nobody.

    Then nothing is changed and ClinicReachesNobody is raised, but for `anyway`: whoever
    decides may have a reason, and the clinic is shown as broken.
    """
    with transaction.atomic():
        Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        before = check(clinic, now=now).nobody_hours
        change()
        if check(clinic, now=now).nobody_hours > before and not anyway:
            raise ClinicReachesNobody


def check_all(*, now: datetime) -> int:
    """Look at every active clinic; return how many will reach nobody at some hour."""
    contacts.retire_for_other_keys(now=now)
    broken = 0
    for clinic in Clinic.objects.filter(activated_at__isnull=False).order_by("pk"):
        if check(clinic, now=now).nobody_hours:
            broken += 1
            logger.error("a clinic reaches nobody", extra={"clinic_id": clinic.pk})
        left = len(left_duties(clinic, now=now))
        if left:
            extra = {"clinic_id": clinic.pk, "duties": left}
            logger.warning("a rota names people who have left", extra=extra)
    beat("alerts.coverage", now=now)
    return broken
