"""From a raised candidate to a finding: the sentence, the entries, the roots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from analytics.domain import accepted, care_sentences, thresholds
from analytics.domain.events import Event
from analytics.domain.evidence import Evidence
from analytics.domain.findings import Finding
from analytics.domain.lookup import EVIDENCE_DAYS, Lookup
from analytics.domain.red_flag_sentences import told_of
from analytics.domain.roots import likely_roots
from analytics.domain.rows import Rows
from analytics.domain.rules import Rule, RuleSet
from tracker.domain.red_flags import RedFlag
from tracker.domain.words import TEST_NAMES


#: Entries listed at most.
EVIDENCE_ENTRIES: Final = 40
_QUANTITIES: Final = {
    "R04": ("test_",),
    "R05": ("test_", "foot_slap"),
    "R19": ("test_",),
    "R06": ("test_",),
    "R07": ("leg_pain", "test_", "numbness"),
    "R08": ("numbness",),
    "R10": ("leg_pain", "back_pain"),
    "R09": ("falls", "trips", "knee_gave_way"),
    "R11": ("leg_pain", "back_pain"),
    "R12": ("leg_pain",),
    "R13": ("leg_pain",),
    "R16": ("walk_minutes",),
    "R22": ("leg_pain", "back_pain"),
}


def findings(
    raised: Rows, evidence: Evidence, rules: RuleSet
) -> list[tuple[str, Finding]]:
    """Return a finding for each raised row, with the patient, in the rows' order."""
    diary = Lookup(evidence)
    found, told = [], set()
    for row in raised.records():
        flag = row.get("flag")
        if isinstance(flag, RedFlag):  # a row for each item: told once
            key = row["patient"], row["day"], flag.rule, flag.entry
            if key in told:
                continue
            told.add(key)
        patient = evidence.panel.patients[row["patient"]]
        finding = (
            _from_red_flag(row, flag)
            if isinstance(flag, RedFlag)
            else _beside(
                evidence.baselines.get(patient, ()),
                _from_rule(row, rules.get(str(row["rule"])), diary),
            )
        )
        found.append((patient, finding))
    return found


def _beside(baselines: Sequence[Event], finding: Finding) -> Finding:
    """Return the finding with the accepted baselines that it was found beside."""
    known = accepted.told(baselines, until=finding.raised_on)
    if not known or finding.rule in ("R18", "R19"):  # which look at none of them
        return finding
    return replace(finding, evidence={**finding.evidence, "baselines": known})


def _from_rule(row: dict[Any, Any], rule: Rule | None, diary: Lookup) -> Finding:
    numbers = {
        name: round(float(row[name]), 2)
        for name in ("recent", "usual", "beside", "missed", "power", "lost", "weight")
        if name in row and isinstance(row[name], float) and not np.isnan(row[name])
    }
    numbers["severity"] = float(row["severity"])
    wanted = _QUANTITIES.get(str(row["rule"]), ())
    entries = (
        diary.answers(row, wanted, days=EVIDENCE_DAYS, most=EVIDENCE_ENTRIES)
        if wanted
        else []
    )
    if row["rule"] in ("R05", "R06", "R19"):
        numbers |= _pain_tag(row, diary)
    return Finding(
        rule=str(row["rule"]),
        version=str(_given(row, "version") or (rule and rule.version)),
        tier=str(row["tier"]),
        category=str(_given(row, "category") or (rule and rule.category)),
        side=str(row["side"]) or None,
        raised_on=_day(row["day"]),
        onset_on=_day(row["onset"]),
        explanation=_sentence(row),
        stood_until=_day(row["until"]),
        evidence=_evidence(row, entries, numbers),
        likely_roots=_roots(row, diary),
        examine_within_hours=_deadline(row, rule),
    )


def _given(row: dict[Any, Any], name: str) -> Any:
    """Return what the row says for itself, as a red flag does; None when nothing."""
    value = row.get(name)
    return value if isinstance(value, str) else None


def _from_red_flag(row: dict[Any, Any], flag: RedFlag) -> Finding:
    entry = {
        "collection": flag.collection,
        "id": flag.entry,
        "day": _day(row["day"]).isoformat(),
        "value": ", ".join(flag.items),
    }
    return Finding(
        rule=flag.rule,
        version=flag.version,
        tier=flag.clinician_tier,
        category=flag.category,
        side=flag.side,
        raised_on=_day(row["day"]),
        onset_on=_day(row["onset"]),
        explanation=told_of(flag),
        evidence={
            "entries": [entry],
            "numbers": {"items": len(flag.items)},
            "item": str(row["item"]),
            "severity": float(row["severity"]),
        },
        examine_within_hours=4 if flag.clinician_tier == "emergency" else 24,
        red_flag=flag,
    )


def _evidence(
    row: dict[Any, Any], entries: list[dict[str, Any]], numbers: dict[str, Any]
) -> dict[str, Any]:
    return {
        "entries": entries,
        "numbers": numbers,
        "item": str(row.get("item") or ""),
        "movements": list(_movements(row)),
        "severity": float(row["severity"]),
    }


def _movements(row: dict[Any, Any]) -> Iterable[str]:
    """Return the self-tests that speak for a loss by themselves, of R06."""
    found = row.get("movements")
    return found if isinstance(found, tuple) and row["rule"] == "R06" else ()


def _sentence(row: dict[Any, Any]) -> str:
    return _SENTENCES[str(row["rule"])](row)


def _both_legs(_row: dict[Any, Any]) -> str:
    return (
        "Self-tests of both legs are low within 7 days, confirmed by a second result or"
        " by what else the patient says."
    )


def _relief(row: dict[Any, Any]) -> str:
    fell = (
        f"{_side(row)} leg pain fell to {_n(row['recent'])} from {_n(row['usual'])}"
        " (7 days against the 14 before)"
    )
    if row["tier"] == "watch":
        return f"{fell}. Lower in 3 of the last 4 tests, not yet beyond chance."
    lost = "strength" if row["weak"] else "feeling"
    return f"{fell} while {lost} got worse."


def _silence(row: dict[Any, Any]) -> str:
    why = " after a recent warning or procedure" if row["rule"] == "R14" else ""
    return f"Nothing was logged for {int(row['missed'])} days{why}."


def _severe(row: dict[Any, Any]) -> str:
    name = f"{_side(row)} {TEST_NAMES[str(row['test'])]} is {_n(row['power'])} of 3"
    if not np.isnan(row["usual"]):
        cause = f"the usual is {_n(row['usual'])}"
    elif not np.isnan(row["beside"]):
        cause = f"the other leg has {_n(row['beside'])}"
    else:
        cause = "no earlier tests are known"
    slap = (
        ", and the foot newly slaps"
        if row["slap"]
        else ", confirmed by a second result"
    )
    if row["rule"] == "R19":
        return f"{name} within days of a procedure; {cause}."
    return f"{name}{slap}; {cause}."


def _progressive(row: dict[Any, Any]) -> str:
    level = (
        f"{_side(row)} {TEST_NAMES[str(row['test'])]} is {_n(row['power'])} of 3; the"
        f" usual is {_n(row['usual'])}."
    )
    if row["tier"] == "watch":
        return f"{level} Lower in 3 of the last 4 tests, not yet beyond chance."
    return f"{level} {_weight(row)}"


def _weight(row: dict[Any, Any]) -> str:
    times = min(10 ** float(row["weight"]), 10_000)
    return f"Such answers are {times:,.0f} times as likely after a loss as without one."


def _sensory(row: dict[Any, Any]) -> str:
    if row["item"] == "spread":
        areas = str(row["areas"]).replace("_", " ")
        return (
            f"{_side(row)} numbness is new or far stronger ({areas}) on several of the"
            f" last {thresholds.SPREAD_WINDOW_DAYS} days."
        )
    if row.get("step") == 1:
        return (
            f"{_side(row)} numbness has been {_n(row['recent'])} or more on every answered"
            f" day of the last {thresholds.STEP_DAYS}; in the {thresholds.PRIOR_DAYS} days"
            f" before it was never above {_n(row['usual'])}."
        )
    return (
        f"{_side(row)} numbness averages {_n(row['recent'])} over 7 days;"
        f" the usual is {_n(row['usual'])}. {_weight(row)}"
    )


def _pain(row: dict[Any, Any]) -> str:
    where = f"{_side(row)} leg" if row["side"] else "Back"
    when = "today" if row["rule"] == "R10" else "over 7 days"
    level = f"{where} pain is {_n(row['recent'])} {when}"
    if np.isnan(row["usual"]):
        return f"{level}."
    return f"{level}; it was {_n(row['usual'])} before."


def _pain_tag(row: dict[Any, Any], diary: Lookup) -> dict[str, Any]:
    """Return whether pain may have inhibited the test; shown, never a reason to wait."""
    pain = diary.values(row, "leg_pain", days=thresholds.ROLLING_DAYS)
    today = diary.values(row, "leg_pain", days=1)
    if not len(today):
        return {}
    worst = max(today)
    inhibited = worst >= min(pain.max(), thresholds.SEVERE_PAIN_POINTS) or (
        worst >= np.quantile(pain, thresholds.PAIN_INHIBITION_QUANTILE)
    )
    return {"pain_inhibited": bool(inhibited)}


def _roots(row: dict[Any, Any], diary: Lookup) -> dict[str, float]:
    if row["rule"] not in ("R05", "R06", "R07", "R08", "R19"):
        return {}
    reflexes, examined = diary.examined(row)
    return likely_roots(
        failed_tests=diary.failed(row),
        numb_regions=diary.areas(row),
        reduced_reflexes=reflexes,
        examined_roots=examined,
    )


def _deadline(row: dict[Any, Any], rule: Rule | None) -> int | None:
    if rule is None:
        return 4
    if row["tier"] == "watch":  # of the visit list nobody is called
        return None
    if rule.id in ("R08", "R16") and row["tier"] == "urgent":
        return 24
    return rule.examine_within_hours


def _side(row: dict[Any, Any]) -> str:
    return str(row["side"]).capitalize()


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _day(value: Any) -> date:
    day: date = value.date()
    return day


_SENTENCES: Final[dict[str, Callable[[dict[Any, Any]], str]]] = {
    "R04": _both_legs,
    "R05": _severe,
    "R06": _progressive,
    "R07": _relief,
    "R08": _sensory,
    "R09": care_sentences.unsteady,
    "R10": _pain,
    "R11": _pain,
    "R12": care_sentences.crisis,
    "R13": care_sentences.not_improving,
    "R14": _silence,
    "R15": _silence,
    "R16": care_sentences.shorter_walks,
    "R19": _severe,
    "R21": care_sentences.improving,
    "R22": care_sentences.doubtful,
}
