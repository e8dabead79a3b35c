"""What else it could be, and what may be behind it: hints for clinicians, never flags.

Each hint is a list of features with points; it is shown when the needed ones hold and
the points suffice. Pure functions of what the diary recorded in the last weeks. No rule
reads a hint: it neither raises, lowers, hides nor delays anything, and silence is never
taken for a no. Standard library only, since the web process computes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from analytics.domain.picture import Leg, Picture
from tracker.domain.diary import LEGS


#: How far back the diary is looked at.
#: Unit: days. Source: our choice [A], four weeks. Caveat: a summary of them, no course.
LOOKBACK_DAYS: Final = 28
#: How old a safety answer or a self-test may be.
#: Unit: days. Source: our choice [A], as R05. Caveat: none.
RECENT_DAYS: Final = 14
#: Back pain below it counts as none, and above it as some.
#: Unit: points of 10. Source: our choice [A], mild pain. Caveat: none.
BACK_PAIN_POINTS: Final = 3.0
#: Fall below the usual self-test that counts as weak.
#: Unit: steps. Source: clinical.md 13 (drop). Caveat: unconfirmed; R05 and R06 judge.
WEAK_STEPS: Final = 1.0
#: An operation that counts for a thrombosis is not older.
#: Unit: time. Source: Wells 2003 [M19], 12 weeks. Caveat: none.
OPERATION_COUNTS: Final = timedelta(weeks=12)
#: Complaints older than this count for a stenosis.
#: Unit: days. Source: Sugioka [W88], six months. Caveat: the clinic enters the onset.
LONG_DAYS: Final = 182
#: Points from which each hint is shown.
#: Unit: points. Source: dvt Wells 2003 [M19]; stenosis Sugioka [W88]; arterial after
#: the Edinburgh questionnaire [W85]; others our choice [A]. Caveat: self-report of
#: questions that the diary asks for other ends; sensitivity and specificity unknown.
NEEDED: Final[Mapping[str, int]] = {
    "dvt": 2,
    "arterial": 3,
    "meralgia_paraesthetica": 3,
    "peroneal_palsy": 4,
    "disc_herniation": 6,
    "spinal_stenosis": 7,
    "spondylolisthesis": 6,
}

LOOK_ALIKE: Final = "look_alike"
CAUSE: Final = "cause"

_CALF: Final = frozenset({"posterior_calf", "popliteal", "lateral_calf"})
_BELOW_KNEE: Final = _CALF | {
    "medial_shin",
    "lateral_shin",
    "medial_ankle",
    "dorsum_foot",
    "first_web_space",
    "big_toe",
    "lateral_foot",
    "little_toe",
    "sole",
    "heel",
}
_PERONEAL_SKIN: Final = frozenset({"dorsum_foot", "first_web_space", "lateral_shin"})


@dataclass(frozen=True)
class Feature:
    """Something that speaks for a hint, and how much."""

    text: str
    points: int


@dataclass(frozen=True, kw_only=True)
class Hint:
    """A possibility with what speaks for it; `side` is a leg or empty."""

    kind: str
    name: str
    title: str
    side: str
    advice: str
    points: int
    needed: int
    possible: int
    features: tuple[Feature, ...]


@dataclass(frozen=True)
class _Sign:
    text: str
    points: int
    holds: Callable[[Picture, Leg], bool]
    needed: bool = False


@dataclass(frozen=True)
class _Pattern:
    kind: str
    name: str
    title: str
    advice: str
    signs: tuple[_Sign, ...]
    by_leg: bool = True


def hints(picture: Picture) -> list[Hint]:
    """Return the hints of a patient: look-alikes first, the strongest first."""
    found = []
    for pattern in PATTERNS:
        sides = [side for side in LEGS if side in picture.legs]
        for side in sides if pattern.by_leg else [""]:
            hint = _judged(pattern, picture, side)
            if hint:
                found.append(hint)
    return sorted(found, key=lambda each: (each.kind != LOOK_ALIKE, -each.points))


def _judged(pattern: _Pattern, picture: Picture, side: str) -> Hint | None:
    leg = picture.legs.get(side, Leg())
    held = [sign for sign in pattern.signs if sign.holds(picture, leg)]
    points = sum(sign.points for sign in held)
    missing = [sign for sign in pattern.signs if sign.needed and sign not in held]
    if missing or points < NEEDED[pattern.name]:
        return None
    return Hint(
        kind=pattern.kind,
        name=pattern.name,
        title=pattern.title,
        side=side,
        advice=pattern.advice,
        points=points,
        needed=NEEDED[pattern.name],
        possible=_possible(pattern),
        features=tuple(Feature(sign.text, sign.points) for sign in held if sign.text),
    )


def _possible(pattern: _Pattern) -> int:
    """Return the most points there are; of two ages only one can hold."""
    ages = [sign.points for sign in pattern.signs if sign.text.startswith("Age ")]
    total = sum(sign.points for sign in pattern.signs)
    return total - sum(ages) + max(ages, default=0)


def _is_back_free(picture: Picture, _leg: Leg) -> bool:
    return picture.back_pain is not None and picture.back_pain < BACK_PAIN_POINTS


def _is_weak(picture: Picture, _leg: Leg) -> bool:
    return any(leg.weak for leg in picture.legs.values())


def _has_operation(picture: Picture, _leg: Leg) -> bool:
    days = picture.days_since_operation
    return days is not None and days <= OPERATION_COUNTS.days


def _calf_of_one_leg(picture: Picture, _leg: Leg) -> bool:
    return sum(bool(leg.painful & _CALF) for leg in picture.legs.values()) == 1


def _both_hurt(picture: Picture, _leg: Leg) -> bool:
    hurting = [leg for leg in picture.legs.values() if (leg.pain or 0) > 0]
    return len(hurting) == len(LEGS) or picture.says("both_legs")


def _one_hurts(picture: Picture, leg: Leg) -> bool:
    others = [each for each in picture.legs.values() if each is not leg]
    return (leg.pain or 0) > 0 and not any((each.pain or 0) > 0 for each in others)


def _leg_over_back(picture: Picture, leg: Leg) -> bool:
    return leg.pain is not None and leg.pain > (picture.back_pain or 0)


def _back_over_legs(picture: Picture, _leg: Leg) -> bool:
    worst = max((leg.pain or 0 for leg in picture.legs.values()), default=0)
    return picture.back_pain is not None and picture.back_pain >= max(
        worst, BACK_PAIN_POINTS
    )


def _aged(least: int, most: int) -> Callable[[Picture, Leg], bool]:
    return lambda picture, _leg: (
        picture.age is not None and least <= picture.age <= most
    )


def _any(
    *, triggers: frozenset[str] = frozenset(), relievers: frozenset[str] = frozenset()
) -> Callable[[Picture, Leg], bool]:
    return lambda picture, _leg: bool(
        picture.triggers & triggers or picture.relievers & relievers
    )


def _claudicates(picture: Picture, _leg: Leg) -> bool:
    return "walking" in picture.triggers and bool(
        picture.relievers & {"sitting", "leaning_forward"}
    )


def _says(item: str) -> Callable[[Picture, Leg], bool]:
    return lambda picture, _leg: picture.says(item)


def _is_long(picture: Picture, _leg: Leg) -> bool:
    return picture.complaint_days is not None and picture.complaint_days > LONG_DAYS


#: Source: Wells 2003 [M19]; the diary asks only some of its items.
_DVT: Final = _Pattern(
    LOOK_ALIKE,
    "dvt",
    "Deep vein thrombosis",
    "Examine both calves today and complete the Wells score: the diary does not ask "
    "about cancer, an earlier thrombosis, pitting oedema or veins. A weak leg scores by "
    "itself. With chest pain or breathlessness this is an emergency.",
    (
        _Sign(
            "One calf is newly swollen", 1, _says("calf_swollen_one_side"), needed=True
        ),
        _Sign("The calf of one leg hurts", 1, _calf_of_one_leg),
        _Sign("A leg is weak", 1, _is_weak),
        _Sign("An operation in the last 12 weeks", 1, _has_operation),
        _Sign("Chest pain or breathlessness", 2, _says("chest_pain_or_breathless")),
    ),
    by_leg=False,
)
#: Source: Edinburgh claudication questionnaire [W85]; against duplex it finds half
#: (W86, sensitivity 52.5 %).
_ARTERIAL: Final = _Pattern(
    LOOK_ALIKE,
    "arterial",
    "Arterial claudication",
    "Feel the foot pulses and measure the ankle-brachial index. A cold, pale or blue "
    "foot, pain at rest at night or an ulcer must be seen the same day.",
    (
        _Sign("Walking brings the pain on", 1, _any(triggers=frozenset({"walking"}))),
        _Sign(
            "It goes when standing still", 1, _any(relievers=frozenset({"standing"}))
        ),
        _Sign(
            "It does not begin while standing or sitting",
            1,
            lambda picture, _leg: (
                "walking" in picture.triggers
                and not picture.triggers & {"standing", "sitting"}
            ),
        ),
        _Sign("The calf hurts", 1, lambda _picture, leg: bool(leg.painful & _CALF)),
        _Sign("A foot is newly cold or pale", 3, _says("cold_or_pale_foot")),
        _Sign(
            "",
            0,
            lambda picture, _leg: (
                picture.says("cold_or_pale_foot")
                or ({"walking"} <= picture.triggers and "standing" in picture.relievers)
            ),
            needed=True,
        ),
    ),
)
#: Source: clinical.md 7, pattern only [M1].
_MERALGIA: Final = _Pattern(
    LOOK_ALIKE,
    "meralgia_paraesthetica",
    "Meralgia paraesthetica",
    "Ask about belts, weight, pregnancy and diabetes; press below the front of the hip "
    "bone. Do not take it for L2 or L3 before reflexes and power are examined.",
    (
        _Sign(
            "Only the outer thigh is numb",
            2,
            lambda _picture, leg: leg.numb == {"lateral_thigh"},
            needed=True,
        ),
        _Sign("It burns", 1, lambda _picture, leg: leg.burns),
        _Sign("Little or no back pain", 1, _is_back_free),
        _Sign(
            "The self-tests are at their usual",
            1,
            lambda _picture, leg: bool(leg.strong),
        ),
        _Sign("", 0, lambda _picture, leg: not leg.weak, needed=True),
    ),
)
#: Source: clinical.md 7, pattern [W94], low authority.
_PERONEAL: Final = _Pattern(
    LOOK_ALIKE,
    "peroneal_palsy",
    "Common peroneal palsy",
    "Examine with the urgency that the flag asks: a foot drop is a root until shown "
    "otherwise. Inversion and hip abduction are spared in a peroneal palsy; ask about "
    "crossed legs, kneeling, a cast and weight loss; tap at the fibular head.",
    (
        _Sign(
            "The heel walk is weak",
            2,
            lambda _picture, leg: "heel_walk" in leg.weak,
            needed=True,
        ),
        _Sign(
            "Hip abduction (hip hold) is at its usual",
            2,
            lambda _picture, leg: "hip_hold" in leg.strong,
        ),
        _Sign("Little or no back pain", 1, _is_back_free),
        _Sign(
            "Only the outer shin and the top of the foot are numb",
            1,
            lambda _picture, leg: bool(leg.numb) and leg.numb <= _PERONEAL_SKIN,
        ),
        _Sign("Unexplained weight loss", 1, _says("unexplained_weight_loss")),
        _Sign("", 0, lambda _picture, leg: "hip_hold" not in leg.weak, needed=True),
    ),
)
#: Source: items after RAPIDH [W92, M21] and Stynes 2018 [W93]; points are ours [A],
#: since the weights of the papers were not seen.
_DISC: Final = _Pattern(
    CAUSE,
    "disc_herniation",
    "Disc herniation",
    "The pattern fits a root pressed by a disc. Straight-leg raise, reflexes and "
    "imaging decide; age and course differ widely.",
    (
        _Sign("Only one leg hurts", 2, _one_hurts, needed=True),
        _Sign(
            "The pain or numbness reaches below the knee",
            2,
            lambda _picture, leg: bool((leg.painful | leg.numb) & _BELOW_KNEE),
        ),
        _Sign("The leg hurts more than the back", 1, _leg_over_back),
        _Sign("It is worse on coughing", 2, _any(triggers=frozenset({"coughing"}))),
        _Sign(
            "It is worse on sitting, bending or driving",
            1,
            _any(triggers=frozenset({"sitting", "bending", "driving"})),
        ),
        _Sign("Age below 50", 1, _aged(0, 49)),
    ),
)
#: Source: Sugioka's self-report rule with its points [W88]; of it the diary does not
#: ask for relief on bending backward (-2).
_STENOSIS: Final = _Pattern(
    CAUSE,
    "spinal_stenosis",
    "Spinal stenosis",
    "The points are those of Sugioka's self-report rule, 7 or more (its question about "
    "bending backward, which takes 2 off, is not in the diary). Exclude arterial "
    "claudication; watch the walking distance.",
    (
        _Sign("Age over 70", 3, _aged(71, 150)),
        _Sign("Age 60 to 70", 2, _aged(60, 70)),
        _Sign("Complaints for more than six months", 1, _is_long),
        _Sign(
            "Better on leaning forward",
            2,
            _any(relievers=frozenset({"leaning_forward"})),
        ),
        _Sign("Worse on standing", 2, _any(triggers=frozenset({"standing"}))),
        _Sign("Walking brings it on, a rest takes it away", 1, _claudicates),
        _Sign("Leaking urine", 1, _says("urine_leak")),
    ),
    by_leg=False,
)
#: Source: our choice [A]; no self-report rule was found in the literature.
_SLIP: Final = _Pattern(
    CAUSE,
    "spondylolisthesis",
    "Spondylolisthesis",
    "A weak hint from features without a published rule: standing films in flexion and "
    "extension decide.",
    (
        _Sign(
            "The back hurts at least as much as the legs",
            2,
            _back_over_legs,
            needed=True,
        ),
        _Sign("Worse on standing", 2, _any(triggers=frozenset({"standing"}))),
        _Sign("Worse on walking", 1, _any(triggers=frozenset({"walking"}))),
        _Sign(
            "Better on sitting or lying",
            1,
            _any(relievers=frozenset({"sitting", "lying"})),
        ),
        _Sign("Both legs are affected", 1, _both_hurt),
        _Sign("Complaints for more than six months", 1, _is_long),
    ),
    by_leg=False,
)
PATTERNS: Final = (_DVT, _ARTERIAL, _MERALGIA, _PERONEAL, _DISC, _STENOSIS, _SLIP)
