"""From the days on which a rule holds to the days on which it speaks.

One open episode for each (patient, rule, side, item): it speaks on the first day,
again only when it gets worse, and anew after `refractory_days` without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import pandas as pd

from analytics.domain.findings import Finding, urgency
from analytics.domain.rules import CATALOGUE, RuleSet


_KEY = ["patient", "rule", "side", "item"]


def first_days(candidates: pd.DataFrame, rules: RuleSet) -> pd.DataFrame:
    """Return the candidates on which a flag is raised, in order of patient and day."""
    if candidates.empty:
        return candidates
    rows = candidates.sort_values(
        [*_KEY, "day", "severity"], ascending=[True] * 5 + [False]
    ).drop_duplicates([*_KEY, "day"])
    known = {rule.id: rule.refractory_days for rule in rules.values()}
    quiet = pd.to_timedelta(rows["rule"].map(known), unit="D")
    begins = ~(rows["day"] - rows.groupby(_KEY)["day"].shift(1)).le(quiet)
    episode = begins.cumsum()
    worst = rows.groupby(episode)["severity"].cummax()
    before = worst.groupby(episode).shift(1)
    raised = rows[begins | (rows["severity"] > before)]
    return raised.sort_values(
        ["patient", "day", "rule", "side", "item"], ignore_index=True
    )


def new_findings(
    findings: Iterable[Finding],
    known: Sequence[Finding],
    *,
    rules: RuleSet = CATALOGUE,
) -> list[Finding]:
    """Return the findings of one patient that no known one already tells.

    A known finding tells a later one when rule, side and item agree, it is at least
    as urgent and severe, and their days lie within the rule's refractory days. Late
    entries can move a finding by some days; this is what keeps it one flag.
    """
    fresh: list[Finding] = []
    for finding in findings:
        if not any(_tells(old, finding, rules) for old in (*known, *fresh)):
            fresh.append(finding)
    return fresh


def _tells(old: Finding, new: Finding, rules: RuleSet) -> bool:
    days = rules[new.rule].refractory_days
    return (
        (old.rule, old.side) == (new.rule, new.side)
        and _item(old) == _item(new)
        and abs(new.raised_on - old.raised_on) <= timedelta(days=days)
        and urgency(old.tier) <= urgency(new.tier)
        and _severity(old) >= _severity(new)
    )


def _item(finding: Finding) -> str:
    return str(finding.evidence.get("item", ""))


def _severity(finding: Finding) -> float:
    return float(finding.evidence.get("severity", 1.0))
