"""Template filters: codes and times in the words of the pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.translation import gettext as _

from dashboard.domain import need, words
from dashboard.selectors.clinic import administered_clinics
from tracker.models import User
from tracker.selectors.access import is_staff_of_a_clinic


register = template.Library()


@register.filter
def plain(code: str) -> str:
    """Return a code as words."""
    return words.plain(code)


@register.filter
def ago(then: datetime | None, now: datetime) -> str:
    """Return how long ago something was, or `never`."""
    return f"{need.duration(now - then)} ago" if then else "never"


@register.filter
def span(length: timedelta | None) -> str:
    """Return a length of time in words; one that is not known yet says so."""
    if length is None:
        return _("not yet")
    return need.duration(length) if length else _("the same day")


@register.filter
def administers(user: User) -> bool:
    """Return whether the account has a clinic page."""
    return administered_clinics(user).exists()


@register.filter
def works_at_a_clinic(user: User) -> bool:
    """Return whether the account is staff of a clinic."""
    return is_staff_of_a_clinic(user)


@register.simple_tag
def age(birth_year: int | None, now: datetime) -> str:
    """Return the age in years, or an empty text."""
    return str(now.year - birth_year) if birth_year else ""
