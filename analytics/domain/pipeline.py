"""The analysis from end to end; the file to read first.

    records -> signals -> baseline -> detectors -> rules -> flags

`replay` walks all days of a diary at once: every detector is a column whose value
at a day knows only that day and the days before. `analyse` is what a replay up to
today says of the last days; production and back-test run the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

import numpy as np

from analytics.domain import (
    danger,
    episodes,
    explain,
    function,
    motor,
    pain,
    review,
    safety,
    sensory,
    silence,
    trust,
)
from analytics.domain.accepted import LOSS_RULES, NUMBNESS, PAIN, Accepted
from analytics.domain.day_grid import marked_days
from analytics.domain.events import Event
from analytics.domain.evidence import (
    CANDIDATE_COLUMNS,
    Evidence,
    gather,
    since_accepted,
)
from analytics.domain.findings import Finding
from analytics.domain.records import Diary, until
from analytics.domain.rows import Rows, joined
from analytics.domain.rules import CATALOGUE, RuleSet
from analytics.domain.signals import Bools


#: How far back `analyse` reports: late entries can raise a flag for a day gone by.
#: Unit: days. Source: our choice [A]. Caveat: an older flag is not raised any more,
#: unless it tells of a loss that has stood since (R06 to R08).
LOOKBACK_DAYS: Final = 28

#: Patients analysed together: bounds the memory of the arrays, changes no result.
BLOCK_PATIENTS: Final = 500

#: The rules whose flags put a patient at high risk (R14): dangers and losses.
HIGH_RISK_RULES: Final = (
    *("R01", "R02", "R03", "R04", "R05", "R17", "R18", "R19"),
    *("R06", "R07", "R08"),
)

#: The rules of the analysis whose flags say that power has dropped (R03, R18 ask).
OPEN_DROP_RULES: Final = ("R06", "R07")
#: The rules whose numbers decide what those find.
DROP_SOURCES: Final = ("R06", "R07", "R08")
#: The rules of weakness beside which shorter walks are urgent (R16).
WEAK_RULES: Final = ("R04", "R05", "R06")

Findings = dict[str, list[Finding]]


def analyse(
    diary: Diary,
    events: Sequence[Event] = (),
    *,
    as_of: date,
    rules: RuleSet = CATALOGUE,
    known: Mapping[str, Sequence[Finding]] | None = None,
    lookback_days: int = LOOKBACK_DAYS,
) -> Findings:
    """Return the findings of each patient as of a local day, the known ones left out.

    Args:
        diary: one or many patients; entries after `as_of` are not looked at.
        events: treatments, outcomes and exams of the same patients.
        as_of: the local day of the patients (group patients by time zone).
        rules: the catalogue, perhaps with changes.
        known: findings raised before, by patient; see `episodes.new_findings`.
        lookback_days: findings raised on earlier days than this are left out, but for a
            loss that stood longer.

    Returns:
        Findings by patient, the oldest first; patients without one are absent.
    """
    found = replay(
        diary,
        events,
        start=as_of - timedelta(days=lookback_days),
        end=as_of,
        rules=rules,
    )
    told = known or {}
    fresh = {
        patient: episodes.new_findings(items, told.get(patient, ()), rules=rules)
        for patient, items in found.items()
    }
    return {patient: items for patient, items in fresh.items() if items}


def replay(
    diary: Diary,
    events: Sequence[Event] = (),
    *,
    start: date | None = None,
    end: date | None = None,
    rules: RuleSet = CATALOGUE,
) -> Findings:
    """Return what would have been raised on each day from `start` to `end`, by patient.

    Causal: what is raised on a day depends on nothing recorded later. A loss that still
    stood at `start` is among them, whenever it was raised. Without `start` from the
    first day, without `end` to the last day of anybody's diary.
    """
    last = end or last_day(diary)
    if last is None:
        return {}
    found: Findings = {}
    for block in _blocks(until(diary, last)):
        evidence = gather(block, events, end=last)
        if evidence is None:
            continue
        raised = _raised(evidence, rules)
        if start is not None and len(raised):
            raised = raised[_is_recent(raised, np.datetime64(start))]
        for patient, finding in explain.findings(raised, evidence, rules):
            found.setdefault(patient, []).append(finding)
    return found


def _is_recent(raised: Rows, start: np.datetime64) -> Bools:
    """Return which rows are of that day or later, or of a loss that still stood then.

    What comes in weeks late, or with an import, must not hide a loss of today.
    """
    stands = np.isin(raised["rule"], LOSS_RULES) & (raised["until"] >= start)
    recent: Bools = (raised["day"] >= start) | stands
    return recent


def last_day(diary: Diary) -> date | None:
    """Return the last local day of the diary, None when it is empty."""
    days = [rows["local_day"].max() for rows in diary.frames().values() if len(rows)]
    return max(days).astype("datetime64[D]").item() if days else None


def _raised(evidence: Evidence, rules: RuleSet) -> Rows:
    """Return the rows that are flags: rules in order, then one voice an episode."""
    deficits = _deficits(evidence, rules)
    dangers = safety.red_flags(
        evidence, open_drops=_open_drops(evidence, deficits, rules)
    )
    both = motor.both_losing(evidence.without_accepted, CATALOGUE["R06"])
    deficits = [*deficits, joined([dangers, both])]
    unsteady = function.unsteady(evidence, rules["R09"])
    care = _care(evidence, rules, deficits=deficits)
    spoken = _speak([*deficits, unsteady, *care], rules, evidence.accepted)
    reviews = _reviews(evidence, rules, spoken=spoken)
    quiet = silence.silent(
        evidence,
        high_risk=rules["R14"],
        standard=rules["R15"],
        alarms=spoken[
            np.isin(spoken["rule"], HIGH_RISK_RULES) & (spoken["tier"] != "watch")
        ],
    )
    return _speak([spoken, reviews, quiet], rules, evidence.accepted)


def _open_drops(evidence: Evidence, deficits: list[Rows], rules: RuleSet) -> Rows:
    """Return the drops that a red flag is judged beside: by the catalogue's numbers.

    Neither a clinic's numbers nor a baseline that a clinician accepted may decide
    whether a red flag is an emergency (R18).
    """
    chosen = any(rules[each] != CATALOGUE[each] for each in DROP_SOURCES)
    if chosen or evidence.accepted:
        deficits = _deficits(evidence.without_accepted, CATALOGUE)
    drops = [rows for rows in deficits if np.isin(rows["rule"], OPEN_DROP_RULES).any()]
    return _speak(drops, CATALOGUE)


def _deficits(evidence: Evidence, rules: RuleSet) -> list[Rows]:
    """Return the days of R06 to R08."""
    often = motor.repeated(evidence, rules["R06"])
    progressive = motor.progressive(evidence, rules["R06"], often=often)
    spread = sensory.spread(evidence, rules["R08"])
    weak = motor.lost(evidence, rules["R07"], limit=rules["R07"].value("evidence"))
    return [
        progressive,
        sensory.relief_trap(
            evidence,
            rules["R07"],
            motor=weak,
            sensory=spread,
            repeated=often,
        ),
        spread,
        sensory.rising(evidence, rules["R08"]),
        since_accepted(evidence, NUMBNESS, partial(sensory.stepped, rule=rules["R08"])),
    ]


def _care(evidence: Evidence, rules: RuleSet, *, deficits: list[Rows]) -> list[Rows]:
    """Return the days of pain, walking, progress and trust: R10 to R12, R16, R21, R22."""
    doubts = trust.doubtful(evidence, rules["R22"])
    crisis = review.crisis(evidence, rules["R12"])
    raised = [
        since_accepted(
            evidence, PAIN, partial(pain.flare, rule=rules["R10"], deficits=deficits)
        ),
        since_accepted(
            evidence, PAIN, partial(pain.sustained, rule=rules["R11"], beside=crisis)
        ),
    ]
    believed = [
        trust.dampened(rows, evidence, doubts) if rules["R22"].enabled else rows
        for rows in raised
    ]
    marks = np.any([marked_days(evidence, rows) for rows in deficits], axis=0)
    weak = [rows[np.isin(rows["rule"], WEAK_RULES)] for rows in deficits if len(rows)]
    beside = np.any(
        [
            danger.both_legs_said(evidence),
            *(marked_days(evidence, rows) for rows in weak),
        ],
        axis=0,
    )
    return [
        *believed,
        crisis,
        function.shorter_walks(evidence, rules["R16"], beside=beside),
        review.improving(evidence, rules["R21"], deficits=marks),
        doubts,
    ]


def _reviews(evidence: Evidence, rules: RuleSet, *, spoken: Rows) -> Rows:
    pressing = spoken[np.isin(spoken["tier"], ("emergency", "urgent", "soon"))]
    alarmed = marked_days(evidence, pressing)
    return review.not_improving(evidence, rules["R13"], alarmed=alarmed)


def _speak(
    candidates: Sequence[Rows], rules: RuleSet, accepted: Sequence[Accepted] = ()
) -> Rows:
    # Asked once more here: no change of the rules may silence an emergency.
    off = [rule.id for rule in rules.values() if not rule.enabled and rule.is_tunable]
    filled = [part for part in candidates if len(part)]
    if not filled:
        return Rows({name: np.empty(0, dtype=object) for name in CANDIDATE_COLUMNS})
    rows = joined(filled)
    return episodes.first_days(rows[~np.isin(rows["rule"], off)], rules, accepted)


def _blocks(diary: Diary) -> list[Diary]:
    """Return the diary in blocks of patients, in the order of their names."""
    known = diary.frames()
    patients = sorted(
        set().union(*(set(each["patient"].tolist()) for each in known.values()))
    )
    if len(patients) <= BLOCK_PATIENTS:
        return [diary]
    block = {name: place // BLOCK_PATIENTS for place, name in enumerate(patients)}
    blocks = {
        name: np.array([block[each] for each in rows["patient"].tolist()], np.int64)
        for name, rows in known.items()
    }
    return [
        Diary(**{name: rows[blocks[name] == place] for name, rows in known.items()})
        for place in range(max(block.values()) + 1)
    ]
