"""From the days on which a rule holds to the days on which it speaks.

One open episode for each (patient, rule, side, item): it speaks on the first day,
again only when it gets worse, and anew after `refractory_days` without it, or from the
day on which a clinician has accepted another baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np

from analytics.domain.accepted import Accepted, beside, eras
from analytics.domain.findings import Finding, urgency
from analytics.domain.rows import Array, Ints, Rows, begins, ranks
from analytics.domain.rules import CATALOGUE, RuleSet
from analytics.domain.signals import Bools, Floats


def first_days(
    candidates: Rows, rules: RuleSet, accepted: Iterable[Accepted] = ()
) -> Rows:
    """Return the candidates on which a flag is raised, in order of patient and day.

    Adds `until`: the last day on which the episode of each still stood.
    """
    if not len(candidates):
        return candidates
    words = [ranks(candidates[name]) for name in ("item", "side", "rule")]
    words.insert(0, eras(candidates, accepted))
    key = _numbered(candidates["patient"], words)
    day = candidates["day"].astype("datetime64[D]").astype(np.int64)
    order = np.lexsort([-candidates["severity"], day, key])
    order = order[begins(key[order], day[order])]
    rows, key, day = candidates[order], key[order], day[order]
    quiet = {rule.id: rule.refractory_days for rule in rules.values()}
    longest = np.array([quiet.get(rule, 0) for rule in rows["rule"].tolist()])
    anew = begins(key) | (np.diff(day, prepend=day[0]) > longest)
    rows = rows.assign(until=_ends(rows, anew))
    raised = np.flatnonzero(anew | _is_worse(rows["severity"], anew))
    return rows[raised[np.lexsort([key[raised], day[raised], rows["patient"][raised]])]]


def _ends(rows: Rows, anew: Bools) -> Array:
    """Return the last day of each row's episode; `anew` is where one begins."""
    last = rows["day"]
    if "until" in rows.names:  # they have been through this before
        last = np.where(np.isnat(rows["until"]), last, rows["until"])
    ends = np.maximum.reduceat(last, np.flatnonzero(anew))
    return np.asarray(ends[np.cumsum(anew) - 1])


def _numbered(patient: Ints, words: Sequence[Ints]) -> Ints:
    """Return a number for each (patient, rule, side, item), in their order."""
    key = patient
    for ranked in reversed(words):
        key = key * (int(ranked.max()) + 1) + ranked
    return key


def _is_worse(severity: Floats, anew: Bools) -> Bools:
    """Return where the severity exceeds all before it in its episode."""
    # One running maximum for all episodes: each stands above the one before.
    level = np.unique(severity, return_inverse=True)[1]
    level = level + np.cumsum(anew) * len(level)
    worst = np.maximum.accumulate(level)
    worse: Bools = np.append([False], level[1:] > worst[:-1])
    return worse & ~anew


def new_findings(
    findings: Iterable[Finding],
    known: Sequence[Finding],
    *,
    rules: RuleSet = CATALOGUE,
) -> list[Finding]:
    """Return the findings of one patient that no known one already tells.

    A known finding tells a later one when rule, side and item agree, it is at least
    as urgent and severe, its day lies in the episode, give or take the rule's refractory
    days, and no baseline was accepted in between. Late entries can move a finding by
    some days; this is what keeps it one flag.
    """
    fresh: list[Finding] = []
    for finding in findings:
        if not any(_tells(old, finding, rules) for old in (*known, *fresh)):
            fresh.append(finding)
    return fresh


def _tells(old: Finding, new: Finding, rules: RuleSet) -> bool:
    margin = timedelta(days=rules[new.rule].refractory_days)
    stood_until = max(new.raised_on, new.stood_until or new.raised_on)
    return (
        (old.rule, old.side) == (new.rule, new.side)
        and _item(old) == _item(new)
        and new.raised_on - margin <= old.raised_on <= stood_until + margin
        and urgency(old.tier) <= urgency(new.tier)
        and _severity(old) >= _severity(new)
        and beside(new.rule, new.side, new.evidence)
        <= beside(old.rule, old.side, old.evidence)
    )


def _item(finding: Finding) -> str:
    return str(finding.evidence.get("item", ""))


def _severity(finding: Finding) -> float:
    return float(finding.evidence.get("severity", 1.0))
