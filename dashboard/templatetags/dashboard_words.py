"""Template filters: codes and times in the words of the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from analytics.domain.comparison import Comparison
from analytics.domain.overrides import ENABLED
from analytics.selectors.overrides import SettingInForce
from dashboard.domain import need, sentences, words
from dashboard.selectors.clinic import administered_clinics
from dashboard.selectors.staff import roles_of
from tracker.models import Clinic, User


register = template.Library()


@register.filter
def plain(code: str) -> str:
    """Return a code as words."""
    return words.plain(code)


@register.filter
def said(text: object) -> str:
    """Return a text of the code in the reader's language."""
    return words.said(str(text))


@register.filter
def retold(text: str) -> str:
    """Return a stored English sentence in the reader's language."""
    return sentences.retold(text)


@register.filter
def leg(side: str) -> str:
    """Return which leg, as in `left leg`."""
    return words.leg(side)


@register.filter
def ago(then: datetime | None, now: datetime) -> str:
    """Return how long ago something was, or `never`."""
    return _("%s ago") % need.duration(now - then) if then else _("never")


@register.filter
def span(length: timedelta | None) -> str:
    """Return a length of time in words; one that is not known yet says so."""
    if length is None:
        return _("not yet")
    return need.duration(length) if length else _("the same day")


@register.simple_tag
def roles(user: User) -> list[str]:
    """Return the roles of the account at clinics, which decide on what it is offered."""
    return roles_of(user)


@register.inclusion_tag("dashboard/parts/clinics.html", takes_context=True)
def clinic_choice(
    context: dict[str, Any], clinic: Clinic, address: str
) -> dict[str, Any]:
    """Offer the clinics that the account administers, at the address of a page."""
    found = list(administered_clinics(context["request"].user))
    return {"clinics": found, "clinic": clinic, "address": address}


@register.filter
def setting_value(number: SettingInForce, value: float) -> str:
    """Return a value of a setting in words."""
    if number.setting.name == ENABLED:
        return _("on") if value else _("off")
    return words.number(value)


@register.filter
def unlocalized(value: float) -> str:
    """Return a number as an address or a form of any language holds it."""
    return f"{value:g}"


@register.simple_tag
def age(birth_year: int | None, now: datetime) -> str:
    """Return the age in years, or an empty text."""
    return str(now.year - birth_year) if birth_year else ""


@register.simple_tag
def per_hundred_weeks(counts: Comparison, count: int) -> str:
    """Return a count of flags as flags per 100 patient-weeks."""
    return words.number(counts.rate(count), 2)


@register.filter
def typed(value: float) -> str:
    """Return a number as forms take it, whatever the language of the page."""
    return f"{value:g}"
