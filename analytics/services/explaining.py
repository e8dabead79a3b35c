"""Why a flag was raised: its inputs day by day, and what today's engine says of them.

Only reads. Loads the engine, so only commands and workers may import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import transaction

from analytics import frames
from analytics.domain import accepted, overrides, pipeline, signals
from analytics.domain.events import BASELINE, Event
from analytics.domain.findings import Finding
from analytics.domain.records import Diary
from analytics.domain.rules import CATALOGUE, Rule, RuleSet, RulesInvalid
from analytics.models import Flag
from analytics.services.replaying import red_flags_of, stored_record
from analytics.services.unanswered import ANSWER_WITHIN, asked_by, is_answered
from tracker.domain.accepted import signal_name
from tracker.domain.diary import LEGS
from tracker.errors import NotFound


#: Days before the onset that are shown: enough to see what was usual.
DAYS_BEFORE: Final = 14
#: Days shown at most, the last ones; a creeping onset can be long ago.
MOST_DAYS: Final = 90


def explanation_of(flag_id: str) -> Iterator[str]:
    """Yield the lines that explain a flag and replay it. Writes nothing.

    Raises:
        NotFound: there is no such flag.
    """
    with transaction.atomic():
        flag = _flag(flag_id)
        diary = frames.diary_of_patients([flag.patient_id])
        events = _events(flag)
    yield from _stored(flag)
    yield from _thresholds(flag)
    yield from _inputs(flag, diary)
    yield from _replayed(flag, diary, events)


def _events(flag: Flag) -> list[Event]:
    """Return what the clinic did and saw, with the baselines that the flag knew.

    A flag of a push keeps none: it is replayed with those that stand.
    """
    patient = str(flag.patient_id)
    found = frames.events_of_patients([flag.patient_id])
    if flag.evidence.get("source") == "red_flags":
        return found
    others = [event for event in found if event.kind != BASELINE]
    return [*others, *accepted.kept(patient, flag.evidence)]


def _flag(flag_id: str) -> Flag:
    try:
        found = Flag.objects.filter(pk=UUID(flag_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound
    return found


def _stored(flag: Flag) -> Iterator[str]:
    side = f", {flag.side}" if flag.side else ""
    yield f"{flag.rule} {flag.rule_version}, {flag.tier}, {flag.category}{side}"
    since = f", onset {flag.onset_on}" if flag.onset_on else ""
    yield f"Raised on {flag.raised_on}{since}{', late' if flag.late else ''}."
    yield flag.explanation
    for entry in flag.evidence.get("entries", ()):
        words = (entry.get(key) for key in ("day", "collection", "id", "value"))
        yield "  entry  " + "  ".join(str(word) for word in words if word is not None)
    yield from _numbers("number", flag.evidence.get("numbers", {}))
    for event in accepted.kept(str(flag.patient_id), flag.evidence):
        what = f"{signal_name(event.name)}, {event.side} = {event.value:g}"
        yield f"  accepted baseline  {what} from {event.on}"


def _numbers(label: str, numbers: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(numbers.items()):
        yield f"  {label}  {name} = {value}"


def _thresholds(flag: Flag) -> Iterator[str]:
    rules = _rules_of(flag)
    rule = (rules or CATALOGUE).get(flag.rule)
    if rule is None:
        yield "The catalogue of today has no such rule."
        return
    yield f"Thresholds of {rule.id} {rule.version}, the version of today:"
    if rules is None:
        yield "  the numbers that the clinic had chosen are not allowed any more"
    yield from _chosen(CATALOGUE[rule.id], rule, flag.evidence.get("own_numbers", ()))
    yield from _numbers("threshold", rule.parameters)
    yield f"  quiet for {rule.refractory_days} days after it spoke"


def _rules_of(flag: Flag) -> RuleSet | None:
    """Return the rules with the numbers in force when the flag was raised.

    None: today's limits do not allow them any more.
    """
    try:
        return overrides.in_force(flag.rule_changes)
    except RulesInvalid:
        return None


def _chosen(
    default: Rule, rule: Rule, own: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield what was changed in the rule when the flag was raised, and by whom."""
    for each in own:
        if each["rule"] == rule.id:
            yield (
                f"  chosen for this patient then  {each['setting']} = {each['value']} "
                f"until {each['until']}"
            )
    theirs = {each["setting"] for each in own if each["rule"] == rule.id}
    for name, value in sorted(rule.parameters.items()):
        if value != default.parameters[name] and name not in theirs:
            yield (
                f"  chosen by the clinic then  {name} = {value}, "
                f"by default {default.parameters[name]}"
            )


def _inputs(flag: Flag, diary: Diary) -> Iterator[str]:
    """Yield a table of the daily numbers on the flag's side; a dot is silence."""
    first = (flag.onset_on or flag.raised_on) - timedelta(days=DAYS_BEFORE)
    first = max(first, flag.raised_on - timedelta(days=MOST_DAYS - 1))
    own, _ = signals.numbered(diary)
    answered = signals.answers(own, signals.self_tests(own))
    daily = signals.daily_signals(answered, signals.numb_regions(own))
    days = daily["day"]
    within = (days >= np.datetime64(first)) & (days <= np.datetime64(flag.raised_on))
    if flag.side in LEGS:
        sides = (LEGS.index(flag.side), len(LEGS))
        within &= np.isin(daily["side"], sides)
    yield f"Answers from {first} to {flag.raised_on}, one cell a day, . is silence:"
    series: dict[tuple[str, str], dict[date, float]] = {}
    for row in daily[within].records():
        key = row["quantity"], signals.SIDES[row["side"]]
        series.setdefault(key, {})[row["day"].date()] = row["value"]
    for (quantity, side), value_of in sorted(series.items()):
        place = "" if side == signals.NO_LEG else f" {side}"
        yield f"  {f'{quantity}{place}':28} {_row(value_of, first, flag.raised_on)}"


def _row(value_of: dict[date, float], first: date, last: date) -> str:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return " ".join(f"{value_of[day]:g}" if day in value_of else "." for day in days)


def _replayed(flag: Flag, diary: Diary, events: list[Event]) -> Iterator[str]:
    asked = asked_by(flag)
    if asked is not None:
        yield from _unanswered(asked)
        return
    rules = _rules_of(flag) or CATALOGUE
    found = pipeline.replay(diary, events, end=flag.raised_on, rules=rules)
    same = [
        finding
        for finding in found.get(str(flag.patient_id), [])
        if _is_same(finding, flag, rules)
    ]
    if flag.evidence.get("source") == "red_flags":
        same = [each for each in same if _tells_entry(each, flag)]
        if not same:
            yield from _judged_again(flag)
            return
    if not same:
        yield (
            "Replayed with the diary and the rules of today, this flag is NOT raised: "
            "entries were edited, withdrawn or came late, or the rule has changed."
        )
        return
    nearest = min(same, key=lambda each: abs(each.raised_on - flag.raised_on))
    differences = list(_differences(nearest, flag))
    yield "Replayed with the diary and the rules of today, " + (
        "the same flag is raised, but:" if differences else "the same flag is raised."
    )
    yield from differences


def _unanswered(asked: Flag) -> Iterator[str]:
    """Yield what the patient was asked for; nothing of it is in the diary to replay."""
    hours = ANSWER_WITHIN // timedelta(hours=1)
    yield (
        f"On {asked.raised_on} the patient was asked for something (flag {asked.pk}), and "
        f"{hours} hours later nobody had answered."
    )
    yield (
        "It has been answered since."
        if is_answered(asked)
        else "It still has not been."
    )


def _judged_again(flag: Flag) -> Iterator[str]:
    """Judge the entry once more, as a push of that moment: few red flags are replayed.

    What only asks the patient for something is no flag of a back-test.
    """
    entry = flag.evidence["entries"][0]
    record = stored_record(flag.patient_id, entry["collection"], entry["id"])
    if record is None:
        yield (
            "The entry is not stored, or was withdrawn: with the diary of today this flag "
            "is NOT raised."
        )
        return
    found = red_flags_of(
        flag.patient_id, {entry["collection"]: [record]}, now=flag.raised_at
    )
    same = [
        each
        for each in found
        if (each.rule, each.entry) == (flag.rule, entry["id"])
        and each.clinician_tier == flag.tier
    ]
    if same:
        yield "Judged again as of that moment, the same flag is raised."
        yield from _versions(flag, same[0].version)
    else:
        yield (
            "Judged again as of that moment, this flag is NOT raised: entries were edited, "
            "withdrawn or came late, or the rule has changed."
        )


def _versions(flag: Flag, version: str) -> Iterator[str]:
    if version != flag.rule_version:
        yield f"  version was {flag.rule_version}, is {version}"


def _tells_entry(finding: Finding, flag: Flag) -> bool:
    """Return whether a replayed red flag is as urgent, and of the same entry if known."""
    told = {each["id"] for each in flag.evidence.get("entries", ())}
    own = {each["id"] for each in finding.evidence.get("entries", ())}
    return finding.tier == flag.tier and (finding.red_flag is None or bool(told & own))


def _is_same(finding: Finding, flag: Flag, rules: RuleSet) -> bool:
    rule = rules.get(flag.rule)
    days = rule.refractory_days if rule else 0
    return (
        finding.rule == flag.rule
        and (finding.side or "") == flag.side
        and abs(finding.raised_on - flag.raised_on) <= timedelta(days=days)
    )


def _differences(finding: Finding, flag: Flag) -> Iterator[str]:
    pairs = {
        "version": (flag.rule_version, finding.version),
        "tier": (flag.tier, finding.tier),
        "day": (flag.raised_on, finding.raised_on),
        "onset": (flag.onset_on, finding.onset_on),
    }
    if flag.evidence.get("source") == "trend":
        was = flag.evidence.get("numbers", {})
        now = dict(finding.evidence.get("numbers", {}))
        for name in sorted({*was, *now}):
            pairs[name] = (was.get(name), now.get(name))
    for name, (before, today) in pairs.items():
        if before != today:
            yield f"  {name} was {before}, is {today}"
