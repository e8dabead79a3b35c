"""Nothing that a clinic chooses, and nothing else in the diary, hides an emergency."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.domain.events import Event
from analytics.domain.overrides import Choice, changes_of, in_force, settings_of
from analytics.domain.pipeline import replay
from analytics.domain.records import diary_of
from analytics.domain.rules import CATALOGUE, RuleSet
from tests.tables import PATIENT, Drawing, Rows, day
from tracker.domain.diary import RED_FLAG_ITEMS


DAYS = 21
PEOPLE = 12
NAMES = {f"p{number}" for number in range(PEOPLE)}
INJECTION = "epidural_steroid_injection"
#: Shrinking would replay hundreds of times; the drawn people are small already.
DRAWN = (Phase.explicit, Phase.reuse, Phase.generate)
ALL_OFF = {
    rule.id: {"enabled": False} for rule in CATALOGUE.values() if rule.kill_switch
}
SETTINGS = [each for rule in CATALOGUE.values() for each in settings_of(rule)]
#: Who may have chosen a number: for all clinics, for one, for one patient.
WHO = ["operator", "clinic", "patient"]
LAST = st.sampled_from(["3"] * 5 + ["2/2", "1/1", "0/0", "1", "0", "."])
SCORES = st.lists(LAST, min_size=8, max_size=DAYS - 5).map(
    lambda days: "3 3 3 3 3 " + " ".join(days)
)
#: What a clinician accepts of big_toe_lift, the movement that is drawn, and beside it.
BASELINES = st.builds(
    Event,
    patient=st.just("p0"),
    kind=st.just("baseline"),
    name=st.sampled_from(["test_big_toe_lift"] * 3 + ["numbness", "leg_pain"]),
    side=st.sampled_from(["left", "right"]),
    on=st.integers(-3, DAYS).map(day),
    value=st.sampled_from([0, 1, 2, 2.5, 3]),
)
ANSWERS = st.dictionaries(
    st.sampled_from(RED_FLAG_ITEMS),
    st.sampled_from(["new", "worse", "no", "prefer_not_to_say"]),
    max_size=4,
)


@st.composite
def rule_sets(draw: Any) -> RuleSet:
    """Draw choices of whoever may: often all that is possible at once."""
    numbers = st.sampled_from(["low", "high", "default"])
    choices = []
    for setting in SETTINGS:
        where = draw(numbers)
        if where != "default":
            value = setting.low if where == "low" else setting.high
            choices.append((setting, value, draw(st.sampled_from(WHO))))
    return in_force(
        changes_of(
            Choice(
                rule=setting.rule.id,
                setting=setting.name,
                value=value,
                everywhere=who == "operator",
                patient=who == "patient",
            )
            for setting, value, who in choices
        )
    )


def row(cells: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(cells), min_size=DAYS, max_size=DAYS).map(" ".join)


@st.composite
def people(draw: Any) -> list[tuple[str, str, dict[str, str]]]:
    """Draw some people: the self-tests of both legs and one safety check."""
    return [(draw(SCORES), draw(SCORES), draw(ANSWERS)) for _ in range(PEOPLE)]


def emergencies(drawn: Any, beside: Any = None, **options: Any) -> set[Any]:
    """Return the emergencies of all people, after one replay of them together."""
    rows: Rows = {}
    for number, (left, right, answers) in enumerate(drawn):
        drawing = Drawing(f"p{number}").tests(left, side="left")
        drawing.tests(right, side="right").checks(12, **answers)
        if beside is not None:
            beside(drawing)
        for name, own in drawing.rows.items():
            rows.setdefault(name, []).extend(own)
    return {
        (patient, found.rule, found.side, found.evidence.get("item"), found.raised_on)
        for patient, findings in replay(diary_of(rows), **options).items()
        for found in findings
        if found.tier == "emergency"
    }


FEW = settings(
    deadline=None, max_examples=5, suppress_health_check=list(HealthCheck), phases=DRAWN
)


@FEW
@given(drawn=people(), rules=rule_sets())
def test_no_choice_of_a_clinic_hides_an_emergency(drawn: Any, rules: RuleSet) -> None:
    plain = emergencies(drawn)
    assert emergencies(drawn, rules=rules) >= plain
    assert emergencies(drawn, rules=in_force(ALL_OFF)) >= plain


@FEW
@given(
    drawn=people(),
    pain=row(["0", "5", "10", "."]),
    numbness=row(["0", "3", "8", "."]),
    again=ANSWERS,
)
def test_nothing_else_in_the_diary_hides_an_emergency(
    drawn: Any, pain: str, numbness: str, again: dict[str, str]
) -> None:
    """Neither pain nor its relief, numbness, treatments, nor an alarm of before."""

    def beside(drawing: Drawing) -> None:
        drawing.pain(pain).numbness(numbness).checks(8, urine_leak="new")
        drawing.checks(14, **again).medicines("Oxycodone", days=[5])

    injected = [
        Event(patient=f"p{number}", kind="treatment", name=INJECTION, on=day(9))
        for number in range(PEOPLE)
    ]
    more = {found[:4] for found in emergencies(drawn, beside, events=injected)}
    plain = emergencies(drawn)
    leaks = {found[:4] for found in plain if found[3] == "urine_leak"}
    assert more >= {found[:4] for found in plain} - leaks
    assert {found[0] for found in more if found[3] == "urine_leak"} == NAMES


@FEW
@given(drawn=people(), accepted=st.lists(BASELINES, min_size=1, max_size=8))
def test_no_accepted_baseline_hides_an_emergency(
    drawn: Any, accepted: list[Event]
) -> None:
    """Whatever a clinician called usual, of whichever leg and since whichever day."""
    everybody = [
        replace(each, patient=f"p{number}")
        for number in range(PEOPLE)
        for each in accepted
    ]
    beside = emergencies(drawn, events=everybody)
    for *what, on in emergencies(drawn):
        # A leg that recovered and fell again may have been told some days before.
        quiet = timedelta(days=CATALOGUE[what[1]].refractory_days)
        assert any(
            each[:4] == tuple(what) and on - quiet <= each[4] <= on for each in beside
        ), what


def test_an_accepted_drop_still_makes_fever_an_emergency() -> None:
    """R18 asks whether power has dropped; an accepted level is no answer to that."""
    drawing = Drawing().tests("3 " * 20 + "2 " * 12)
    drawing.checks(30, fever_or_rigors="new")
    usual = Event(
        patient=PATIENT,
        kind="baseline",
        name="test_big_toe_lift",
        side="right",
        on=day(21),
        value=2,
    )
    for events in ([], [usual]):
        (found,) = drawing.raised("R18", events=events)
        assert found.tier == "emergency"
    assert drawing.days_of("R06", events=[usual]) == []


def test_an_emergency_answer_soon_after_another_is_told() -> None:
    """Refractory days hold back what was told, never another answer."""
    drawing = (
        Drawing()
        .checks(8, urine_leak="new")
        .checks(9, erection_ejaculation_change="no")
    )
    drawing.checks(9, urine_leak="new", saddle_anal_numbness="new")
    items = {(found.rule, found.evidence["item"]) for found in drawing.raised("R01")}
    assert items == {("R01", "urine_leak"), ("R01", "saddle_anal_numbness")}


def test_the_drawn_people_have_emergencies() -> None:
    """So that the tests above do not compare nothing with nothing."""
    drawn = [("3 3 3 3 3 3 0/0", "3", {}), ("3", "3", {"urine_leak": "new"})]
    assert {found[1] for found in emergencies(drawn)} >= {"R01", "R05"}
