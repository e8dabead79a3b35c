"""Template filters: codes and times in the words of the pages."""

from __future__ import annotations

from datetime import datetime

from django import template

from dashboard.domain import need, words
from dashboard.selectors.clinic import administered_clinics
from tracker.models import User


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
def administers(user: User) -> bool:
    """Return whether the account has a clinic page."""
    return administered_clinics(user).exists()


@register.simple_tag
def age(birth_year: int | None, now: datetime) -> str:
    """Return the age in years, or an empty text."""
    return str(now.year - birth_year) if birth_year else ""
