"""Judge pushed records for danger at once: R01-R05 and R17-R19, pure and robust.

Called inside the sync request, before anything is stored and whether or not it can
be stored. Nothing a phone sends makes `judge` raise, and nothing else in a record
silences a positive cauda equina item, except that the patient withdrew it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain import (
    circumstances,
    diary,
    motor_danger,
    raw_records,
    saddle,
    self_tests,
    untested,
)
from tracker.domain.earlier_checks import earlier_checks
from tracker.domain.power_tests import KnownState, TestHistory, baseline_of
from tracker.domain.red_flag_conditions import Situation
from tracker.domain.red_flag_rules import (
    AFTER_PROCEDURE,
    ANSWER_RULES,
    MOTOR_DROP,
    NEW_OPIOID,
    POSITIVE,
    SADDLE_UNANSWERED,
    SADDLE_UNASKED,
    TIERS,
    Rule,
)


__all__ = [
    "TIERS",
    "KnownState",
    "RedFlag",
    "TestHistory",
    "baseline_of",
    "judge",
]


@dataclass(frozen=True, kw_only=True)
class RedFlag:
    """A danger found in a pushed record: what the patient and the clinician are told.

    `tier` is the patient's, `clinician_tier` the clinic's. `items` are the answers or
    self-tests that fired; `entry` is None when the record has no usable id.
    """

    rule: str
    version: str
    tier: str
    clinician_tier: str
    category: str
    title: str
    text: str
    clinician_text: str
    collection: str
    entry: str | None
    items: tuple[str, ...]
    side: str | None


def judge(
    records: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    state: KnownState,
    now: datetime,
) -> list[RedFlag]:
    """Return the red flags of a push, the most pressing first, each once.

    Args:
        records: raw or decoded records by collection, as pushed; any JSON at all.
        state: what was known before. Records of this push that are in it already
            (a replay) are taken from the push.
        now: aware; stands in for a `recorded_at` that cannot be read.
    """
    checks = list(raw_records.live_records(records, diary.RED_FLAG_CHECKS.name))
    tests = self_tests.self_tests(records, state=state, now=now)
    dropped = motor_danger.has_motor_drop(tests)
    before = motor_danger.old_drops(tests) if checks and not dropped else []
    found = [
        *(red_flag_of(finding) for finding in motor_danger.motor_findings(tests)),
        *(red_flag_of(finding) for finding in untested.untested_findings(tests)),
        *(
            flag
            for check in checks
            for flag in judge_check(
                check,
                facts=facts_of(
                    check,
                    tests,
                    motor_drop=dropped
                    or motor_danger.was_new_at(
                        before, raw_records.recorded_at(check, now=now)
                    ),
                ),
            )
        ),
        *_of_earlier_checks(records, tests, motor_drop=dropped),
    ]
    if numb := saddle_flag(records, state=state, now=now):
        found.append(numb)
    return sorted(
        dict.fromkeys(found),
        key=lambda flag: (TIERS.index(flag.tier), flag.rule, flag.entry or ""),
    )


def saddle_flag(
    records: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    state: KnownState,
    now: datetime,
) -> RedFlag | None:
    """Return what a numb saddle on the body map raises, or None."""
    numb = saddle.unasked(records, state=state, now=now)
    if numb is None:
        return None
    rule = SADDLE_UNANSWERED if numb.refused else SADDLE_UNASKED
    return _red_flag(rule, entry=raw_records.record_id(numb.log), items=numb.areas)


def _of_earlier_checks(
    records: Mapping[str, Sequence[Mapping[str, object]]],
    tests: self_tests.SelfTests,
    *,
    motor_drop: bool,
) -> Iterator[RedFlag]:
    """Yield what the push makes of the safety checks that came a moment before it.

    An evening often comes in several pushes, and one flag may need two of them.
    """
    state, now = tests.state, tests.now
    earlier = earlier_checks(records, state=state)
    if not earlier:
        return
    before = self_tests.self_tests(_taken_back(records), state=state, now=now)
    dropped_before = motor_danger.has_motor_drop(before)
    for check in earlier:
        facts = facts_of(check, tests, motor_drop=motor_drop)
        known = facts_of(check, before, motor_drop=dropped_before)
        told = list(judge_check(check, facts=known))
        yield from (
            flag for flag in judge_check(check, facts=facts) if flag not in told
        )


def _taken_back(
    records: Mapping[str, Sequence[Mapping[str, object]]],
) -> dict[str, list[raw_records.Record]]:
    """Return the records of a push as if the patient stood by none of them.

    Sent a second time they are known already, and must not count as known.
    """
    return {
        name: [
            {**record, "withdrawn_at": raw_records.EARLIEST_RECORD}
            for record in raw_records.records_of(records, name)
        ]
        for name in records
    }


def facts_of(
    check: raw_records.Record, tests: self_tests.SelfTests, *, motor_drop: bool
) -> frozenset[str]:
    """Return what is known besides the answers of one safety check."""
    at = raw_records.recorded_at(check, now=tests.now)
    known = {
        MOTOR_DROP: motor_drop,
        NEW_OPIOID: circumstances.has_new_opioid(tests.days, now=tests.now),
        AFTER_PROCEDURE: tests.state.is_after_procedure(at),
    }
    return frozenset(fact for fact, holds in known.items() if holds)


def judge_check(
    check: raw_records.Record, *, facts: frozenset[str]
) -> Iterator[RedFlag]:
    """Yield what one safety check raises: of each rule id, the most pressing."""
    situation = Situation(
        answers={
            item: raw_records.answer(check.get(item)) for item in diary.RED_FLAG_ITEMS
        },
        facts=facts,
    )
    judged: set[str] = set()
    for rule in ANSWER_RULES:
        matched = rule.when.matches(situation) if rule.when else None
        if matched is None or rule.id in judged:
            continue
        judged.add(rule.id)
        items = _telling(matched, situation) | _positive_items(rule.id, situation)
        yield _red_flag(
            rule,
            entry=raw_records.record_id(check),
            items=tuple(item for item in diary.RED_FLAG_ITEMS if item in items),
        )


def _telling(matched: frozenset[str], situation: Situation) -> frozenset[str]:
    """Return the matched items without those that matched by a plain "no"."""
    return frozenset(item for item in matched if situation.answers[item] != "no")


def _positive_items(rule_id: str, situation: Situation) -> frozenset[str]:
    """Return the positive items that any rule of this id looks at.

    A swollen calf beside chest pain belongs on the same flag.
    """
    mentioned = frozenset[str]().union(
        *(
            rule.when.items()
            for rule in ANSWER_RULES
            if rule.id == rule_id and rule.when
        )
    )
    return frozenset(item for item in mentioned if situation.answers[item] in POSITIVE)


def red_flag_of(finding: motor_danger.MotorFinding) -> RedFlag:
    """Return a motor finding as the red flag that is told."""
    return _red_flag(
        finding.rule,
        entry=finding.entry,
        items=finding.items,
        side=finding.side or None,
    )


def _red_flag(
    rule: Rule, *, entry: str | None, items: tuple[str, ...], side: str | None = None
) -> RedFlag:
    return RedFlag(
        rule=rule.id,
        version=rule.version,
        tier=rule.tier,
        clinician_tier=rule.clinician_tier,
        category=rule.category,
        title=rule.wording.title,
        text=rule.wording.text,
        clinician_text=rule.wording.clinician_text,
        collection=rule.collection,
        entry=entry,
        items=items,
        side=side,
    )
