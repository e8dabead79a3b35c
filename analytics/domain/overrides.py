"""What a clinic may change in the rules, for all or one patient, and the operator.

A choice is one number for one setting of one rule, within the rule's limits. No
emergency rule has a setting, and none that the push judges, so phones hold the same
red flags everywhere. What R06 and R07 find makes a red flag an emergency: they cannot
be switched off, and can only become more sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analytics.domain.rules import (
    CATALOGUE,
    Rule,
    RuleSet,
    RulesInvalid,
    changed,
    refuse_untunable,
)


#: The setting that switches a rule off (0) or on (1).
ENABLED: Final = "enabled"
#: The setting of the days that one episode spans.
REFRACTORY_DAYS: Final = "refractory_days"

#: What the settings are that every rule has, in words.
LABELS: Final = {
    ENABLED: "on or off",
    REFRACTORY_DAYS: "days that one episode spans",
}

#: Changes of the rules as `rules.changed` reads them, by rule id.
Changes = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One number of one rule: what it is by default and what it may be."""

    rule: Rule
    name: str
    label: str
    default: float
    low: float
    high: float
    whole: bool


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was chosen for a setting; `value` is None for the default.

    `everywhere`: by the operator for all clinics. `patient`: for one patient.
    """

    rule: str
    setting: str
    value: float | None
    everywhere: bool
    patient: bool = False


def settings_of(rule: Rule) -> Iterator[Setting]:
    """Yield what may be changed in a rule."""
    if not rule.is_tunable:
        return
    if rule.kill_switch:
        yield Setting(
            rule=rule,
            name=ENABLED,
            label=LABELS[ENABLED],
            default=1,
            low=0,
            high=1,
            whole=True,
        )
    low, high = rule.refractory_limits
    yield Setting(
        rule=rule,
        name=REFRACTORY_DAYS,
        label=LABELS[REFRACTORY_DAYS],
        default=rule.refractory_days,
        low=low,
        high=high,
        whole=True,
    )
    for name, default in rule.parameters.items():
        limits = rule.clinic_limits(name)
        yield Setting(
            rule=rule,
            name=name,
            label=rule.labels[name],
            default=default,
            low=limits[0],
            high=limits[1],
            whole=all(isinstance(each, int) for each in (default, *limits)),
        )


def setting(rule_id: str, name: str) -> Setting:
    """Return one setting.

    Raises:
        RulesInvalid: there is no such rule or setting, or nobody may change it.
    """
    rule = CATALOGUE.get(rule_id)
    if rule is None:
        raise RulesInvalid(f"There is no rule {rule_id}.")
    refuse_untunable(rule)
    for each in settings_of(rule):
        if each.name == name:
            return each
    raise RulesInvalid(f"{rule.id} has no setting {name}.")


def check(rule_id: str, name: str, value: float | None) -> None:
    """Refuse a value that the setting may not have; None is its default.

    Raises:
        RulesInvalid: what is wrong, with the limits.
    """
    wanted = setting(rule_id, name)
    if value is None:
        return
    if not wanted.low <= value <= wanted.high:  # NaN is not within anything
        raise RulesInvalid(
            f"{rule_id}: {name} must be from {wanted.low:g} to {wanted.high:g}; "
            f"it is {value:g}."
        )
    if wanted.whole and value != int(value):
        raise RulesInvalid(f"{rule_id}: {name} must be a whole number.")


def changes_of(choices: Iterable[Choice]) -> Changes:
    """Return what the choices in force change.

    Those for one patient go before the clinic's, and these before the operator's. A
    rule that any of them has switched off is off. A choice that today's limits
    do not allow any more changes nothing.
    """
    values: dict[tuple[str, str], float] = {}
    for choice in sorted(choices, key=lambda each: (not each.everywhere, each.patient)):
        if choice.value is None or not _is_allowed(choice):
            continue
        key = (choice.rule, choice.setting)
        off = choice.setting == ENABLED and values.get(key) == 0
        values[key] = 0 if off else choice.value
    changes: Changes = {}
    for (rule_id, name), value in sorted(values.items()):
        _write(changes, setting(rule_id, name), value)
    return changes


def chosen_with(choices: Iterable[Choice], wanted: Choice) -> list[Choice]:
    """Return the choices as they would be if a clinic also chose `wanted`."""
    return [
        *(
            each
            for each in choices
            if each.everywhere
            or (each.rule, each.setting) != (wanted.rule, wanted.setting)
        ),
        wanted,
    ]


def in_force(changes: Mapping[str, Any]) -> RuleSet:
    """Return the rules with such changes."""
    return changed(CATALOGUE, changes) if changes else CATALOGUE


def _is_allowed(choice: Choice) -> bool:
    try:
        check(choice.rule, choice.setting, choice.value)
    except RulesInvalid:
        return False
    return True


def _write(changes: Changes, of: Setting, value: float) -> None:
    if value == of.default:
        return
    change = changes.setdefault(of.rule.id, {})
    exact = int(value) if of.whole else value
    if of.name == ENABLED:
        change[ENABLED] = bool(value)
    elif of.name == REFRACTORY_DAYS:
        change[REFRACTORY_DAYS] = exact
    else:
        change.setdefault("parameters", {})[of.name] = exact
