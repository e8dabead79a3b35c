"""The body map: what was named counts, a 0 is an answer, silence is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest

from dashboard.charts.body import drawing
from dashboard.charts.shapes import VIEWS
from dashboard.selectors.body_map import BodyMap, body_maps
from tests import factories
from tracker.domain import diary
from tracker.models import NumbnessLog, PainLog


pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 31)


@pytest.fixture
def patient():
    return factories.make_patient(team=factories.make_team())


def numb(patient, ago: int, regions: list[str] | None, intensity: int | None, **fields):
    day = TODAY - timedelta(days=ago)
    factories.make_entry(
        fields.pop("model", NumbnessLog),
        patient,
        local_day=day,
        recorded_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
        regions=regions,
        intensity=intensity,
        **({"side": "left"} | fields),
    )


def numbness(patient) -> BodyMap:
    return body_maps(patient, today=TODAY)[0]


def test_every_region_of_the_diary_is_drawn_on_both_sides() -> None:
    drawn = set(chain.from_iterable(view.areas() for view in VIEWS))
    places = {(area.region, area.side) for area in drawn}
    assert places == {(one, side) for one in diary.REGIONS for side in diary.LEGS}


def test_the_right_leg_stands_left_from_the_front_and_right_from_behind() -> None:
    for view in VIEWS:
        for area in view.areas():
            left_of_the_middle = area.mirrored
            right_leg = area.side == "right"
            assert left_of_the_middle == (right_leg == (view.name == "front"))


def test_now_stands_against_before(patient) -> None:
    numb(patient, 20, ["big_toe"], 2)
    numb(patient, 6, ["big_toe"], 8)
    numb(patient, 0, ["big_toe", "sole"], 6)
    mapped = numbness(patient)
    toe, sole = mapped.areas["big_toe", "left"], mapped.areas["sole", "left"]
    assert (str(toe.before), str(toe.now)) == (
        "2.0 of 10, 1 of 1 days",
        "7.0 of 10, 2 of 2 days",
    )
    assert (toe.before.level, toe.now.level) == (1, 4)
    assert (toe.is_new, sole.is_new) == (False, True)
    assert [area.name for area in mapped.named] == ["left big toe", "left sole"]
    assert toe.roots == "L5"


def test_the_week_ends_after_seven_days_and_the_month_after_28_more(patient) -> None:
    numb(patient, 6, ["heel"], 4)
    numb(patient, 7, ["sole"], 4)
    numb(patient, 34, ["big_toe"], 4)
    numb(patient, 35, ["little_toe"], 4)
    mapped = numbness(patient)
    days = {
        area.region: (area.before.days, area.now.days)
        for area in mapped.areas.values()
        if area.side == "left" and (area.before.days or area.now.days)
    }
    assert days == {"heel": (0, 1), "sole": (1, 0), "big_toe": (1, 0)}


def test_silence_is_not_none(patient) -> None:
    assert str(numbness(patient).areas["heel", "left"].now) == "no answers"
    numb(patient, 0, None, None)
    assert str(numbness(patient).areas["heel", "left"].now) == "no answers"
    numb(patient, 0, ["heel"], 0)
    assert str(numbness(patient).areas["heel", "left"].now) == "none"
    filled = {
        (shape.says, shape.filled)
        for view in drawing(numbness(patient), "before").views
        for shape in view.shapes
    }
    assert ("left heel: no answers", "body-silent") in filled


def test_an_area_without_a_number_is_still_shown(patient) -> None:
    numb(patient, 0, ["heel"], None)
    burden = numbness(patient).areas["heel", "left"].now
    assert (str(burden), burden.level) == ("1 of 1 days", 1)


def test_withdrawn_entries_are_gone_and_the_worst_of_a_day_counts(patient) -> None:
    numb(patient, 0, ["heel"], 9, withdrawn_at=datetime(2026, 3, 31, tzinfo=UTC))
    numb(patient, 0, ["heel"], 3)
    numb(patient, 0, ["heel"], 5)
    assert str(numbness(patient).areas["heel", "left"].now) == "5.0 of 10, 1 of 1 days"


@pytest.mark.parametrize("side", ["both", "midline"])
def test_both_legs_and_the_middle_are_drawn_on_both_halves(patient, side) -> None:
    numb(patient, 0, ["buttock"], 5, side=side)
    named = [area.name for area in numbness(patient).named]
    assert named == ["left buttock", "right buttock"]


def test_pain_has_its_own_map_on_the_page(patient, client) -> None:
    today = datetime.now(UTC).date()
    ago = (TODAY - today).days
    numb(patient, ago, ["lower_back"], 5, model=PainLog, side="midline", site="back")
    client.force_login(factories.make_clinician(team=patient.care_team))
    page = client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Left lower back" in page
    assert 'aria-label="Pain, last 7 days' in page
    assert "Numbness: no answers in these five weeks." in page
