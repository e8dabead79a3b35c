"""The hints at look-alikes and causes, at and below what each needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analytics.domain.hints import hints
from analytics.domain.picture import Leg, Picture


def named(picture: Picture) -> list[tuple[str, str]]:
    return [(hint.name, hint.side) for hint in hints(picture)]


def left(**leg: object) -> dict[str, Leg]:
    return {"left": Leg(**leg), "right": Leg()}  # type: ignore[arg-type]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SWOLLEN = {"calf_swollen_one_side": "new"}
COLD = {"cold_or_pale_foot": "worse"}


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Picture(legs=left()), []),
        # Deep vein thrombosis: two points of Wells, the swollen calf among them.
        (Picture(legs=left(), safety=SWOLLEN), []),
        (Picture(legs=left(painful=words("posterior_calf")), safety=SWOLLEN), ["dvt"]),
        (Picture(legs=left(weak=words("heel_raise")), safety=SWOLLEN), ["dvt"]),
        (Picture(legs=left(), safety=SWOLLEN, days_since_operation=84), ["dvt"]),
        (Picture(legs=left(), safety=SWOLLEN, days_since_operation=85), []),
        (Picture(legs=left(painful=words("posterior_calf"))), []),
        (
            Picture(
                legs=left(painful=words("posterior_calf")),
                safety={"calf_swollen_one_side": "unchanged"},
            ),
            [],
        ),
        # Meralgia: the outer thigh alone, and something that speaks for it.
        (Picture(legs=left(numb=words("lateral_thigh"))), []),
        (
            Picture(legs=left(numb=words("lateral_thigh"), burns=True)),
            ["meralgia_paraesthetica"],
        ),
        (Picture(legs=left(numb=words("lateral_thigh big_toe"), burns=True)), []),
        (
            Picture(
                legs=left(
                    numb=words("lateral_thigh"), burns=True, weak=words("knee_lift")
                )
            ),
            [],
        ),
        # Peroneal palsy: hip abduction is spared, silence about it is not.
        (
            Picture(legs=left(weak=words("heel_walk"), strong=words("hip_hold"))),
            ["peroneal_palsy"],
        ),
        (Picture(legs=left(weak=words("heel_walk"))), []),
        (Picture(legs=left(weak=words("heel_walk hip_hold")), back_pain=0), []),
        (
            Picture(
                legs=left(weak=words("heel_walk"), numb=words("dorsum_foot")),
                back_pain=2.9,
            ),
            ["peroneal_palsy"],
        ),
        (
            Picture(
                legs=left(weak=words("heel_walk"), numb=words("dorsum_foot")),
                back_pain=3,
            ),
            [],
        ),
    ],
)
def test_look_alikes(picture: Picture, expected: list[str]) -> None:
    assert [name for name, _ in named(picture)] == expected


def test_the_arteries_after_edinburgh_and_by_a_cold_foot() -> None:
    walks = Picture(
        legs=left(painful=words("posterior_calf")),
        triggers=words("walking"),
        relievers=words("standing"),
    )
    assert ("arterial", "left") in named(walks)
    assert not named(replace(walks, relievers=words("sitting")))
    assert not named(replace(walks, triggers=words("standing")))
    assert named(Picture(legs={"left": Leg()}, safety=COLD)) == [("arterial", "left")]


STENOSIS = Picture(
    legs=left(), age=71, triggers=words("standing"), relievers=words("leaning_forward")
)


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 7),
        ({"age": 70}, None),
        ({"age": 70, "complaint_days": 183}, 7),
        ({"age": 70, "complaint_days": 182}, None),
        ({"age": None}, None),
        ({"triggers": words("standing walking"), "age": 70}, 7),
        ({"safety": {"urine_leak": "new"}}, 8),
    ],
)
def test_stenosis_by_sugioka(change: dict, points: int | None) -> None:
    found = hints(replace(STENOSIS, **change))
    shown = [hint.points for hint in found if hint.name == "spinal_stenosis"]
    assert shown == ([] if points is None else [points])


DISC = Picture(
    legs={"left": Leg(pain=6.0, painful=words("big_toe")), "right": Leg(pain=0.0)},
    back_pain=3.0,
    triggers=words("sitting"),
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [("disc_herniation", "left")]),
        ({"triggers": frozenset()}, []),
        ({"legs": dict.fromkeys(("left", "right"), Leg(pain=6.0))}, []),
    ],
)
def test_disc(change: dict, expected: list) -> None:
    assert named(replace(DISC, **change)) == expected


def test_spondylolisthesis() -> None:
    picture = Picture(
        legs=left(pain=3.0),
        back_pain=6.0,
        triggers=words("standing walking"),
        relievers=words("lying"),
    )
    assert named(picture) == [("spondylolisthesis", "")]
    assert named(replace(picture, relievers=frozenset())) == []
    assert named(replace(picture, back_pain=2.0)) == []


def test_a_hint_says_what_speaks_for_it_and_what_to_do() -> None:
    (hint,) = hints(DISC)
    assert hint.features[0].text == "Only one leg hurts"
    assert sum(feature.points for feature in hint.features) == hint.points
    assert hint.needed <= hint.points <= hint.possible
    assert hint.advice


def test_nothing_that_raises_a_flag_reads_a_hint() -> None:
    app = Path(__file__).parents[2] / "analytics"
    readers = {
        str(path.relative_to(app))
        for path in app.rglob("*.py")
        if "domain.hints" in path.read_text()
        or "domain import hints" in path.read_text()
    }
    assert readers == {"selectors/hints.py", "api/hints.py"}
