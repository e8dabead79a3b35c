"""The catalogue R01 to R22, and the changes that a clinic may make to it.

A rule is data (`rule.Rule`) plus a pure function that finds the days on which it
holds. R01-R05 and R17-R19 are judged inside the push, from `tracker.domain`; here
they stand with what the analysis adds when it replays them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from analytics.domain.care_rules import CARE_RULES
from analytics.domain.deficit_rules import DEFICIT_RULES
from analytics.domain.rule import PUSH, REFRACTORY_LIMITS, Rule, RuleSet
from tracker.domain import red_flag_rules
from tracker.errors import InvalidInput


__all__ = [
    "CATALOGUE",
    "NOT_EVALUATED",
    "REFRACTORY_LIMITS",
    "Rule",
    "RuleSet",
    "RulesInvalid",
    "changed",
    "refuse_untunable",
]

#: Longest name of a version that a clinic may give.
VERSION_LENGTH: Final = 20

#: What the catalogue of the design asks for and the diary cannot answer. Nothing of it
#: is guessed from other answers.
NOT_EVALUATED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "R20": (
            "low mood and self-harm: the diary has no such question, so nothing is "
            "evaluated; a clinic that screens for it must do so elsewhere"
        ),
        "R13, R21": "the Roland-Morris questionnaire is not in the diary; PEG and pain are",
        "R17": "previous thrombosis, cancer and bed rest (Wells) are not asked",
        "R18": "history of cancer, steroids and age over 70 are not asked; the text says so",
        "R19": "a wet or red wound and postural headache are not asked; the text says so",
        "R22": (
            "a batch after 72 hours offline is shown by the server beside the device, "
            "not by this rule"
        ),
    }
)

#: Refractory days of a red flag that the analysis finds again.
#: Unit: days.
#: Source: clinical catalogue R03, R04, R18 (1 to 7 days), R05 (14 days), R19 (none).
#: Caveat: in the push every entry speaks for itself; these days only keep the analysis
#:   from telling the same thing twice.
PUSH_REFRACTORY_DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {"R01": 3, "R02": 3, "R03": 3, "R04": 3, "R05": 14, "R17": 3, "R18": 3, "R19": 0}
)
#: Hours within which a red flag should be examined.
#: Unit: hours.
#: Source: clinical.md section 3.4 (W11) for emergencies; section 13 for R05 (24 h).
#: Caveat: the time of the examination, not of an operation.
PUSH_EXAMINE_HOURS: Final[Mapping[str, int]] = MappingProxyType(
    {"R01": 4, "R02": 24, "R03": 24, "R04": 4, "R05": 24, "R17": 4, "R18": 4, "R19": 4}
)


class RulesInvalid(InvalidInput):
    """A set of rule changes names something that does not exist or may not change."""

    code = "rules_invalid"
    title = "The rule changes cannot be used."


def _from_push(rule_id: str) -> Rule:
    """Return a red-flag rule as part of the catalogue: its most pressing form."""
    forms = [rule for rule in red_flag_rules.RULES if rule.id == rule_id]
    first = min(forms, key=lambda form: red_flag_rules.TIERS.index(form.tier))
    return Rule(
        id=rule_id,
        version=first.version,
        tier=first.tier,
        category=first.category,
        title=first.wording.title,
        text=first.wording.text,
        clinician_text=first.wording.clinician_text,
        sources=first.sources,
        refractory_days=PUSH_REFRACTORY_DAYS[rule_id],
        examine_within_hours=PUSH_EXAMINE_HOURS[rule_id],
        speaks_again="with every entry",
        judged=PUSH,
    )


_RULES: Final = (
    *(_from_push(rule_id) for rule_id in PUSH_REFRACTORY_DAYS),
    *DEFICIT_RULES,
    *CARE_RULES,
)

#: The rules in the order of the catalogue, by id.
CATALOGUE: Final[RuleSet] = MappingProxyType(
    {rule.id: rule for rule in sorted(_RULES, key=lambda rule: rule.id)}
)


def changed(rules: RuleSet, changes: Mapping[str, Any]) -> RuleSet:
    """Return the rules with the changes of a clinic or of a rules file, as a new set.

    A rules file of a back-test may try more than a clinic may choose (`overrides`).

    `changes` maps a rule id to `enabled` (bool), `version` (str), `refractory_days`
    (int) and `parameters` (name to number), each within the limits of the rule.

    Raises:
        RulesInvalid: what is unknown, out of bounds, or part of an emergency rule.
    """
    if not isinstance(changes, Mapping):
        raise RulesInvalid("The changes must be an object with a key for each rule.")
    result = dict(rules)
    for rule_id, change in changes.items():
        if rule_id not in rules:
            raise RulesInvalid(f"There is no rule {rule_id}.")
        result[rule_id] = _changed_rule(rules[rule_id], change)
    return MappingProxyType(result)


def refuse_untunable(rule: Rule) -> None:
    """Raise RulesInvalid for a rule in which nobody may change anything."""
    if not rule.is_tunable:
        kind = "an emergency rule" if rule.tier == "emergency" else "judged in the push"
        raise RulesInvalid(f"{rule.id} is {kind}; it cannot be disabled or changed.")


def _changed_rule(rule: Rule, change: Any) -> Rule:
    if not isinstance(change, Mapping):
        raise RulesInvalid(f"The change of {rule.id} must be an object.")
    unknown = set(change) - {"enabled", "version", "refractory_days", "parameters"}
    if unknown:
        raise RulesInvalid(f"{rule.id} has no setting {min(unknown)}.")
    if change:
        refuse_untunable(rule)
    parameters = change.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise RulesInvalid(f"{rule.id}: parameters must be an object.")
    return replace(
        rule,
        enabled=_enabled(rule, change),
        version=_version(rule, change),
        refractory_days=_refractory_days(rule, change),
        parameters={**rule.parameters, **_checked(rule, parameters)},
    )


def _enabled(rule: Rule, change: Mapping[str, Any]) -> bool:
    enabled = change.get("enabled", rule.enabled)
    if not isinstance(enabled, bool):
        raise RulesInvalid(f"{rule.id}: enabled must be true or false.")
    return enabled


def _version(rule: Rule, change: Mapping[str, Any]) -> str:
    version = change.get("version", rule.version)
    if not isinstance(version, str) or not 0 < len(version) <= VERSION_LENGTH:
        raise RulesInvalid(
            f"{rule.id}: version must be 1 to {VERSION_LENGTH} characters."
        )
    return version


def _refractory_days(rule: Rule, change: Mapping[str, Any]) -> int:
    days = change.get("refractory_days", rule.refractory_days)
    low, high = REFRACTORY_LIMITS
    if isinstance(days, bool) or not isinstance(days, int) or not low <= days <= high:
        raise RulesInvalid(
            f"{rule.id}: refractory_days must be a whole number from {low} to {high}."
        )
    return days


def _checked(rule: Rule, parameters: Mapping[str, Any]) -> dict[str, float]:
    for name, value in parameters.items():
        if name not in rule.parameters:
            raise RulesInvalid(f"{rule.id} has no parameter {name}.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RulesInvalid(f"{rule.id}: {name} must be a number.")
        low, high = rule.limits[name]
        if not low <= value <= high:  # NaN is not within anything
            raise RulesInvalid(
                f"{rule.id}: {name} must be from {low:g} to {high:g}; it is {value:g}."
            )
    return dict(parameters)
