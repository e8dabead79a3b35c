"""The rules of the trend analysis as data: what they say, to whom and on what ground.

A rule is this data plus a pure function (`motor`, `sensory`, `pain`, `silence`)
that finds the days on which it holds. Standard library only. The red-flag rules
R01-R04, R17 and R18 live in `tracker.domain.red_flags`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from analytics.domain import thresholds
from tracker.domain import power_tests, red_flag_texts
from tracker.errors import InvalidInput


class RulesInvalid(InvalidInput):
    """A file of rule changes names something that does not exist or may not change."""

    code = "rules_invalid"
    title = "The rule changes cannot be used."


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: its urgency, its words, its sources and its tunable numbers.

    `title` and `text` are what the patient reads, `clinician_text` what staff read.
    Days on which the rule holds less than `refractory_days` apart are one episode.
    """

    id: str
    version: str
    tier: str
    category: str
    title: str
    text: str
    clinician_text: str
    sources: tuple[str, ...]
    refractory_days: int
    examine_within_hours: int | None
    parameters: Mapping[str, float] = field(default_factory=dict)
    enabled: bool = True

    @property
    def kill_switch(self) -> bool:
        """Whether the rule may be switched off; an emergency rule never may."""
        return self.tier != "emergency"

    def value(self, name: str) -> float:
        """Return one of the rule's numbers."""
        return self.parameters[name]


RuleSet = Mapping[str, Rule]

_RULES: Final = (
    Rule(
        id="R05",
        version="1.0.0",
        tier="emergency",
        category="motor",
        title=red_flag_texts.LEG_DROPPED.title,
        text=red_flag_texts.LEG_DROPPED.text,
        clinician_text=red_flag_texts.LEG_DROPPED.clinician_text,
        sources=("W3", "W4", "W5", "W21", "W35"),
        refractory_days=14,
        examine_within_hours=24,
        parameters={"drop_steps": power_tests.SEVERE_DROP_STEPS},
    ),
    Rule(
        id="R06",
        version="1.0.0",
        tier="urgent",
        category="motor",
        title="Your strength test is lower than your usual",
        text=(
            "Your strength test is lower than your usual. You need to be examined. "
            "Your clinic will contact you. If it gets worse, or you notice changes in "
            "bladder, bowel or the saddle area, go to the emergency department."
        ),
        clinician_text=(
            "Progressive weakness on repeated self-tests of one movement. Mild: "
            "examine within 7 days (cut-off 8 days); with other worsening within 24 h."
        ),
        sources=("W1", "W3", "W5", "W34", "C4"),
        refractory_days=7,
        examine_within_hours=72,
        parameters={
            "drop_steps": power_tests.DROP_STEPS,
            "repeat_count": thresholds.REPEAT_COUNT,
            "mean_shortfall_steps": thresholds.MEAN_SHORTFALL_STEPS,
            "unsteady_shortfall_steps": thresholds.UNSTEADY_SHORTFALL_STEPS,
        },
    ),
    Rule(
        id="R07",
        version="1.0.0",
        tier="urgent",
        category="motor",
        title="Less pain, but less strength",
        text=(
            "Less pain is good, but your strength or feeling is also lower. That needs "
            "a check: you need to be examined within a day. Your clinic will call you."
        ),
        clinician_text=(
            "Pain falls while the deficit grows: a sign of poor prognosis, not of "
            "recovery. Pain cannot explain the weakness when pain is low."
        ),
        sources=("W1", "W2"),
        refractory_days=14,
        examine_within_hours=24,
        parameters={
            "pain_points": thresholds.PAIN_CHANGE_POINTS,
            "pain_share": thresholds.PAIN_CHANGE_SHARE,
        },
    ),
    Rule(
        id="R08",
        version="1.0.0",
        tier="soon",
        category="sensory",
        title="Your numbness has grown",
        text=(
            "Your numbness has grown or is stronger than your usual. Tell your team "
            "and repeat your strength tests today. Answer the safety questions too."
        ),
        clinician_text=(
            "Numbness spreads or rises above the patient's own level. Examine within "
            "1-2 weeks; sooner when near the saddle area or together with weakness."
        ),
        sources=("W4", "W22", "W34", "C3"),
        refractory_days=14,
        examine_within_hours=14 * 24,
        parameters={
            "spread_days": thresholds.SPREAD_DAYS,
            "rise_points": thresholds.NUMBNESS_RISE_POINTS,
            "cusum_limit": thresholds.NUMBNESS_CUSUM_LIMIT,
            "trend_p": thresholds.TREND_P,
            "trend_slope_points": thresholds.TREND_SLOPE_POINTS,
        },
    ),
    Rule(
        id="R10",
        version="1.0.0",
        tier="info",
        category="pain",
        title="A pain flare",
        text=(
            "Flares are common and most last less than a day. Look after yourself, do "
            "one strength test today and answer the safety questions."
        ),
        clinician_text="A short pain flare without any sign of nerve deficit.",
        sources=("W71", "C4"),
        refractory_days=7,
        examine_within_hours=None,
        parameters={"rise_points": thresholds.PAIN_CHANGE_POINTS},
    ),
    Rule(
        id="R11",
        version="1.0.0",
        tier="watch",
        category="pain",
        title="Pain is higher than your usual",
        text=(
            "Your pain has been higher than usual for about a week. Your clinic can "
            "see this. Repeat your strength tests and keep logging."
        ),
        clinician_text=(
            "Sustained pain escalation. Check medication, adherence and injections. "
            "Pain alone is not a deficit."
        ),
        sources=("W14", "W48", "C3", "C4"),
        refractory_days=14,
        examine_within_hours=None,
        parameters={
            "rise_points": thresholds.PAIN_CHANGE_POINTS,
            "rise_share": thresholds.PAIN_CHANGE_SHARE,
            "cusum_limit": thresholds.CUSUM_LIMIT,
        },
    ),
    Rule(
        id="R14",
        version="1.0.0",
        tier="urgent",
        category="adherence",
        title="We have not heard from you",
        text=(
            "We have not heard from you since your last warning. Are you all right? "
            "Please log today and answer the safety questions, or call your clinic."
        ),
        clinician_text=(
            "Silent while at high risk. Call the patient; check whether the phone syncs."
        ),
        sources=("W66", "C4"),
        refractory_days=14,
        examine_within_hours=72,
        parameters={"missed_days": thresholds.SILENT_HIGH_RISK_DAYS},
    ),
    Rule(
        id="R15",
        version="1.0.0",
        tier="watch",
        category="adherence",
        title="We miss your diary",
        text=(
            "You have not logged for a few days. One short entry is enough for your "
            "clinic to keep watch. You can switch to a weekly diary."
        ),
        clinician_text="Silent for several days, without a known high risk.",
        sources=("W66", "C4"),
        refractory_days=14,
        examine_within_hours=None,
        parameters={"missed_days": thresholds.SILENT_DAYS},
    ),
)

#: The rules in the order of the catalogue, by id.
CATALOGUE: Final[RuleSet] = MappingProxyType({rule.id: rule for rule in _RULES})


def changed(rules: RuleSet, changes: Mapping[str, Any]) -> RuleSet:
    """Return the rules with the changes of a rules file, as a new set.

    `changes` maps a rule id to `enabled` (bool), `version` (str), `refractory_days`
    (int) and `parameters` (name to number); everything else is refused, and so is
    switching off an emergency rule.
    """
    result = dict(rules)
    for rule_id, change in changes.items():
        if rule_id not in rules:
            raise RulesInvalid(f"There is no rule {rule_id}.")
        result[rule_id] = _changed_rule(rules[rule_id], change)
    return MappingProxyType(result)


def _changed_rule(rule: Rule, change: Any) -> Rule:
    if not isinstance(change, Mapping):
        raise RulesInvalid(f"The change of {rule.id} must be an object.")
    unknown = set(change) - {"enabled", "version", "refractory_days", "parameters"}
    if unknown:
        raise RulesInvalid(f"{rule.id} has no setting {min(unknown)}.")
    if change.get("enabled") is False and not rule.kill_switch:
        raise RulesInvalid(f"{rule.id} is an emergency rule; it cannot be disabled.")
    parameters = dict(change.get("parameters", {}))
    for name, value in parameters.items():
        if name not in rule.parameters:
            raise RulesInvalid(f"{rule.id} has no parameter {name}.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RulesInvalid(f"{rule.id}: {name} must be a number.")
    return replace(
        rule,
        enabled=bool(change.get("enabled", rule.enabled)),
        version=str(change.get("version", rule.version)),
        refractory_days=int(change.get("refractory_days", rule.refractory_days)),
        parameters={**rule.parameters, **parameters},
    )
