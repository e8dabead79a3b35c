"""Which clinic a page is about, for those who work at several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest

from dashboard.selectors import clinic as clinics
from dashboard.selectors.staff import account, clinics_worked_at
from tracker.errors import NotFound


#: The field of forms, the part of an address and the key of the session.
CLINIC: Final = "clinic"


def administered(request: HttpRequest) -> Any:
    """Return the clinic that the page administers; raise NotFound without any."""
    return _chosen(request, list(clinics.administered_clinics(request.user)))


def worked_at(request: HttpRequest) -> Any:
    """Return the clinic that the page is about, of those where the account works.

    Without a choice the first that they administer, else the first where they treat.
    """
    mine = {clinic.pk for clinic in clinics.administered_clinics(request.user)}
    found = clinics_worked_at(account(request.user))
    return _chosen(request, sorted(found, key=lambda each: each.pk not in mine))


def remember(request: HttpRequest, clinic: Any) -> None:
    """Let the next page that names no clinic be about this one."""
    if request.session.get(CLINIC) != clinic.pk:
        request.session[CLINIC] = clinic.pk


def _chosen(request: HttpRequest, found: Sequence[Any]) -> Any:
    """Return what the form names, else the address, else the page before.

    A form acts on the clinic that it showed, or on none: with several windows open the
    page before may have been about another one.
    """
    if not found:
        raise NotFound
    by_name = {str(clinic.pk): clinic for clinic in found}
    if CLINIC in request.POST:
        clinic = by_name.get(request.POST[CLINIC])
        if clinic is None:
            raise NotFound
    else:
        before = by_name.get(str(request.session.get(CLINIC)), found[0])
        clinic = by_name.get(request.GET.get(CLINIC, ""), before)
    remember(request, clinic)
    return clinic
