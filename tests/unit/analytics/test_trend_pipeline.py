from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.domain import cohort, roots, rules, signals
from analytics.domain.diary_lines import BadLine, checked
from analytics.domain.episodes import new_findings
from analytics.domain.events import Event
from analytics.domain.findings import Finding, is_neurological
from analytics.domain.pipeline import analyse, replay
from analytics.domain.records import Diary, diary_of
from analytics.domain.rows import Rows
from tests.tables import PATIENT, START, Drawing, day
from tracker.domain.diary import REGIONS, SADDLE_REGIONS


DAYS = 70
LONDON = ZoneInfo("Europe/London")


def rows_of(scenario: cohort.Scenario, seed: int = 3, days: int = DAYS) -> dict:
    rng = np.random.default_rng(seed)
    rows: dict[str, list] = {}
    for collection, record in cohort.simulate_patient(
        scenario, rng=rng, start=START, days=days, zone=LONDON
    ):
        rows.setdefault(collection, []).append({"patient": scenario, **record})
    return rows


def clinic() -> Diary:
    rows: dict[str, list] = {}
    for scenario in cohort.SCENARIOS:
        for name, own in rows_of(scenario).items():
            rows.setdefault(name, []).extend(own)
    return diary_of(rows)


@pytest.fixture(scope="module")
def diary() -> Diary:
    return clinic()


def test_production_says_day_by_day_what_the_replay_says(diary: Diary) -> None:
    replayed = replay(diary, end=day(DAYS - 1))
    for number in range(DAYS - 8, DAYS):
        today = day(number)
        known = {
            patient: [each for each in found if each.raised_on < today]
            for patient, found in replayed.items()
        }
        told = analyse(diary, as_of=today, known=known, lookback_days=0)
        for patient in cohort.SCENARIOS:
            expected = [f for f in replayed.get(patient, []) if f.raised_on == today]
            assert told.get(patient, []) == expected


def test_patients_do_not_disturb_one_another(diary: Diary) -> None:
    together = replay(diary, end=day(DAYS - 1))
    alone = replay(diary_of(rows_of("creeping_weakness")), end=day(DAYS - 1))
    assert together["creeping_weakness"] == alone["creeping_weakness"]


def test_the_input_is_left_as_it_was(diary: Diary) -> None:
    before = {name: repr(rows.records()) for name, rows in diary.frames().items()}
    replay(diary)
    for name, rows in diary.frames().items():
        assert repr(rows.records()) == before[name]


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(shuffler) -> None:
    rows = rows_of("creeping_weakness", days=45)
    expected = replay(diary_of(rows))
    for own in rows.values():
        shuffler.shuffle(own)
    assert replay(diary_of(rows)) == expected


def test_a_withdrawn_entry_is_ignored() -> None:
    drawing = Drawing().tests("3 3 3 3 3 1/1")
    assert drawing.days_of("R05") == [5]
    drawing.rows["weakness_logs"][-1]["withdrawn_at"] = "2026-03-07T09:00:00+00:00"
    assert drawing.days_of("R05") == []


def test_a_later_revision_replaces_the_earlier_one() -> None:
    drawing = Drawing().tests("3 3 3 3 3 1/1")
    wrong = drawing.rows["weakness_logs"][-1]
    corrected = {**wrong, "score": 3, "repeat_score": None, "revision": 2}
    drawing.rows["weakness_logs"].append(corrected)
    assert drawing.days_of("R05") == []


def test_an_empty_diary_has_no_findings() -> None:
    assert replay(diary_of({})) == {}
    assert analyse(diary_of({}), as_of=START) == {}


def numbered(drawing: Drawing) -> Diary:
    return signals.numbered(drawing.diary())[0]


def answers(diary: Diary) -> Rows:
    return signals.answers(diary, signals.self_tests(diary))


def test_null_is_silence_and_zero_an_answer() -> None:
    drawing = Drawing().numbness("0 ?").pain("0")
    answered = answers(numbered(drawing))
    names = [signals.QUANTITIES[each] for each in answered["quantity"]]
    assert names == ["leg_pain", "numbness"]
    assert answered["value"].tolist() == [0.0, 0.0]


def test_both_counts_for_each_leg_and_midline_for_none() -> None:
    drawing = Drawing().pain("4", side="both").pain("5", side="midline")
    answered = answers(numbered(drawing))
    assert answered["side"].tolist() == [0, 1]
    assert answered["value"].tolist() == [4, 4]


def test_several_areas_tapped_as_midline_count_for_both_legs() -> None:
    saddle = SADDLE_REGIONS[0]
    drawing = Drawing().numbness("4 5", side="midline", regions=[saddle, "big_toe"])
    taps = signals.numb_regions(numbered(drawing))
    assert sorted(taps["side"].tolist()) == [0, 0, 1, 1]
    assert {REGIONS[place] for place in taps["region"]} == {saddle}


def test_daily_signals_are_one_number_a_day_with_their_entries() -> None:
    drawing = Drawing().pain("3,5 .").numbness("2,6", regions=["big_toe"])
    diary = numbered(drawing)
    daily = signals.daily_signals(answers(diary), signals.numb_regions(diary))
    found = dict(zip(daily["quantity"], daily["value"], strict=True))
    assert found == {"leg_pain": 4.0, "numbness": 6.0, "numb_regions_L5": 1.0}
    assert {len(entries) for entries in daily["entries"]} == {2}


def test_who_takes_no_opioid_is_in_no_opioid_trial() -> None:
    drawing = Drawing().pain("5 " * 30).day_logs("7 " * 30, "sleep_quality")
    assert drawing.days_of("R12") == []


def finding(**changes: object) -> Finding:
    fields = {
        "rule": "R06",
        "version": "1.0.0",
        "tier": "urgent",
        "category": "motor",
        "side": "left",
        "raised_on": day(20),
        "onset_on": day(18),
        "explanation": "",
        "evidence": {"item": "L5", "severity": 1.0},
    }
    return Finding(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"raised_on": day(27)}, 0),
        ({"raised_on": day(28)}, 1),
        ({"side": "right"}, 1),
        ({"rule": "R05"}, 1),
        ({"tier": "emergency"}, 1),
        ({"tier": "soon"}, 0),
        ({"evidence": {"item": "S1", "severity": 1.0}}, 1),
        ({"evidence": {"item": "L5", "severity": 2.0}}, 1),
    ],
)
def test_a_known_finding_is_told_once(changes: dict, count: int) -> None:
    assert len(new_findings([finding(**changes)], [finding()])) == count


def test_analyse_leaves_out_what_is_known(diary: Diary) -> None:
    today = day(DAYS - 1)
    first = analyse(diary, as_of=today)
    assert first
    assert analyse(diary, as_of=today, known=first) == {}


@pytest.mark.parametrize(
    ("scenario", "rule"),
    [
        ("creeping_numbness", "R08"),
        ("creeping_weakness", "R06"),
        ("foot_drop", "R05"),
        ("pain_relief_with_weakness", "R07"),
        ("cauda_equina", "R01"),
        ("rising_pain", "R11"),
        ("silent", "R15"),
    ],
)
def test_each_scenario_is_found(scenario: cohort.Scenario, rule: str) -> None:
    hits = [
        any(
            found.rule == rule
            for found in replay(
                diary_of(rows_of(scenario, seed)), end=day(DAYS - 1)
            ).get(scenario, [])
        )
        for seed in range(4)
    ]
    assert sum(hits) >= 3


def test_r07_of_many_people_never_says_that_pain_fell_to_more() -> None:
    scenario: cohort.Scenario = "pain_relief_with_weakness"
    found = [
        each
        for seed in range(20)
        for each in replay(diary_of(rows_of(scenario, seed))).get(scenario, [])
        if each.rule == "R07"
    ]
    assert {"watch", "urgent"} <= {each.tier for each in found}
    for each in found:
        low, high = re.findall(r"fell to (\S+) from (\S+) ", each.explanation)[0]
        assert float(low) < float(high)
        assert (each.examine_within_hours is None) is (each.tier == "watch")


def test_the_same_seed_makes_the_same_diary() -> None:
    assert rows_of("flaring") == rows_of("flaring")
    assert rows_of("flaring") != rows_of("flaring", seed=4)


@pytest.mark.parametrize("scenario", cohort.SCENARIOS)
def test_simulated_records_are_diary_records(scenario: cohort.Scenario) -> None:
    for collection, own in rows_of(scenario).items():
        for record in own:
            assert checked({**record, "collection": collection})


def test_an_emergency_rule_cannot_be_switched_off() -> None:
    with pytest.raises(rules.RulesInvalid):
        rules.changed(rules.CATALOGUE, {"R05": {"enabled": False}})


def test_a_rule_can_be_switched_off_and_tuned() -> None:
    off = rules.changed(rules.CATALOGUE, {"R06": {"enabled": False}})
    drawing = Drawing().tests("3 3 3 3 3 2 2 2")
    assert drawing.days_of("R06") == [7]
    assert drawing.days_of("R06", rules=off) == []
    strict = rules.changed(
        rules.CATALOGUE, {"R06": {"parameters": {"repeat_count": 4}}}
    )
    assert drawing.days_of("R06", rules=strict) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"R99": {}},
        {"R06": 3},
        {"R06": {"tier": "info"}},
        {"R06": {"parameters": {"unknown": 1}}},
        {"R06": {"parameters": {"drop_steps": "1"}}},
        {"R06": {"parameters": {"drop_steps": True}}},
        {"R06": {"parameters": {"drop_steps": 2}}},
        {"R06": {"parameters": {"repeat_count": float("nan")}}},
        {"R06": {"parameters": [1]}},
        {"R06": {"enabled": 0}},
        {"R06": {"refractory_days": 0}},
        {"R06": {"refractory_days": 29}},
        {"R06": {"refractory_days": 7.5}},
        {"R06": {"version": ""}},
        {"R05": {"version": "2"}},
        {"R03": {"enabled": False}},
        ["R06"],
    ],
)
def test_a_wrong_rule_change_is_refused(changes: dict) -> None:
    with pytest.raises(rules.RulesInvalid):
        rules.changed(rules.CATALOGUE, changes)


@pytest.mark.parametrize("rule_id", rules.CATALOGUE)
def test_a_clinic_may_choose_each_number_within_its_limits(rule_id: str) -> None:
    rule = rules.CATALOGUE[rule_id]
    assert set(rule.limits) == set(rule.parameters)
    for name, (low, high) in rule.limits.items():
        assert low <= rule.parameters[name] <= high
        for value in (low, high):
            change = {rule_id: {"parameters": {name: value}}}
            assert rules.changed(rules.CATALOGUE, change)[rule_id].value(name) == value
        for value in (low - 0.001, high + 0.001):
            change = {rule_id: {"parameters": {name: value}}}
            with pytest.raises(rules.RulesInvalid, match=name):
                rules.changed(rules.CATALOGUE, change)


def test_the_catalogue_is_whole() -> None:
    missing = {f"R{number:02}" for number in range(1, 23)} - set(rules.CATALOGUE)
    assert missing == {"R20"}
    assert "no such question" in rules.NOT_EVALUATED["R20"]


@pytest.mark.parametrize("rule_id", rules.CATALOGUE)
def test_every_text_of_the_catalogue_is_plain(rule_id: str) -> None:
    rule = rules.CATALOGUE[rule_id]
    sentences = re.split(r"(?<=[.!?:])\s+", rule.text)
    words = [len(sentence.split()) for sentence in sentences]
    assert sum(words) / len(words) <= 15
    assert max(words) <= 36
    assert not re.search(r"cauda|radicul|motor|deficit|acute|stenosis", rule.text)
    assert rule.sources
    assert rule.clinician_text
    assert rule.speaks_again
    assert rule.caveat or rule.judged == "push"


def test_roots_are_a_distribution() -> None:
    found = roots.likely_roots(
        failed_tests=["big_toe_lift"], numb_regions=["big_toe", "sole"]
    )
    assert sum(found.values()) == pytest.approx(1, abs=0.01)
    assert max(found, key=lambda root: found[root]) == "L5"
    assert roots.likely_roots() == {}


@pytest.mark.parametrize(
    ("name", "location", "grade", "root"),
    [
        ("reflex", "achilles", 1, "S1"),
        ("reflex", "patellar", 0, "L4"),
        ("sensation", "S1", 1, "S1"),
        ("power", "L4", 4, "L4"),
    ],
)
def test_an_exam_shifts_the_likely_roots(
    name: str, location: str, grade: int, root: str
) -> None:
    def share(on: int, **change: Any) -> float:
        seen: dict[str, Any] = {"side": "right", "location": location, "grade": grade}
        seen |= change
        exam = Event(patient="p1", kind="exam", name=name, on=day(on), **seen)
        [found] = Drawing().tests("3 3 3 3 3 1/1").raised("R05", events=[exam])
        return found.likely_roots.get(root, 0.0)

    assert share(2) > share(2, side="left")
    assert share(2) > share(2, grade=5)
    assert share(6) == share(2, side="left")  # examined after the flag
    assert share(-86) == share(2, side="left")  # 91 days before


def test_the_body_map_is_whole() -> None:
    assert set(roots.NEIGHBOURS) == set(REGIONS)


@pytest.mark.parametrize(
    ("field", "value", "fine"),
    [
        ("intensity", -1, False),
        ("intensity", 0, True),
        ("intensity", 10, True),
        ("intensity", 11, False),
        ("intensity", 7.0, True),
        ("intensity", 7.5, False),
        ("intensity", "7", False),
        ("intensity", True, False),
        ("intensity", None, True),
        ("side", "up", False),
        ("regions", ["elbow"], False),
        ("regions", "big_toe", False),
        ("recorded_at", "2026-03-01T10:00:00", False),
        ("recorded_at", "soon", False),
        ("recorded_at", "2026-03-01T10:00:00Z", True),
        ("patient", "", False),
        ("collection", "pain", False),
    ],
)
def test_a_line_is_checked_against_the_diary(
    field: str, value: object, fine: bool
) -> None:
    record = {
        "patient": PATIENT,
        "collection": "pain_logs",
        "id": "entry-01",
        "recorded_at": "2026-03-01T23:30:00-05:00",
        field: value,
    }
    if fine:
        assert checked(record)["local_day"] == date(2026, 3, 1)
        return
    with pytest.raises(BadLine) as refused:
        checked(record)
    assert "elbow" not in refused.value.detail


def test_pain_alone_is_never_a_neurological_flag() -> None:
    pain = "2 3 2 9 9 9 8 2 10 10 10 1 2 9 9 9 9 9 9 9 " * 4
    raised = Drawing().pain(pain).raised()
    assert raised
    assert not any(is_neurological(found) for found in raised)


def test_a_day_log_of_yesterday_is_not_known_before_it_was_written() -> None:
    drawing = (
        Drawing()
        .tests("3 3 3 3 3 1", "heel_walk")
        .day_logs("n n n n n n y", "foot_slap")
    )
    drawing.rows["day_logs"][-1]["day"] = START + timedelta(days=5)
    assert drawing.days_of("R05", end=day(5)) == []
