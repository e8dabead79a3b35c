"""Diaries of real people raise no more than the simulated rate implies."""

from __future__ import annotations

import csv

import pytest

from bench.detection.real import stand_ins
from bench.detection.real.stand_ins import FOLDER, STAND_INS, at_most, heard, records
from tracker.domain.diary import COLLECTIONS


#: False neurological flags a patient-year that the design allows.
RATE = 0.5


@pytest.mark.parametrize("name", STAND_INS)
def test_every_rating_becomes_one_answer_within_its_scale(name: str) -> None:
    made = list(records(name))
    with (FOLDER / f"{name}.csv").open(encoding="ascii", newline="") as lines:
        rows = list(csv.DictReader(lines))
    ratings = sum(bool(row[each.column]) for row in rows for each in STAND_INS[name])
    assert len(made) == len({record["id"] for record in made}) == ratings > 500
    scales = {"pain_logs": 10, "numbness_logs": 10, "weakness_logs": 3}
    for record in made:
        value = float(record.get("intensity", record.get("score", -1)))
        assert 0 <= value <= scales[record["collection"]]
        fields = {"collection", "patient", "id", "recorded_at"}
        known = set(COLLECTIONS[record["collection"]].field_names)
        assert set(record) - fields <= known


def test_no_more_flags_than_the_goal_implies() -> None:
    found = {name: heard(name) for name in STAND_INS}
    years = sum(own.years for own in found.values())
    assert years > 10
    assert sum(len(own.flags) for own in found.values()) <= at_most(RATE, years)


def test_two_years_of_a_muscle_weakness_that_comes_and_goes_are_no_deficit() -> None:
    assert {"R04", "R05", "R06", "R07"}.isdisjoint(heard("visible").flags)


def test_eight_years_of_pain_are_no_deficit() -> None:
    assert heard("myaiguide").flags == ()


def test_a_loss_among_them_would_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The silence means something: the same diary with a lost step is told."""

    def weaker(name: str):
        for record in records(name):
            late = record["recorded_at"] > "2022-06"
            if late and record["collection"] == "weakness_logs":
                record["score"] = min(record["score"], 1.0)
            yield record

    monkeypatch.setattr(stand_ins, "records", weaker)
    assert {"R05", "R06"} & set(heard("visible").flags)


def test_the_bound_is_that_of_a_poisson_count() -> None:
    assert [at_most(RATE, years) for years in (0, 2, 10)] == [0, 3, 10]
