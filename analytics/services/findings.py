"""From the engine's findings to flags: what is already told is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from analytics.domain import overrides
from analytics.domain.episodes import new_findings
from analytics.domain.findings import Finding
from analytics.domain.rules import CATALOGUE
from analytics.models import Flag
from analytics.selectors.own_numbers import Numbers
from analytics.services.red_flags import LATE_AFTER
from tracker.domain.red_flag_rules import BOTH_LEGS_WEAKER
from tracker.models import Patient
from tracker.services.voice import Voice, voice_of


#: The rule that reminds of the diary, and all that a pause stops.
MISSED_DIARY: Final = "R15"
#: A mild loss of power should be treated within so long of its onset.
#: Unit: duration. Source: clinical.md section 2.4 (W3, 390 patients).
#: Caveat: one centre; of the examination, so that the decision can follow.
MILD_CUT_OFF: Final = timedelta(days=8)
#: The least that a clinic has. Unit: duration. Source: R07, "within a day" (section 13).
#: Caveat: a flag that was found late may leave no more.
LEAST_NOTICE: Final = timedelta(hours=24)

#: Stored flags so much older than a finding cannot tell it. Unit: days.
#: Source: LOOKBACK_DAYS and the longest refractory time, with room to spare.
KNOWN_FOR: Final = timedelta(days=120)


def fresh_flags(
    patient_id: UUID,
    findings: Iterable[Finding],
    *,
    numbers: Numbers,
    today: date,
    last_heard: date | None,
    now: datetime,
) -> list[Flag]:
    """Return unsaved flags for the findings that no stored flag tells already.

    A stored flag of the same rule, side and item within the rule's refractory time
    is the same worsening, whichever day late entries have moved it to. Answers to the
    safety questions are not among them (`red_flags.untold`). `numbers` are what was
    changed in the rules for the patient; each flag keeps them.
    """
    wanted = [
        finding
        for finding in findings
        if finding.red_flag is None and not _is_over(finding, last_heard)
    ]
    if not wanted:
        return []
    stored = Flag.objects.filter(
        patient=patient_id,
        rule__in={finding.rule for finding in wanted},
        raised_on__gte=min(finding.raised_on for finding in wanted) - KNOWN_FOR,
    )
    known = [finding for flag in stored for finding in _known(flag)]
    rules = overrides.in_force(numbers.changes)
    new = new_findings(wanted, known, rules=rules)
    if any(finding.rule == MISSED_DIARY for finding in new) and _on_holiday(
        patient_id, grace=rules[MISSED_DIARY].value("missed_days"), today=today
    ):
        new = [finding for finding in new if finding.rule != MISSED_DIARY]
    if not new:
        return []
    voice = voice_of(patient_id)
    flags = [
        _flag_of(patient_id, finding, voice=voice, today=today, now=now)
        for finding in new
    ]
    for flag in flags:
        flag.rule_changes = numbers.changes
        if numbers.own:
            flag.evidence |= {"own_numbers": numbers.told()}
    return flags


def _is_over(finding: Finding, last_heard: date | None) -> bool:
    """Return whether a silence has been broken since: nobody need ask any more."""
    return (
        finding.category == "adherence"
        and last_heard is not None
        and last_heard >= finding.raised_on
    )


def _on_holiday(patient_id: UUID, *, grace: float, today: date) -> bool:
    """Return whether a pause lasts, or ended too short ago to miss anything since.

    It stops the reminder to log and nothing else: a silence after a warning (R14)
    asks whether the patient is all right.
    """
    patients = Patient.objects.values_list("paused_until", flat=True)
    until = patients.get(pk=patient_id)
    return until is not None and today <= until + timedelta(days=grace)


def _known(flag: Flag) -> Iterator[Finding]:
    """Yield a stored flag as the findings that it tells, one for each item."""
    evidence: Mapping[str, Any] = flag.evidence
    from_push = evidence.get("source") == "red_flags"
    if not from_push:
        told = [(str(evidence.get("item", "")), evidence.get("severity", 1.0))]
    elif flag.rule == BOTH_LEGS_WEAKER.id:
        told = [("", math.inf)]
    else:  # what is deeper still, the push has judged by itself
        told = [(str(item), math.inf) for item in evidence.get("items", ())]
    for item, severity in told:
        yield Finding(
            rule=flag.rule,
            version=flag.rule_version,
            tier=flag.tier,
            category=flag.category,
            side=flag.side or None,
            raised_on=flag.raised_on,
            onset_on=flag.onset_on,
            explanation="",
            evidence={"item": item, "severity": severity},
        )


def _flag_of(
    patient_id: UUID, finding: Finding, *, voice: Voice, today: date, now: datetime
) -> Flag:
    item = str(finding.evidence.get("item", ""))
    title, text, clinician_text = _words(finding)
    return Flag(
        patient_id=patient_id,
        key="|".join(
            (
                finding.rule,
                finding.tier,
                finding.side or "",
                item,
                finding.raised_on.isoformat(),
                f"{float(finding.evidence.get('severity', 1.0)):g}",
            )
        ),
        rule=finding.rule,
        rule_version=finding.version,
        tier=finding.tier,
        category=finding.category,
        side=finding.side or "",
        likely_roots=dict(finding.likely_roots),
        onset_on=finding.onset_on,
        raised_on=finding.raised_on,
        raised_at=now,
        late=today - finding.raised_on > LATE_AFTER,
        evidence={
            **finding.evidence,
            "items": [item] if item else finding.evidence.get("movements", []),
            "patient_tier": finding.tier,
            "source": "trend",
        },
        explanation=finding.explanation,
        patient_title=voice.headline(title),
        patient_text=voice.say(text),
        clinician_text=clinician_text,
        examine_by=_examine_by(finding, now),
    )


def _examine_by(finding: Finding, now: datetime) -> datetime | None:
    """Return by when the patient should be examined: the nerve's clock began earlier.

    What is found late leaves the clinic a day all the same.
    """
    if finding.examine_within_hours is None:
        return None
    latest = now + timedelta(hours=finding.examine_within_hours)
    if finding.category != "motor" or finding.onset_on is None:
        return latest
    onset = datetime.combine(finding.onset_on, time(), tzinfo=UTC)
    return min(latest, max(onset + MILD_CUT_OFF, now + LEAST_NOTICE))


def _words(finding: Finding) -> tuple[str, str, str]:
    rule = CATALOGUE[finding.rule]
    words = rule.watch if finding.tier == "watch" and rule.watch else rule
    return words.title, words.text, words.clinician_text
