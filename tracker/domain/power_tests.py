"""Self-tests of leg power: what a phone reports, what is usual, what is a drop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from statistics import median
from typing import ClassVar, Final

from tracker.domain import diary, raw_records
from tracker.domain.circumstances import KnownDay, Procedure


#: How many of the earliest valid scores the personal baseline may use.
#: Unit: self-tests of one movement of one leg.
#: Source: clinical.md section 13, `base(x)`; our proposal, not clinically validated.
#: Caveat: a baseline set in a bad week hides a deficit (hazard H8).
BASELINE_FIRST_SCORES: Final = 10
#: How many of those, the best ones, make the baseline; none exists before.
#: Unit: self-tests of one movement of one leg.
#: Source: clinical.md section 13, `base(x)`; our proposal, not clinically validated.
#: Caveat: until then the other side and absolute scores are used.
BASELINE_BEST_SCORES: Final = 5

#: Drop below the baseline that counts as severe when it is confirmed.
#: Unit: steps of the self-test score (0-3).
#: Source: clinical.md sections 2.3 and 13 (R05), our translation of "severe" (MRC
#:   grade 3 or less: Balaji et al., Eur Spine J 2014;23:1968; Petr et al., Spine
#:   2019;44:454).
#: Caveat: the self-test is not validated against MRC grades (clinical.md section 16).
SEVERE_DROP_STEPS: Final = 2
#: Score that is severe by itself when the baseline is above it.
#: Unit: self-test score (0-3).
#: Source: clinical.md section 13 (R05); movement is not possible at all.
#: Caveat: asked of every self-test, also of those the table does not name.
NO_MOVEMENT_SCORE: Final = 0
#: Lowest baseline from which no movement counts as a fall.
#: Unit: self-test score (0-3).
#: Source: clinical.md section 13 (R05).
#: Caveat: none.
NO_MOVEMENT_MINIMUM_BASELINE: Final = 1
#: Difference from the other leg that is severe as long as there is no baseline.
#: Unit: steps of the self-test score (0-3).
#: Source: clinical.md section 13 (R05, at enrolment); our proposal.
#: Caveat: an old, recorded weakness is excused by `clinician_recorded` only.
SEVERE_SIDE_DIFFERENCE_STEPS: Final = 2
#: Drop below the baseline that counts once confirmed: on both legs it is R04, on one
#: leg it is the fact `motor_drop` that other rules ask for.
#: Unit: steps of the self-test score (0-3).
#: Source: clinical.md section 13 (R04), from criterion 3 of the GIRFT national
#:   cauda equina pathway (deficit of both legs).
#: Caveat: one step alone is common noise (clinical.md section 4.5).
DROP_STEPS: Final = 1
#: Highest heel-walk score that is severe when a foot slap is new.
#: Unit: self-test score (0-3).
#: Source: clinical.md section 13 (R05); our proposal.
#: Caveat: the slap stands in for the repeat of the test.
FOOT_SLAP_HEEL_SCORE: Final = 1
#: Lowest heel-walk baseline from which that counts as a fall.
#: Unit: self-test score (0-3).
#: Source: clinical.md section 13 (R05); our proposal.
#: Caveat: none.
FOOT_SLAP_MINIMUM_BASELINE: Final = 2
#: Days with a foot slap before the last `NEW_WITHIN`, of the last
#: `circumstances.DAYS_KEPT`, from which one more is not new.
#: Unit: local days.
#: Source: our choice [A]: one may be a stumble, or a first sign that went away.
#: Caveat: a slap that was twice reported and comes back within the six weeks is left
#:   to the self-tests.
FOOT_SLAP_KNOWN_DAYS: Final = 2
#: How many of the last tests before `NEW_WITHIN` tell what was usual until then.
#: Unit: self-tests of one movement of one leg.
#: Source: clinical.md section 13 (R05, onset <= 14 days): what was there before is not
#:   new. Our proposal, set on simulated people [A].
#: Caveat: few, so that a leg that recovered for a month can drop anew.
OLDER_SCORES: Final = 20
#: Which of those, counted from the lowest, is the usual low of the leg: what was as
#: low on two of them is no new severe drop; only what is lower still is.
#: Unit: place, counted from 1.
#: Source: clinical.md section 13, `confirm()`: one low score may be a slip, two count.
#: Caveat: a leg that was that low on two days of the weeks before and now stays so is
#:   left to the analysis (R06), some days later; the patient is still asked to repeat.
USUAL_LOW_PLACE: Final = 2
#: How many of the last of those make a recovery when all of them are that much better
#: (`SEVERE_DROP_STEPS`) than the score in question: then no low before them excuses it.
#: Unit: self-tests of one movement of one leg.
#: Source: as many as a baseline needs (clinical.md section 13, `base(x)`), set on
#:   simulated people: .001 more false emergencies a patient-year [A].
#: Caveat: a leg that had recovered by one step alone is left to the analysis (R06):
#:   counting those, too, cost .07 false emergencies a patient-year.
RECOVERED_SCORES: Final = BASELINE_BEST_SCORES
#: Fewest of those scores from which their median is what the leg could usually do.
#: Unit: self-tests of one movement of one leg.
#: Source: as many as a baseline needs (clinical.md section 13, `base(x)`).
#: Caveat: with fewer every severe drop counts as sudden.
USUAL_MINIMUM_SCORES: Final = BASELINE_BEST_SCORES
#: Reports within `NEW_WITHIN` that confirm a severe drop which came step by step.
#: Unit: self-tests of one movement of one leg.
#: Source: clinical.md section 13 (R06): three tests make one step progressive; one
#:   step at a time is common noise, .09 a patient-month (section 4.5) [C4].
#: Caveat: one report later than a sudden drop; R06 may speak before.
STEPWISE_REPORTS: Final = 3

#: The myotomes that a self-test asks of.
#: Source: diary.md; clinical.md section 1.1.
MYOTOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "heel_walk": ("L4", "L5"),
    "big_toe_lift": ("L5",),
    "heel_raise": ("S1",),
    "chair_rise": ("L3", "L4"),
    "knee_lift": ("L2", "L3"),
    "hip_hold": ("L5",),
}
#: Highest recorded power of such a myotome that excuses a severe self-test without a
#: baseline.
#: Unit: MRC grade (0-5).
#: Source: clinical.md section 2.3, severe deficit (Balaji et al., Eur Spine J
#:   2014;23:1968).
#: Caveat: a recorded grade 4 explains a weaker test, never the loss of movement.
RECORDED_SEVERE_MRC_GRADE: Final = 3

#: Best score there is.
#: Unit: self-test score (0-3).
#: Source: clinical.md section 2.2.
#: Caveat: a ceiling; a strong leg may lose power before it shows.
NORMAL_SCORE: Final = 3

#: Longest time between two tests of one sitting.
#: Unit: duration.
#: Source: our choice (clinical.md section 13, `confirm()`, says "same session").
#: Caveat: measured on the phone's clock.
SITTING: Final = timedelta(hours=1)
#: Age up to which a drop is new, and up to which two reports confirm each other.
#: Unit: duration.
#: Source: clinical.md section 13 (R05, onset); GIRFT "any in the last 14 days".
#: Caveat: an older drop belongs to the analysis (R06), not to the red flags. The
#:   catalogue asks for a repeat in the same session; patients who test once a week
#:   would never be confirmed by that alone, so the neighbouring report counts, too.
NEW_WITHIN: Final = timedelta(days=14)
#: Longest time between the drops of the two legs.
#: Unit: duration.
#: Source: clinical.md section 13 (R04); our proposal.
#: Caveat: none.
BOTH_SIDES_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class TestHistory:
    """What is known about one self-test of one leg.

    `recent` holds (recorded_at, score, repeat_score, record id), newest last, of
    the last 14 days. `severe_since` is the first report of an unbroken run of
    severe ones, when the caller knows it: a run older than `NEW_WITHIN` no longer
    raises R05 unless it gets deeper. None means "new", which is the safe side.
    `older` are the last `OLDER_SCORES` scores before the last 14 days, oldest first.
    `before_procedure` is the last score before a recent procedure, if there is one.
    `accepted` is what a clinician has called usual since, if anybody has, and
    `since_accepted` are those of `older` that are not from before its day.
    `unsafe` holds (recorded_at, record id) of the reports of the last 14 days that
    left the test out because it was not safe.
    """

    __test__: ClassVar[bool] = False  # the name is clinical; nothing for pytest

    baseline: float | None = None
    recent: tuple[tuple[datetime, int | None, int | None, str | None], ...] = ()
    clinician_recorded: bool = False
    severe_since: datetime | None = None
    older: tuple[int, ...] = ()
    before_procedure: float | None = None
    accepted: float | None = None

    since_accepted: tuple[int, ...] = ()
    unsafe: tuple[tuple[datetime, str | None], ...] = ()

    @property
    def usual(self) -> float | None:
        """Return the baseline, or the higher level that a clinician accepted since."""
        levels = [each for each in (self.baseline, self.accepted) if each is not None]
        return max(levels, default=None)


_NO_HISTORY: Final = TestHistory()


@dataclass(frozen=True, kw_only=True)
class KnownState:
    """What the server knew about a patient before this push.

    `tests` is by side and test. `foot_slap_new`: reported within the last 14 days and
    not `foot_slap_long_known`: on several days before that, so that one more is not new.
    `checked_at` is when the questions of the saddle were last answered, `checks` are those that came in
    a moment ago. `days` are the day logs of the last weeks, `procedures` the windows
    after recent treatments. `recent_motor_drop`: a motor finding (R04-R07) is open or of
    the last two weeks, or a weaker leg was accepted as usual in them.
    """

    tests: Mapping[tuple[str, str], TestHistory] = field(default_factory=dict)
    foot_slap_new: bool = False
    foot_slap_long_known: bool = False
    recent_motor_drop: bool = False
    checked_at: datetime | None = None
    checks: tuple[raw_records.Record, ...] = ()
    days: tuple[KnownDay, ...] = ()
    procedures: tuple[Procedure, ...] = ()

    def of(self, side: str, test: str) -> TestHistory:
        """Return what is known about one test of one leg; nothing is a history too."""
        return self.tests.get((side, test), _NO_HISTORY)

    def is_after_procedure(self, at: datetime) -> bool:
        """Return whether a new deficit at that moment may be a complication (R19)."""
        return any(procedure.covers(at) for procedure in self.procedures)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One self-test as reported; `scores` are the one or two results of the record."""

    side: str
    test: str
    at: datetime
    scores: tuple[int, ...]
    entry: str | None
    pushed: bool

    @property
    def best(self) -> int:
        """Return what the leg managed at best."""
        return max(self.scores)

    @property
    def is_normal(self) -> bool:
        """Return whether nothing in it can be below anything: the scale ends there."""
        return min(self.scores) >= NORMAL_SCORE

    def is_other_than(self, report: Report) -> bool:
        """Return whether they are surely two records: one may not confirm itself.

        Of two without a usable id nobody can tell.
        """
        return self.entry != report.entry


def baseline_of(scores: Sequence[int]) -> float | None:
    """Return the personal baseline of one test, or None while there is too little.

    `scores` are the valid ones of one movement of one leg, oldest first.
    """
    if len(scores) < BASELINE_BEST_SCORES:
        return None
    best = sorted(scores[:BASELINE_FIRST_SCORES], reverse=True)
    return float(median(best[:BASELINE_BEST_SCORES]))


def is_new_low(score: int, history: TestHistory) -> bool:
    """Return whether the leg was seldom so low before the last `NEW_WITHIN`.

    Or had recovered since. While too little is known of that time it is new, which is
    the safe side.
    """
    return _is_seldom(score, history.older)


def is_new_since_accepted(score: int, history: TestHistory) -> bool:
    """Return the same of the time since a clinician accepted the present level."""
    return _is_seldom(score, history.since_accepted)


def _is_seldom(score: int, older: Sequence[int]) -> bool:
    lowest = sorted(older)[:USUAL_LOW_PLACE]
    if len(lowest) < USUAL_LOW_PLACE or score < lowest[-1]:
        return True
    latest = older[-RECOVERED_SCORES:]
    recovered = len(latest) == RECOVERED_SCORES
    return recovered and min(latest) - score >= SEVERE_DROP_STEPS


def usual_before(history: TestHistory) -> float | None:
    """Return what the leg could usually do before the last `NEW_WITHIN`, if known."""
    if len(history.older) < USUAL_MINIMUM_SCORES:
        return None
    return float(median(history.older))


def lasting_run(history: TestHistory) -> list[int]:
    """Return the scores of the severe run with which the time before ended.

    That is before the last `NEW_WITHIN`; empty when its last score was not severe.
    """
    limit = severe_limit(history.baseline)
    if limit is None:
        return []
    return list(takewhile(lambda score: score <= limit, reversed(history.older)))


def severe_limit(baseline: float | None) -> int | None:
    """Return the highest score that is severe for a baseline; None if none can be."""
    if baseline is None or baseline <= NO_MOVEMENT_SCORE:
        return None
    return max(NO_MOVEMENT_SCORE, int(baseline) - SEVERE_DROP_STEPS)


def reports_of(records: object, *, state: KnownState, now: datetime) -> list[Report]:
    """Return the pushed and the known reports, oldest first, withdrawn ones left out.

    A pushed record replaces what was known under its id, so that sending it twice
    never makes it its own confirmation. A record without a readable time is taken
    to be of now.
    """
    pushed = [
        report
        for record in raw_records.live_records(records, diary.WEAKNESS_LOGS.name)
        if (report := _report(record, now=now)) is not None
    ]
    touched = raw_records.ids_in(records, diary.WEAKNESS_LOGS.name)
    known = [
        report
        for report in _known_reports(state)
        if report.entry not in touched and raw_records.is_believable(report.at, now=now)
    ]
    return sorted([*known, *pushed], key=lambda report: report.at)


def _report(record: raw_records.Record, *, now: datetime) -> Report | None:
    side = raw_records.word(record.get("side"))
    test = raw_records.word(record.get("test"))
    scores = _scores(
        raw_records.score(record.get("score")),
        raw_records.score(record.get("repeat_score")),
    )
    if side not in diary.LEGS or test not in diary.TESTS or not scores:
        return None
    return Report(
        side=side,
        test=test,
        at=raw_records.recorded_at(record, now=now),
        scores=scores,
        entry=raw_records.record_id(record),
        pushed=True,
    )


def _known_reports(state: KnownState) -> list[Report]:
    return [
        Report(side=side, test=test, at=at, scores=scores, entry=entry, pushed=False)
        for (side, test), history in state.tests.items()
        for at, score, repeat_score, entry in history.recent
        if (scores := _scores(score, repeat_score))
    ]


def _scores(score: int | None, repeat_score: int | None) -> tuple[int, ...]:
    return tuple(value for value in (score, repeat_score) if value is not None)
