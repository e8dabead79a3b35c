"""No JSON at all makes `judge` raise, and nothing drowns a positive answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain import diary
from tracker.domain.red_flags import TIERS, KnownState, RedFlag, TestHistory, judge


NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**40)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([*diary.RED_FLAG_ANSWERS, *diary.TESTS, "left", " New", "0"])
    | st.datetimes().map(datetime.isoformat)
    | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
field_names = st.sampled_from(
    [
        "id",
        "recorded_at",
        "withdrawn_at",
        *(name for found in diary.COLLECTIONS.values() for name in found.field_names),
    ]
)
anything = st.dictionaries(field_names | st.text(max_size=8), json_values, max_size=12)
pushes = st.dictionaries(
    st.sampled_from([*diary.COLLECTIONS, "unknown"]),
    st.lists(anything | json_values, max_size=4) | json_values,
)
weakness = st.fixed_dictionaries(
    {
        "id": st.sampled_from([f"report-{number:03}" for number in range(6)])
        | st.none(),
        "side": st.sampled_from(diary.LEGS),
        "test": st.sampled_from(diary.TESTS[:2]),
        "score": st.sampled_from([0, 1, 2, 3, None]),
        "repeat_score": st.sampled_from([0, 1, 2, 3, None]),
        "recorded_at": st.integers(0, 40).map(
            lambda halves: (NOW - timedelta(minutes=30 * halves)).isoformat()
        ),
    }
)
states = st.builds(
    lambda baselines, slap, drop: KnownState(
        tests={
            (side, test): TestHistory(
                baseline=baseline,
                recent=((NOW - timedelta(days=1), 0, None, "known-0001"),),
            )
            for (side, test), baseline in baselines.items()
        },
        foot_slap_new=slap,
        recent_motor_drop=drop,
    ),
    st.dictionaries(
        st.tuples(st.sampled_from(diary.LEGS), st.sampled_from(diary.TESTS)),
        st.sampled_from([None, 0.0, 1.0, 2.0, 3.0]),
        max_size=4,
    ),
    st.booleans(),
    st.booleans(),
)


def emergencies(flags: list[RedFlag]) -> set[str]:
    return {flag.rule for flag in flags if flag.tier == "emergency"}


@settings(deadline=None, max_examples=300)
@given(records=pushes | json_values, state=states)
def test_judging_never_raises(records, state: KnownState) -> None:
    flags = judge(records, state=state, now=NOW)
    assert flags == sorted(flags, key=lambda flag: TIERS.index(flag.tier))
    assert len(set(flags)) == len(flags)


@settings(deadline=None, max_examples=300)
@given(
    other=anything,
    item=st.sampled_from(diary.CAUDA_EQUINA_ITEMS),
    answer=st.sampled_from(["new", "worse", " NEW ", "Worse", True]),
    beside=pushes,
    state=states,
)
def test_a_positive_item_is_an_emergency_whatever_else_is_sent(
    other, item: str, answer: object, beside, state: KnownState
) -> None:
    check = {**other, item: answer, "withdrawn_at": None}
    found = beside.get("red_flag_checks")
    checks = [*(found if isinstance(found, list) else []), check]
    flags = judge({**beside, "red_flag_checks": checks}, state=state, now=NOW)
    assert emergencies(flags) & {"R01", "R02"}


@settings(deadline=None)
@given(other=anything, item=st.sampled_from(diary.RED_FLAG_ITEMS), state=states)
def test_a_withdrawn_check_judges_to_nothing(
    other, item: str, state: KnownState
) -> None:
    check = {**other, item: "new", "withdrawn_at": NOW.isoformat()}
    assert judge({"red_flag_checks": [check]}, state=state, now=NOW) == []


@settings(deadline=None)
@given(
    logs=st.lists(
        weakness, max_size=4, unique_by=lambda log: (log["id"], log["recorded_at"])
    ),
    state=states,
)
def test_the_order_inside_a_push_does_not_matter(logs, state: KnownState) -> None:
    if len({log["recorded_at"] for log in logs}) < len(logs):
        return  # two tests of one leg in one instant have no order
    results = [
        judge({"weakness_logs": list(order)}, state=state, now=NOW)
        for order in permutations(logs)
    ]
    assert all(result == results[0] for result in results)


@settings(deadline=None)
@given(logs=st.lists(weakness, max_size=5), state=states)
def test_sending_a_push_twice_in_one_is_sending_it_once(logs, state) -> None:
    once = judge({"weakness_logs": logs}, state=state, now=NOW)
    twice = judge({"weakness_logs": [*logs, *logs]}, state=state, now=NOW)
    assert twice == once


@settings(deadline=None)
@given(logs=st.lists(weakness, max_size=4), check=anything, state=states)
def test_judging_changes_nothing_that_it_reads(logs, check, state: KnownState) -> None:
    records = {"weakness_logs": logs, "red_flag_checks": [check]}
    before = json.dumps(records)
    judge(records, state=state, now=NOW)
    assert json.dumps(records) == before


@pytest.mark.parametrize(
    "records",
    [
        {},
        None,
        [],
        "new",
        {"red_flag_checks": None},
        {"red_flag_checks": {"urine_leak": "new"}},
        {"red_flag_checks": "new"},
        {"red_flag_checks": [None, 1, "x", [], [["urine_leak", "new"]]]},
        {"weakness_logs": [{"side": {}, "test": [], "score": 10**500}]},
        {"day_logs": [{"foot_slap": {}}]},
    ],
)
def test_what_is_no_record_is_nothing(records) -> None:
    assert judge(records, state=KnownState(), now=NOW) == []


def test_a_long_backlog_is_judged_in_good_time() -> None:
    logs = [
        {
            "id": f"report-{number:05}",
            "side": diary.LEGS[number % 2],
            "test": "heel_walk",
            "score": number % 3,
            "recorded_at": (NOW - timedelta(minutes=7 * number)).isoformat(),
        }
        for number in range(5000)
    ]
    history = TestHistory(baseline=2.0)
    known = KnownState(tests={(side, "heel_walk"): history for side in diary.LEGS})
    assert judge({"weakness_logs": logs}, state=known, now=NOW)
