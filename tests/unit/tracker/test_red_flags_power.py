"""R05: a self-test far below the patient's own, on one leg."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.self_tests import (
    DAY,
    DROP,
    HOUR,
    NONE,
    NOW,
    REPEAT,
    SECOND,
    fired,
    history,
    log,
    state,
)
from tracker.domain import diary
from tracker.domain.red_flags import KnownState, baseline_of, judge


# The baseline


@pytest.mark.parametrize("count", range(5))
def test_there_is_no_baseline_before_five_scores(count: int) -> None:
    assert baseline_of([3] * count) is None


@pytest.mark.parametrize(
    ("scores", "baseline"),
    [
        ([3, 3, 3, 3, 3], 3.0),
        ([0, 0, 0, 0, 0], 0.0),
        ([1, 1, 2, 3, 3], 2.0),
        ([0, 0, 0, 3, 3, 3, 2, 2, 1, 0], 3.0),
        ([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3], 2.0),
        ([1, 1, 1, 1, 1, 1, 1, 3, 3, 3], 3.0),
        ([1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3], 1.0),
    ],
)
def test_the_baseline_is_the_median_of_the_best_five_of_the_first_ten(
    scores: list[int], baseline: float
) -> None:
    found = baseline_of(scores)
    assert found == baseline
    assert isinstance(found, float)


# Severe drop of one leg (R05): how far


@pytest.mark.parametrize(
    ("baseline", "score", "expected"),
    [
        (3, 3, NONE),
        (3, 2, NONE),
        (3, 1, DROP),
        (3, 0, DROP),
        (2, 2, NONE),
        (2, 1, NONE),
        (2, 0, DROP),
        (1, 1, NONE),
        (1, 0, DROP),
        (0, 0, NONE),
        (0, 3, NONE),
    ],
)
@pytest.mark.parametrize("test", diary.TESTS)
@pytest.mark.parametrize("side", diary.LEGS)
def test_a_severe_drop_is_two_steps_or_no_movement(
    side: str, test: str, baseline: int, score: int, expected: list[tuple[str, str]]
) -> None:
    known = KnownState(tests={(side, test): history(float(baseline))})
    assert fired(log(score, score, side=side, test=test), known=known) == expected


def test_the_flag_names_the_leg_the_test_and_the_entry() -> None:
    [flag] = judge({"weakness_logs": [log(0, 0)]}, state=state(history()), now=NOW)
    assert (flag.side, flag.items, flag.category) == ("left", ("heel_walk",), "motor")
    assert flag.entry == "left-heel_walk-20260320T090000"
    assert flag.collection == "weakness_logs"


# Severe drop of one leg (R05): what confirms it


@pytest.mark.parametrize(
    ("score", "repeat", "expected"),
    [
        (1, None, REPEAT),
        (1, 0, DROP),
        (1, 1, DROP),
        (1, 2, REPEAT),
        (1, 3, REPEAT),
        (2, 1, REPEAT),
        (2, 2, NONE),
        (0, 1, DROP),  # both results are two steps below, so the drop is real
        (None, 0, REPEAT),
        (None, None, NONE),
    ],
)
def test_the_repeat_in_the_same_record_confirms(
    score: object, repeat: object, expected: list[tuple[str, str]]
) -> None:
    assert fired(log(score, repeat), known=state(history())) == expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(HOUR - SECOND, DROP), (HOUR, DROP), (HOUR + SECOND, REPEAT)],
)
def test_another_record_of_the_same_sitting_confirms(
    apart: timedelta, expected: list[tuple[str, str]]
) -> None:
    # A better result in between: only the sitting can confirm, not the neighbour.
    between = log(3, ago=apart / 2)
    logs = [log(0, ago=apart), between, log(0)]
    assert fired(*logs, known=state(history())) == expected


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (14 * DAY - SECOND, DROP),
        (14 * DAY, DROP),
        (14 * DAY + SECOND, REPEAT),
    ],
)
def test_the_report_before_confirms_within_fourteen_days(
    ago: timedelta, expected: list[tuple[str, str]]
) -> None:
    assert fired(log(1), known=state(history(3.0, (ago, 1, None)))) == expected


def test_a_better_report_in_between_undoes_the_confirmation() -> None:
    known = state(history(3.0, (2 * DAY, 0, None), (DAY, 3, None)))
    assert fired(log(0), known=known) == REPEAT


def test_a_report_whose_own_repeat_was_better_confirms_nothing() -> None:
    assert fired(log(0), known=state(history(3.0, (DAY, 0, 3)))) == REPEAT


def test_a_report_with_a_better_repeat_is_not_confirmed_by_its_neighbour() -> None:
    assert fired(log(0, 3), known=state(history(3.0, (DAY, 0, None)))) == REPEAT


def test_two_low_results_of_three_in_one_sitting_confirm() -> None:
    known = state(history(3.0, (10 * timedelta(minutes=1), 0, 3)))
    assert fired(log(0), known=known) == DROP


def test_the_other_leg_and_another_test_confirm_nothing() -> None:
    known = KnownState(
        tests={
            ("left", "heel_walk"): history(),
            ("right", "heel_walk"): history(3.0, (DAY, 0, None)),
            ("left", "heel_raise"): history(3.0, (DAY, 0, None)),
        }
    )
    assert fired(log(0), known=known) == REPEAT


def test_a_record_sent_twice_never_confirms_itself() -> None:
    first = log(0, entry="known-0000")
    known = state(history(3.0, (timedelta(0), 0, None)))
    assert fired(first, known=known) == REPEAT
    assert fired(first, first, known=known) == REPEAT


def test_records_without_an_id_never_confirm_one_another() -> None:
    assert fired(log(0) | {"id": None}, log(0) | {"id": 5}, known=state(history())) == (
        REPEAT
    )


def test_a_record_withdrawn_in_this_push_confirms_nothing() -> None:
    withdrawn = log(0, entry="known-0000", ago=DAY, withdrawn_at=NOW.isoformat())
    known = state(history(3.0, (DAY, 0, None)))
    assert fired(withdrawn, log(0), known=known) == REPEAT


def test_late_arrival_confirms_as_well() -> None:
    known = state(history(3.0, (DAY, 0, None)))
    assert fired(log(0, ago=2 * DAY), known=known) == DROP


def test_an_unconfirmed_drop_asks_for_a_repeat_and_informs_the_clinician() -> None:
    [flag] = judge({"weakness_logs": [log(0)]}, state=state(history()), now=NOW)
    assert (flag.rule, flag.tier, flag.clinician_tier) == ("R05", "urgent", "info")
    assert flag.items == ("heel_walk", "unconfirmed")
    assert "repeat" in flag.title


def test_a_slip_that_a_later_report_has_settled_is_not_asked_about() -> None:
    assert fired(log(0, ago=DAY), log(3), known=state(history())) == NONE


@pytest.mark.parametrize("reason", ["pain", "unsafe", "injury"])
def test_pain_does_not_block(reason: str) -> None:
    logs = [log(0, 0, not_done_reason=reason, felt_weakness=0)]
    pain = [{"site": "leg", "side": "left", "intensity": 10, "worst": 10}]
    assert fired(*logs, known=state(history()), pain_logs=pain) == DROP


def test_felt_weakness_alone_is_no_drop() -> None:
    assert fired(log(None, felt_weakness=6), known=state(history())) == NONE


# Severe drop of one leg (R05): what is new


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(14 * DAY - SECOND, DROP), (14 * DAY, DROP), (14 * DAY + SECOND, NONE)],
)
def test_only_a_report_of_the_last_fourteen_days_is_judged(
    ago: timedelta, expected: list[tuple[str, str]]
) -> None:
    assert fired(log(0, 0, ago=ago), known=state(history())) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(14 * DAY - SECOND, DROP), (14 * DAY, DROP), (14 * DAY + SECOND, NONE)],
)
def test_a_long_known_drop_is_not_new(
    since: timedelta, expected: list[tuple[str, str]]
) -> None:
    known = state(history(3.0, (DAY, 1, None), severe_since=NOW - since))
    assert fired(log(1, 1), known=known) == expected


def test_a_long_known_drop_that_gets_deeper_is_new() -> None:
    known = state(history(3.0, (DAY, 1, None), severe_since=NOW - 60 * DAY))
    assert fired(log(0, 0), known=known) == DROP


@pytest.mark.parametrize(
    ("older", "yesterday", "expected"),
    [
        ((3, 3, 1, 1, 1), 1, REPEAT),  # the first report of the deeper drop
        ((3, 3, 1, 1, 1), 0, DROP),  # the second, which the first does not excuse
        ((3, 0, 1, 1, 1), 0, DROP),  # one slip long ago does not, either
        ((3, 1, 1, 0, 0), 0, NONE),  # long known by now
    ],
)
def test_a_deeper_drop_of_a_long_weak_leg_is_confirmed_by_its_second_report(
    older: tuple[int, ...], yesterday: int, expected: list[tuple[str, str]]
) -> None:
    known = history(
        3.0, (DAY, yesterday, None), older=older, severe_since=NOW - 60 * DAY
    )
    assert fired(log(0, None), known=state(known)) == expected


@pytest.mark.parametrize(
    ("older", "expected"),
    [
        ((), DROP),
        ((1,), DROP),
        ((3, 3, 1, 3, 3), DROP),
        ((3, 1, 3, 0, 3), REPEAT),
        ((3, 1, 3, 3, 1), REPEAT),
        ((1, 1, 3, 3, 3, 3), REPEAT),  # four good tests are no recovery yet
        ((1, 1, 3, 3, 3, 3, 3), DROP),  # a relapse: what was before excuses nothing
        ((1, 1, 3, 3, 2, 3, 3), REPEAT),  # nor are five that were only a step better
    ],
)
def test_a_leg_that_was_as_low_twice_before_has_no_new_drop(
    older: tuple[int, ...], expected: list[tuple[str, str]]
) -> None:
    assert fired(log(1, 1), known=state(history(3.0, older=older))) == expected


def test_a_leg_that_gets_lower_than_it_often_was_has_a_new_drop() -> None:
    known = state(history(3.0, older=(1, 1, 1, 3, 3)))
    assert fired(log(0, 0), known=known) == DROP


@pytest.mark.parametrize(
    ("older", "reports_before", "expected"),
    [
        ((3, 3, 3, 3, 3), 0, DROP),  # two steps at once: the repeat confirms
        ((2, 2, 2, 2), 0, DROP),  # too little is known of the time before
        ((2, 2, 2, 2, 2), 0, REPEAT),  # the last of two steps is but one
        ((2, 2, 2, 2, 2), 1, REPEAT),
        ((2, 2, 2, 2, 2), 2, DROP),  # three reports confirm it
        ((3, 3, 2, 2, 2), 2, DROP),
    ],
)
def test_a_severe_drop_that_came_step_by_step_needs_three_reports(
    older: tuple[int, ...], reports_before: int, expected: list[tuple[str, str]]
) -> None:
    before = [(day * DAY, 1, None) for day in range(reports_before, 0, -1)]
    known = state(history(3.0, *before, older=older))
    assert fired(log(1, 1), known=known) == expected


def test_no_movement_needs_no_third_report() -> None:
    known = state(history(3.0, older=(1, 1, 2, 2, 2)))
    assert fired(log(0, 0), known=known) == DROP


def test_at_enrolment_a_weakness_seen_twice_before_is_not_new() -> None:
    known = state(history(None, older=(0, 0)))
    assert fired(log(0, 0), known=known) == REPEAT


# Severe drop of one leg (R05): the foot slap


@pytest.mark.parametrize(
    ("baseline", "score", "expected"),
    [
        (3.0, 2, NONE),
        (3.0, 1, DROP),
        (3.0, 0, DROP),
        (2.0, 1, DROP),
        (1.0, 1, NONE),
        (None, 1, NONE),
    ],
)
def test_a_new_foot_slap_confirms_a_weak_heel_walk(
    baseline: float | None, score: int, expected: list[tuple[str, str]]
) -> None:
    known = state(history(baseline), foot_slap_new=True)
    assert fired(log(score), known=known) == expected


def test_a_foot_slap_in_the_same_push_counts() -> None:
    slap = [{"foot_slap": True, "recorded_at": NOW.isoformat()}]
    assert fired(log(1), known=state(history(2.0)), day_logs=slap) == DROP


def test_a_foot_slap_joins_a_heel_walk_that_came_before() -> None:
    slap = [{"foot_slap": True, "recorded_at": NOW.isoformat()}]
    known = state(history(2.0, (DAY, 1, None)))
    [flag] = judge({"day_logs": slap}, state=known, now=NOW)
    assert (flag.rule, flag.tier, flag.entry) == ("R05", "emergency", "known-0000")
    assert flag.items == ("heel_walk", "foot_slap")


@pytest.mark.parametrize("slap", [False, None, 0, 1, "no"])
def test_no_foot_slap_confirms_nothing(slap: object) -> None:
    assert fired(log(1), known=state(history(2.0)), day_logs=[{"foot_slap": slap}]) == (
        NONE
    )


def test_a_long_known_foot_slap_is_not_new() -> None:
    known = state(history(2.0), foot_slap_long_known=True)
    assert fired(log(1), known=known, day_logs=[{"foot_slap": True}]) == NONE


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(14 * DAY - SECOND, DROP), (14 * DAY, DROP), (14 * DAY + SECOND, NONE)],
)
def test_a_foot_slap_that_arrives_late_is_not_new(
    ago: timedelta, expected: list[tuple[str, str]]
) -> None:
    slap = [{"foot_slap": True, "recorded_at": (NOW - ago).isoformat()}]
    assert fired(log(1), known=state(history(2.0)), day_logs=slap) == expected


def test_a_known_foot_slap_and_heel_walk_are_not_raised_by_another_record() -> None:
    known = state(history(2.0, (DAY, 1, None)), foot_slap_new=True)
    assert fired(log(3, test="heel_raise"), known=known) == NONE


def test_a_heel_walk_that_has_recovered_since_is_no_foot_drop() -> None:
    known = state(history(2.0), foot_slap_new=True)
    assert fired(log(1, ago=DAY), log(2), known=known) == NONE


def test_a_withdrawn_foot_slap_confirms_nothing() -> None:
    slap = [{"foot_slap": True, "withdrawn_at": NOW.isoformat()}]
    assert fired(log(1), known=state(history(2.0)), day_logs=slap) == NONE


def test_a_foot_slap_concerns_the_heel_walk_only() -> None:
    known = KnownState(tests={("left", "heel_raise"): history(2.0)}, foot_slap_new=True)
    assert fired(log(1, test="heel_raise"), known=known) == NONE


# Severe drop of one leg (R05): at enrolment, without a baseline


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (3, 3, NONE),
        (2, 3, NONE),
        (1, 3, DROP),
        (0, 3, DROP),
        (0, 0, [("R04", "emergency"), ("R05", "emergency"), ("R05", "emergency")]),
        (1, 2, NONE),
        (1, 1, NONE),
    ],
)
def test_at_enrolment_the_other_leg_is_the_measure(
    left: int, right: int, expected: list[tuple[str, str]]
) -> None:
    logs = [log(left, left), log(right, right, side="right")]
    assert fired(*logs, known=KnownState()) == expected


@pytest.mark.parametrize(("score", "expected"), [(0, REPEAT), (1, NONE), (2, NONE)])
def test_at_enrolment_an_unconfirmed_zero_is_asked_about(
    score: int, expected: list[tuple[str, str]]
) -> None:
    assert fired(log(score), known=KnownState()) == expected


def test_at_enrolment_the_baseline_of_the_other_leg_counts() -> None:
    known = state(history(None), history(3.0))
    assert fired(log(1, 1), known=known) == DROP


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(14 * DAY - SECOND, DROP), (14 * DAY, DROP), (14 * DAY + SECOND, REPEAT)],
)
def test_at_enrolment_the_other_leg_counts_for_fourteen_days(
    ago: timedelta, expected: list[tuple[str, str]]
) -> None:
    known = state(history(None), history(None, (ago, 3, None)))
    assert fired(log(1, 1), known=known) == expected


@pytest.mark.parametrize("score", [0, 1])
def test_at_enrolment_a_recorded_weakness_is_no_news(score: int) -> None:
    known = state(history(None, clinician_recorded=True), history(3.0))
    assert fired(log(score, score), known=known) == NONE


def test_a_recorded_weakness_does_not_excuse_a_fall_below_the_baseline() -> None:
    assert fired(log(0, 0), known=state(history(2.0, clinician_recorded=True))) == DROP
