"""The numbers of the rules at a clinic, and what was chosen for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from analytics.domain.rules import CATALOGUE, Rule
from analytics.models import RuleOverride
from analytics.selectors.overrides import SettingInForce, history, settings_in_force
from tracker.errors import NotFound
from tracker.models import Clinic


#: Choices of one setting that a page shows; the API has all. Unit: choices.
MOST_CHOICES: Final = 30


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A rule and the numbers of it that the clinic may choose."""

    rule: Rule
    numbers: list[SettingInForce]


def chosen_rules(clinic: Clinic, *, now: datetime) -> list[Chosen]:
    """Return each rule of which the clinic may choose something."""
    found = [
        each
        for each in settings_in_force(clinic, at=now)
        if each.setting.low < each.setting.high  # else there is nothing to choose
    ]
    return [
        Chosen(rule=CATALOGUE[rule_id], numbers=list(numbers))
        for rule_id, numbers in groupby(found, key=lambda each: each.setting.rule.id)
    ]


def fixed_rules() -> list[Rule]:
    """Return the rules of which nobody may change anything."""
    return [rule for rule in CATALOGUE.values() if not rule.is_tunable]


def number_of(
    clinic: Clinic, rule_id: str, name: str, *, now: datetime
) -> SettingInForce:
    """Return one number of a rule; raise NotFound for what nobody may change."""
    for each in settings_in_force(clinic, at=now):
        if (each.setting.rule.id, each.setting.name) == (rule_id, name):
            return each
    raise NotFound


def choices_of(clinic: Clinic, number: SettingInForce) -> Iterable[RuleOverride]:
    """Return what was chosen for a number, here and for all clinics, newest first."""
    of = number.setting
    found = history(clinic).filter(rule=of.rule.id, setting=of.name)
    return found.order_by("-changed_at", "-pk")[:MOST_CHOICES]
