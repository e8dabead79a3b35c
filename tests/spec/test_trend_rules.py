"""The trend rules as small diaries: one column a day, a dot for silence.

    3      an answer: a self-test score 0-3, pain or numbness 0-10
    1/2    a self-test and its repeat in the same sitting
    .      silence
    y n    yes, no (foot slap)

Day 0 is the first column; the expected numbers are the days on which a flag is raised.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from analytics.domain.events import Event
from tests.tables import PATIENT, START, Drawing, day
from tracker.domain.diary import RED_FLAG_ITEMS, SADDLE_REGIONS


LEARNED = "3 3 3 3 3 "
FORTNIGHT = "5 5 6 5 5 4 5 5 6 5 5 4 5 5 "


# R05: new severe weakness.


@pytest.mark.parametrize(
    ("scores", "raised"),
    [
        (LEARNED + "1/1", [5]),  # two steps, confirmed in the sitting
        (LEARNED + "1/2", []),  # the second try was better
        (LEARNED + "2/2", []),  # one step
        (LEARNED + "0/0", [5]),
        (LEARNED + "1", []),  # not confirmed yet
        (LEARNED + "1 1", [6]),  # the second report confirms
        (LEARNED + "1 . . 1", [8]),
        (LEARNED + "1 " + ". " * 12 + "1", [18]),  # 13 days apart, as in the push
        (LEARNED + "1 " + ". " * 13 + "1", []),  # too far apart to confirm each other
        (LEARNED + "1 3 1", []),
        ("1 1 1 1 1 0/0", [5]),  # down to nothing from any base of 1 or more
        ("3 3 3 3 1/1", []),  # four tests are no baseline yet
        ("0/0", [0]),  # at enrolment any confirmed 0
    ],
)
def test_r05_new_severe_weakness(scores: str, raised: list[int]) -> None:
    assert Drawing().tests(scores).days_of("R05") == raised


@pytest.mark.parametrize(
    ("left", "right", "raised"),
    [("3", "1/1", [0]), ("3", "2/2", []), ("2", "1/1", [])],
)
def test_r05_at_enrolment_compares_the_legs(
    left: str, right: str, raised: list[int]
) -> None:
    drawing = Drawing().tests(left, side="left").tests(right, side="right")
    assert drawing.days_of("R05") == raised


@pytest.mark.parametrize(
    ("location", "grade", "raised"),
    [("L5", 2, []), ("L5", 3, []), ("L5", 4, [0]), ("S1", 2, [0])],
)
def test_r05_at_enrolment_excuses_what_a_clinician_has_recorded_of_that_root(
    location: str, grade: int, raised: list[int]
) -> None:
    exam = Event(
        patient=PATIENT,
        kind="exam",
        name="power",
        on=day(0),
        side="right",
        location=location,
        grade=grade,
    )
    assert Drawing().tests("0/0").days_of("R05", events=[exam]) == raised


# R19: a new deficit soon after a procedure.


def procedure(name: str, on: int) -> Event:
    return Event(patient=PATIENT, kind="treatment", name=name, on=day(on))


@pytest.mark.parametrize(
    ("name", "on", "raised"),
    [
        ("discectomy", 0, []),  # 31 days ago
        ("discectomy", 1, [31]),  # 30 days ago
        ("epidural_steroid_injection", 23, []),
        ("epidural_steroid_injection", 24, [31]),
        ("physiotherapy", 30, []),
    ],
)
def test_r19_within_the_window_a_severe_drop_need_not_be_repeated(
    name: str, on: int, raised: list[int]
) -> None:
    drawing = Drawing().tests("3 " * 31 + "1")
    assert drawing.days_of("R19", events=[procedure(name, on)]) == raised
    assert drawing.days_of("R05", events=[procedure(name, on)]) == []


@pytest.mark.parametrize(
    ("scores", "raised"),
    [
        ("2", []),  # one step, not repeated
        ("2/2", [20]),
        ("2 2", [21]),
        ("2 3 2", []),
        ("1/3", []),  # the second try was normal
        ("1", [20]),
    ],
)
def test_r19_one_step_must_be_repeated(scores: str, raised: list[int]) -> None:
    drawing = Drawing().tests("3 " * 20 + scores)
    assert drawing.days_of("R19", events=[procedure("discectomy", 19)]) == raised


def test_r19_a_weakness_from_before_the_procedure_is_not_new() -> None:
    drawing = Drawing().tests("3 " * 6 + "1/1 1/1 1/1 1/1 1/1 1/1")
    assert drawing.days_of("R19", events=[procedure("discectomy", 9)]) == []


def test_r19_a_safety_answer_after_a_procedure() -> None:
    drawing = Drawing().checks(0, urine_leak="no").checks(9, urine_leak="new")
    drawing.checks(20, fever_or_rigors="new")
    found = drawing.raised("R19", events=[procedure("laminectomy", 5)])
    assert [(item.tier, item.raised_on) for item in found] == [
        ("emergency", day(9)),
        ("urgent", day(20)),
    ]
    assert drawing.raised("R19") == []


# R04: walking that has become hard stands in for a repeat.


@pytest.mark.parametrize(
    ("minutes", "raised"),
    [
        ("30 30", [17]),  # half of the usual, on two days
        ("31 31", []),
        ("60 30", []),  # one short walk may be the weather
        (". .", []),
    ],
)
def test_r04_harder_walking_stands_in_for_a_repeat(
    minutes: str, raised: list[int]
) -> None:
    drawing = Drawing().tests("3 " * 16 + "2 2", side="left")
    drawing.tests("3 " * 16 + "3 2", side="right")
    logs = "60 " * 9 + ". " * 7 + minutes
    drawing.day_logs(logs, "walk_minutes_before_stopping")
    assert drawing.days_of("R04") == raised


# R03: an open question about the bladder beside a new opioid.


@pytest.mark.parametrize(
    ("medicine", "since", "raised"),
    [
        ("Tramadol 50 mg", 20, [21]),
        ("Tramadol 50 mg", 8, [21]),  # 13 days
        ("Tramadol 50 mg", 0, []),  # long taken
        ("paracetamol", 20, []),
    ],
)
def test_r03_an_open_bladder_question_beside_a_new_opioid(
    medicine: str, since: int, raised: list[int]
) -> None:
    answers = dict.fromkeys(RED_FLAG_ITEMS, "no")
    drawing = Drawing().medicines(medicine, days=range(since, 21))
    drawing.checks(21, **answers | {"hard_to_start_urinating": "prefer_not_to_say"})
    assert drawing.days_of("R03") == raised
    calm = Drawing().medicines(medicine, days=range(since, 21)).checks(21, **answers)
    assert calm.days_of("R03") == []


@pytest.mark.parametrize(
    ("scores", "slaps", "raised"),
    [
        (LEARNED + "1", "n n n n n y", [5]),
        (LEARNED + "2", "n n n n n y", []),
        (LEARNED + "1", "n n n n n n", []),
        (LEARNED + "1", "n y n n n y", [5]),  # new within 14 days
        ("3 " * 17 + "1", "y " + "n " * 16 + "y", [17]),  # once, long ago
        ("3 " * 17 + "1", "y y " + "n " * 15 + "y", []),  # long known
        ("3 " * 60 + "1", "y y " + "n " * 58 + "y", [60]),  # and long over
        ("2 2 2 2 2 1", "n n n n n y", [5]),
        ("1 1 1 1 1 1", "n n n n n y", []),
    ],
)
def test_r05_foot_slap(scores: str, slaps: str, raised: list[int]) -> None:
    drawing = Drawing().tests(scores, "heel_walk").day_logs(slaps, "foot_slap")
    assert drawing.days_of("R05") == raised


def test_r05_severe_pain_does_not_block() -> None:
    drawing = Drawing().tests(LEARNED + "1/1").pain("5 5 5 5 5 10")
    [found] = drawing.raised("R05")
    assert found.tier == "emergency"
    assert found.examine_within_hours == 24
    assert found.evidence["numbers"]["pain_inhibited"] is True


def test_r05_speaks_again_for_another_movement() -> None:
    drawing = Drawing().tests(LEARNED + "1/1 1/1").tests(LEARNED + ". 0/0", "heel_walk")
    assert drawing.days_of("R05") == [5, 6]


# R06: a movement is repeatedly lower than usual.


@pytest.mark.parametrize(
    ("scores", "raised"),
    [
        (LEARNED + "2", []),
        (LEARNED + "2 2", []),
        (LEARNED + "2 2 2", [7]),  # 3 of the last 4
        (LEARNED + "2 3 2 2", [8]),
        (LEARNED + "2 3 3 2 2", []),
        (LEARNED + "2 . . 2 . 2", [10]),  # silence between tests does not count
        (LEARNED + "3 3 3 3 3 3 3", []),
        ("3 3 . 3 2 2 1", [6]),  # the baseline of five holds while the loss begins
        ("3 3 . 3 2 2", []),  # five tests only
    ],
)
def test_r06_repeatedly_lower(scores: str, raised: list[int]) -> None:
    assert Drawing().tests(scores).days_of("R06") == raised


@pytest.mark.parametrize(
    ("scores", "tiers"),
    [
        (LEARNED + "2 2 2", ["watch"]),  # a step, and little history: visit list
        ("3 " * 20 + "2 2 2 2 2 2", ["watch"]),
        (LEARNED + "2 1", ["urgent"]),  # lower and lower
        ("3 " * 20 + "1 1", ["urgent"]),
        ("3 2 " * 10 + "2 2 2 2", []),  # this leg flips by itself
    ],
)
def test_r06_is_urgent_when_the_diary_speaks_clearly(
    scores: str, tiers: list[str]
) -> None:
    assert [found.tier for found in Drawing().tests(scores).raised("R06")] == tiers


def test_r06_explains_itself() -> None:
    drawing = Drawing().tests(LEARNED + "2 1 1").tests("3 3 3", side="left")
    found = drawing.raised("R06")[-1]
    assert re.fullmatch(
        r"Right big-toe lift is 1 of 3; the usual is (3|2\.9)\."
        r" Such answers are \d+ times as likely after a loss as without one\.",
        found.explanation,
    )
    assert (found.side, found.onset_on, found.tier) == ("right", day(5), "urgent")
    assert max(found.likely_roots, key=lambda root: found.likely_roots[root]) == "L5"
    ids = {entry["id"] for entry in found.evidence["entries"]}
    assert len(ids) == 8
    assert all(entry["value"] >= 1 for entry in found.evidence["entries"])


def test_r06_is_one_episode_until_it_gets_worse() -> None:
    assert Drawing().tests(LEARNED + "2 2 2 2 2 2").days_of("R06") == [7]
    assert Drawing().tests(LEARNED + "2 2 2 2 1 1").days_of("R06") == [7, 9, 10]


def test_r06_a_leg_that_flips_by_itself_has_to_fall_further() -> None:
    flips = "3 2 3 2 3 3 2 3 2 3 3 2 2 3 2 3 "
    assert Drawing().tests(flips + "2 2 2 2").days_of("R06") == []
    assert Drawing().tests(flips + "1 1 1 1").days_of("R06") != []


def test_r06_a_second_root_that_joins_is_told() -> None:
    drawing = Drawing().tests("3 " * 12 + "2 " * 60, test="heel_walk")
    drawing.tests("3 " * 40 + "2 " * 32, test="heel_raise")
    urgent = [each for each in drawing.raised("R06") if each.tier == "urgent"]
    assert [each.evidence["movements"] for each in urgent] == [
        ["heel_walk"],
        ["heel_walk", "heel_raise"],
    ]
    assert (urgent[1].raised_on - day(40)).days < 14


def test_r06_another_movement_of_the_same_root_is_no_news() -> None:
    drawing = Drawing().tests("3 " * 12 + "2 " * 60, test="heel_walk")
    drawing.tests("3 " * 40 + "2 " * 32, test="big_toe_lift")
    assert len([each for each in drawing.raised("R06") if each.tier == "urgent"]) == 1


# R04: both legs lose power step by step, without a repeat in one sitting.


@pytest.mark.parametrize(
    ("left", "right", "days"),
    [
        ("3 " * 12 + "2 " * 30, "3 " * 42, 0),
        ("3 " * 12 + "2 " * 30, "3 " * 12 + "2 " * 30, 1),
        ("3 " * 12 + "2 " * 30, "3 " * 30 + "2 " * 12, 1),  # the second leg follows
        ("3 " * 12 + "2 " * 9 + "3 " * 21, "3 " * 30 + "2 " * 12, 0),  # one recovered
        ("3 " * 12 + "2 " * 70, "3 " * 12 + "2 " * 70, 1),  # told once
    ],
)
def test_r04_a_second_leg_that_loses_power_is_an_emergency(
    left: str, right: str, days: int
) -> None:
    drawing = Drawing().tests(left, side="left").tests(right, side="right")
    found = drawing.raised("R04")
    assert len(found) == days
    assert {(each.tier, each.side, each.category) for each in found} <= {
        ("emergency", "both", "red_flag")
    }


# R07: the pain falls while the deficit grows.


@pytest.mark.parametrize(
    ("pain", "scores", "raised"),
    [
        ("3 3 3 3 3 3 3", "2 2 2 2", True),
        ("3 3 3 3 3 3 3", "3 3 3 3", False),  # relief alone is good news
        ("5 5 5 5 5 5 5", "2 2 2 2", False),  # no relief: this is R06 alone
    ],
)
def test_r07_relief_with_weakness(pain: str, scores: str, raised: bool) -> None:
    learned = "3 " * 17
    drawing = Drawing().pain(FORTNIGHT + pain).tests(learned + scores)
    assert bool(drawing.raised("R07")) is raised
    assert bool(drawing.raised("R06")) is scores.startswith("2")


@pytest.mark.parametrize(
    ("prior", "recent", "raised"),
    [
        (10, "8 8 8 8 8 8 9", False),  # 1.9 points, 19 %
        (10, "8 8 8 8 8 8 8", True),  # 2.0 points
        (10, "8 8 8 8 8 8 7", True),
        (5, "4 4 4 3 3 3 4", False),  # 29 %
        (5, "3 3 3 3 4 4 4", True),  # 31 %
    ],
)
def test_r07_boundaries(prior: int, recent: str, raised: bool) -> None:
    drawing = Drawing().pain(f"{prior} " * 14 + recent).tests("3 " * 17 + "2 2 2 2")
    assert (20 in drawing.days_of("R07")) is raised


@pytest.mark.parametrize(
    ("scores", "tiers"),
    [
        ("3 2 3 2", []),  # two of four
        ("3 2 2 2", ["watch"]),  # three of four, which this leg does by itself
        ("2 2 1 1", ["watch", "urgent"]),  # beyond chance on the last day
    ],
)
def test_r07_puts_three_of_four_lower_tests_on_the_visit_list(
    scores: str, tiers: list[str]
) -> None:
    flips = "2 3 3 2 3 3 2 3 3 2 3 3 2 3 3 2 3 "
    drawing = Drawing().pain(FORTNIGHT + "3 " * 7).tests(flips + scores)
    assert [each.tier for each in drawing.raised("R07")] == tiers


@pytest.mark.parametrize("later", [". " * 8, "8 " * 8])
def test_r07_tells_of_the_week_in_which_the_pain_fell(later: str) -> None:
    drawing = Drawing().pain("8 " * 14 + "4 " * 7 + later)
    (found, *_) = drawing.tests("3 " * 22 + "1 " * 7).raised("R07")
    low, high = re.findall(r"fell to (\S+) from (\S+) ", found.explanation)[0]
    assert float(high) - float(low) >= 2


def test_r07_watches_the_leg_that_hurts_less() -> None:
    drawing = Drawing().pain(FORTNIGHT + "3 " * 7, side="left")
    drawing.tests("3 " * 17 + "2 2 2 2", side="right")
    assert drawing.days_of("R07") == []


# R08: numbness spreads or rises.


@pytest.mark.parametrize(
    ("taps", "raised"),
    [
        (". . . . . . . . . 4 4", []),
        (". . . . . . . . . 4 4 4", [11]),  # 3 of 5 days
        (". . . . . . . . 4 . 4 . 4", [12]),
        (". . . . . . . . 4 . . 4 . . 4", []),
        (". . . . . . . . 1 1 1 1", []),  # below two points it is no numb area
        (". . . . . . . . ? ? ?", []),  # how strong was not answered
    ],
)
def test_r08_a_new_area_that_repeats(taps: str, raised: list[int]) -> None:
    drawing = Drawing().numbness("4 " * 15).numbness(taps, regions=["heel"])
    assert drawing.days_of("R08") == raised


@pytest.mark.parametrize(
    ("levels", "raised"),
    [
        ("3 " * 30 + "5 " * 9, []),
        ("3 " * 30 + "5 " * 10, [39]),
        ("3 " * 30 + "4 " * 30, []),  # one point
        ("3 " * 30 + "4 " + "5 " * 30, []),  # no step, with one answer between
        ("3 " * 30 + "5 5 5 5 5 4 " + "5 " * 4, []),
        ("3 " * 30 + "5 . . 5 . 5 . 5 5 5", [39]),  # six answers of ten days
        ("3 " * 30 + "5 . . 5 . 5 . 5 . 5", []),  # five
        ("3 " * 30 + "5 " * 60, [39]),  # and once
    ],
)
def test_r08_a_step_of_somebody_who_always_says_the_same(
    levels: str, raised: list[int]
) -> None:
    found = Drawing().numbness(levels, regions=["heel"]).raised("R08")
    assert [(each.raised_on - START).days for each in found] == raised
    for each in found:
        assert each.tier == "soon"
        assert "was never above" in each.explanation


@pytest.mark.parametrize(("days", "raised"), [(3, []), (4, [11])])
def test_r08_a_neighbouring_area_takes_a_day_more(days: int, raised: list[int]) -> None:
    taps = ". " * 8 + "4 " * days
    drawing = Drawing().numbness("4 " * 15).numbness(taps, regions=["dorsum_foot"])
    assert drawing.days_of("R08") == raised


@pytest.mark.parametrize("region", SADDLE_REGIONS)
def test_r08_the_saddle_is_urgent(region: str) -> None:
    drawing = Drawing().numbness("4 " * 12)
    drawing.numbness(". " * 9 + "4 4 4", side="midline", regions=[region])
    assert {found.tier for found in drawing.raised("R08")} == {"urgent"}


def test_r08_the_saddle_waits_for_no_baseline() -> None:
    drawing = Drawing().numbness("4 4 4", side="midline", regions=["perineum"])
    assert drawing.days_of("R08") == [2, 2]  # as a leg's, for either
    assert Drawing().numbness("4 4 4", regions=["heel"]).days_of("R08") == []


@pytest.mark.parametrize(
    ("taps", "raised"),
    [
        ("0 " * 10 + "7 7 7 7", [12]),  # nought is not numb
        ("1 " * 10 + "7 7 7 7", [12]),  # a weak mark makes nothing known
        ("2 " * 10 + "9 9 9 9", [2, 12]),  # known, and far number than ever
        ("2 " * 10 + "4 4 4 4", [2, 12]),  # two points are enough
        ("2 " * 10 + "3 3 3 3", [2]),  # one is not
        ("2 " * 10 + "9 2 2 2", [2]),  # nor is a slip of the finger
        ("? ? ?", [2]),  # how numb was not answered
    ],
)
def test_r08_an_earlier_mark_in_the_saddle_excuses_nothing(
    taps: str, raised: list[int]
) -> None:
    drawing = Drawing().numbness(taps, side="midline", regions=["perineum"])
    assert sorted(set(drawing.days_of("R08"))) == raised


def test_r08_an_area_of_a_leg_that_was_marked_as_not_numb_can_become_numb() -> None:
    drawing = Drawing().numbness("4 " * 15)
    drawing.numbness("0 0 0 0 0 0 0 0 0 0 4 4 4", regions=["heel"])
    assert drawing.days_of("R08") == [12]


def test_r08_a_saddle_beside_a_numb_area_is_no_slip_of_the_finger() -> None:
    drawing = Drawing().numbness("4 " * 15, regions=["groin"])
    drawing.numbness(". " * 8 + "4 4 4", regions=["genitals"])
    assert drawing.days_of("R08") == [10]


def test_r08_a_rise_above_the_own_level() -> None:
    drawing = Drawing().numbness("2 3 2 2 3 2 2 3 2 2 3 2 2 3 " + "6 " * 10)
    [found] = drawing.raised("R08")
    assert found.tier == "soon"
    assert found.onset_on == day(14)
    assert 14 < (found.raised_on - day(0)).days < 22


def test_r08_a_single_slip_of_the_finger_is_nothing() -> None:
    assert Drawing().numbness("2 2 2 2 2 2 2 2 2 2 10 2 2 2 2 2").days_of("R08") == []


# R10 and R11: pain alone is never a deficit.


@pytest.mark.parametrize(("today", "raised"), [("6", []), ("7", [21]), ("8", [21])])
def test_r10_a_flare(today: str, raised: list[int]) -> None:
    drawing = Drawing().pain("5 " * 21 + today)
    assert drawing.days_of("R10") == raised
    assert {found.tier for found in drawing.raised()} <= {"info"}


def test_r10_is_silent_beside_a_deficit() -> None:
    drawing = Drawing().pain("5 " * 21 + "9").tests("3 " * 20 + "1/1 1/1")
    assert drawing.days_of("R10") == []
    assert drawing.days_of("R05") == [20]


def test_r10_is_silent_beside_a_saddle_answer() -> None:
    drawing = Drawing().pain("5 " * 21 + "9").checks(20, urine_leak="new")
    assert drawing.days_of("R10") == []
    assert drawing.days_of("R01") == [20]


@pytest.mark.parametrize(
    ("week", "raised"),
    [("5 5 5 5 6 6 6", False), ("6 6 6 6 6 6 6", True), ("6 6 6 7 6 6 6", True)],
)
def test_r11_a_week_of_more_pain(week: str, raised: bool) -> None:
    drawing = Drawing().pain("4 " * 14 + week)
    assert bool(drawing.raised("R11")) is raised
    assert all(found.category in {"pain", "data_quality"} for found in drawing.raised())


@pytest.mark.parametrize(
    ("days", "raised"), [("8 8", []), ("8 8 8", [23]), ("8 . 8 8", [24])]
)
def test_r11_three_severe_days_in_a_row(days: str, raised: list[int]) -> None:
    assert Drawing().pain("6 " * 21 + days).days_of("R11") == raised


def test_r11_becomes_soon_after_a_fortnight() -> None:
    drawing = Drawing().pain("3 " * 21 + "6 " * 14)
    assert [found.tier for found in drawing.raised("R11")] == ["watch", "soon"]


def test_pain_rules_are_quiet_for_three_days_after_an_injection() -> None:
    injection = Event(
        patient=PATIENT,
        kind="treatment",
        name="epidural_steroid_injection",
        on=day(21),
    )
    drawing = Drawing().pain("5 " * 21 + "8 8 8 8 8").tests(LEARNED + ". " * 17 + "1/1")
    assert min(drawing.days_of("R10", "R11")) == 21
    quiet = drawing.days_of("R10", "R11", events=[injection])
    assert quiet
    assert min(quiet) == 25
    assert drawing.days_of("R05", events=[injection]) == [22]


# R14 and R15: silence.


@pytest.mark.parametrize(("today", "raised"), [(14, []), (15, [15]), (20, [15])])
def test_r15_five_missed_days(today: int, raised: list[int]) -> None:
    drawing = Drawing().pain("5 " * 10)
    assert drawing.days_of("R15", end=day(today)) == raised


@pytest.mark.parametrize(("today", "raised"), [(8, []), (9, [9]), (12, [9])])
def test_r14_three_missed_days_after_a_warning(today: int, raised: list[int]) -> None:
    drawing = Drawing().tests(LEARNED + "1/1")
    assert drawing.days_of("R05") == [5]
    assert drawing.days_of("R14", end=day(today)) == raised
    assert drawing.days_of("R15", end=day(today)) == []


@pytest.mark.parametrize("item", ["urine_leak", "fever_or_rigors", "cold_or_pale_foot"])
def test_r14_three_missed_days_after_a_danger(item: str) -> None:
    drawing = Drawing().pain("5 " * 10).checks(9, **{item: "new"})
    assert drawing.days_of("R14", end=day(15)) == [13]
    assert drawing.days_of("R15", end=day(15)) == []


def test_r14_after_an_operation() -> None:
    operation = Event(
        patient=PATIENT, kind="treatment", name="discectomy", on=day(9) - timedelta(20)
    )
    drawing = Drawing().pain("5 " * 10)
    assert drawing.days_of("R14", events=[operation], end=day(20)) == [13]


def test_silence_is_raised_once_and_again_for_the_next_one() -> None:
    drawing = Drawing().pain("5 " * 5 + ". " * 8 + "5 5" + " ." * 9)
    assert drawing.days_of("R15", end=day(23)) == [10, 20]


# Red flags, as the push has judged them.


def test_red_flags_are_found_again_in_a_replay() -> None:
    drawing = Drawing().checks(0, urine_leak="no").checks(1, urine_leak="new")
    [found] = drawing.raised("R01")
    assert (found.tier, found.category) == ("emergency", "red_flag")
    assert found.evidence["entries"][0]["id"] == "p1-000002"


def test_r04_two_weak_legs_at_enrolment_that_are_newly_affected() -> None:
    drawing = Drawing().tests("1", side="left").tests("1", side="right")
    assert drawing.days_of("R04") == []
    assert drawing.checks(0, both_legs="new").days_of("R04") == [0]


def test_r04_both_legs_within_a_week() -> None:
    drawing = Drawing().tests(LEARNED + "2/2", side="left")
    drawing.tests(LEARNED + ". . . 2/2", side="right")
    assert drawing.days_of("R04") == [8]
