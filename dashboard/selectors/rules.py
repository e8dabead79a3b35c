"""The numbers of the rules at a clinic, and what was chosen for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final, TypeVar

from django.contrib.auth.models import AnonymousUser

from analytics.domain import comparison
from analytics.domain.rules import CATALOGUE, Rule
from analytics.models import RuleOverride, RuleTrial
from analytics.selectors import trials
from analytics.selectors.overrides import (
    SettingInForce,
    changes_in_force,
    history,
    settings_in_force,
)
from analytics.selectors.own_numbers import own_history, own_settings
from dashboard.domain import words
from dashboard.selectors.clinic import administered_clinics
from tracker.errors import NotFound
from tracker.models import Clinic, Patient, User


#: Choices of one setting that a page shows; the API has all. Unit: choices.
MOST_CHOICES: Final = 30
#: Trials of one number that its page shows. Unit: trials.
MOST_TRIALS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A rule and the numbers of it that may be chosen, and how many are."""

    rule: Rule
    numbers: list[SettingInForce]
    set_count: int

    def narrowed(self, *, text: str, only_set: bool) -> Chosen | None:
        """Return it with the numbers that a filter leaves; None when it leaves none.

        Words of the rule leave all its numbers.
        """
        text = text.casefold()
        title = f"{self.rule.id} {words.said(self.rule.title)}".casefold()
        numbers = [
            each
            for each in self.numbers
            if (text in title or text in words.said(each.setting.label).casefold())
            and (not only_set or self.is_set(each))
        ]
        return replace(self, numbers=numbers) if numbers else None

    @staticmethod
    def is_set(number: SettingInForce) -> bool:
        """Return whether the clinic has a value of its own."""
        return not number.is_default


@dataclass(frozen=True, kw_only=True)
class OwnChosen(Chosen):
    """The same for one patient."""

    @staticmethod
    def is_set(number: SettingInForce) -> bool:
        """Return whether the patient has a value of their own."""
        return number.chosen is not None


Rules = TypeVar("Rules", bound=Chosen)


def chosen_rules(clinic: Clinic, *, now: datetime) -> list[Chosen]:
    """Return each rule of which the clinic may choose something."""
    return _by_rule(Chosen, settings_in_force(clinic, at=now))


def own_rules(patient: Patient, *, now: datetime) -> list[OwnChosen]:
    """Return each rule of which something may be chosen for one patient."""
    return _by_rule(OwnChosen, own_settings(patient, at=now))


def own_numbers(patient: Patient, *, now: datetime) -> list[SettingInForce]:
    """Return what is chosen for the patient alone."""
    return [each for each in own_settings(patient, at=now) if each.chosen]


def _by_rule(kind: type[Rules], settings: Iterable[SettingInForce]) -> list[Rules]:
    found = [
        each
        for each in settings
        if each.setting.low < each.setting.high  # else there is nothing to choose
    ]
    by_rule = groupby(found, key=lambda each: each.setting.rule.id)
    return [
        kind(
            rule=CATALOGUE[rule_id],
            numbers=numbers,
            set_count=sum(map(kind.is_set, numbers)),
        )
        for rule_id, numbers in ((rule_id, list(group)) for rule_id, group in by_rule)
    ]


def fixed_rules() -> list[Rule]:
    """Return the rules of which nobody may change anything."""
    return [rule for rule in CATALOGUE.values() if not rule.is_tunable]


def number_of(
    clinic: Clinic, rule_id: str, name: str, *, now: datetime
) -> SettingInForce:
    """Return one number of a rule; raise NotFound for what nobody may change."""
    return _found(settings_in_force(clinic, at=now), rule_id, name)


def own_number_of(
    patient: Patient, rule_id: str, name: str, *, now: datetime
) -> SettingInForce:
    """Return the same for one patient."""
    return _found(own_settings(patient, at=now), rule_id, name)


def _found(
    settings: Iterable[SettingInForce], rule_id: str, name: str
) -> SettingInForce:
    for each in settings:
        if (each.setting.rule.id, each.setting.name) == (rule_id, name):
            return each
    raise NotFound


def choices_of(clinic: Clinic, number: SettingInForce) -> Iterable[RuleOverride]:
    """Return what was chosen for a number, here and for all clinics, newest first."""
    of = number.setting
    found = history(clinic).filter(rule=of.rule.id, setting=of.name)
    return found.order_by("-changed_at", "-pk")[:MOST_CHOICES]


def own_choices_of(patient: Patient, number: SettingInForce) -> list[RuleOverride]:
    """Return what was chosen for a number and one patient, newest first."""
    of = number.setting
    found = own_history(patient).filter(rule=of.rule.id, setting=of.name)
    return list(found.order_by("-pk")[:MOST_CHOICES])


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A trial of a number with the counts that it came to so far."""

    trial: RuleTrial
    counts: comparison.Comparison

    @property
    def percent(self) -> int:
        """How far it has come, of 100."""
        return 100 * self.trial.done_count // max(self.trial.patient_count, 1)

    @property
    def window_days(self) -> int:
        """The days of which flags are counted."""
        return (self.trial.last_on - self.trial.first_on).days + 1


@dataclass(frozen=True, kw_only=True)
class TrialResult(Tried):
    """A trial with the number as it stands now.

    `is_stale`: what was in force when it was asked for is not any more.
    """

    number: SettingInForce
    is_stale: bool


def tried(trial: RuleTrial) -> Tried:
    """Return a trial with its counts."""
    return Tried(trial=trial, counts=comparison.read(trial.counts))


def trials_of(clinic: Clinic, number: SettingInForce) -> list[Tried]:
    """Return what was tried of a number lately, the newest first."""
    of = number.setting
    found = trials.trials_of(clinic, of.rule.id, of.name)[:MOST_TRIALS]
    return [tried(trial) for trial in found]


def clinic_of_trial(user: User | AnonymousUser, trial_id: int) -> Clinic:
    """Return the clinic of a trial; raise NotFound unless the account administers it."""
    asked = RuleTrial.objects.filter(pk=trial_id).values("clinic")
    clinic = administered_clinics(user).filter(pk__in=asked).first()
    if clinic is None:
        raise NotFound
    return clinic


def trial_result(clinic: Clinic, trial_id: int, *, now: datetime) -> TrialResult:
    """Return a trial of the clinic, or raise NotFound."""
    trial = trials.trial_of(clinic, trial_id)
    return TrialResult(
        trial=trial,
        counts=comparison.read(trial.counts),
        number=number_of(clinic, trial.rule, trial.setting, now=now),
        is_stale=changes_in_force([clinic.pk], at=now)[clinic.pk] != trial.changes_now,
    )
