"""Which nerve root fits the evidence: weights, never one certain answer.

Source: clinical.md sections 1.1 and 1.2 [W15-W22]; the weights are assumptions [A].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final


ROOTS: Final = ("L2", "L3", "L4", "L5", "S1", "S2")

#: Weight of numbness in the area that is most specific to a root.
#: Unit: points of evidence. Source: clinical.md 1.2 [A]. Caveat: overlap is normal.
SIGNATURE_NUMBNESS: Final = 2.0
#: Weight of numbness in another area of the root.
#: Unit: points of evidence. Source: clinical.md 1.2 [A]. Caveat: overlap is normal.
OTHER_NUMBNESS: Final = 1.0
#: Weight of pain in an area of the root.
#: Unit: points of evidence. Source: clinical.md 1.2 [A]; pain follows a dermatome
#: poorly [M3]. Caveat: overlap is normal.
PAIN_IN_AREA: Final = 0.5

#: Weight of a reflex that a clinician found reduced, and of the root beside it.
#: Unit: points of evidence. Source: clinical.md 1.1 [W15, W19]; weights [A].
#: Caveat: reflexes fade with age on both sides; no test has LR+ above 4 [W22].
REFLEXES: Final[Mapping[str, Mapping[str, float]]] = {
    "patellar": {"L4": 1.0, "L3": 0.5},
    "medial_hamstring": {"L5": 1.0},
    "achilles": {"S1": 1.0},
}
#: Weight of a root whose power or feeling a clinician found reduced.
#: Unit: points of evidence. Source: clinical.md 1.2 [A], as a failed key self-test.
#: Caveat: overlap is normal.
EXAMINED_DEFICIT: Final = 2.0

SIGNATURE: Final[Mapping[str, tuple[str, ...]]] = {
    "upper_anterior_thigh": ("L2",),
    "lower_anterior_thigh": ("L3",),
    "medial_knee": ("L3",),
    "medial_shin": ("L4",),
    "dorsum_foot": ("L5",),
    "big_toe": ("L5",),
    "first_web_space": ("L5",),
    "lateral_foot": ("S1",),
    "little_toe": ("S1",),
    "posterior_thigh": ("S2",),
}
OTHER: Final[Mapping[str, tuple[str, ...]]] = {
    "groin": ("L2",),
    "medial_knee": ("L4",),
    "medial_ankle": ("L4",),
    "lateral_shin": ("L5",),
    "lateral_calf": ("L5", "S1"),
    "posterior_calf": ("S1",),
    "sole": ("S1",),
    "heel": ("S1",),
    "popliteal": ("S2",),
}
PAIN_AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "buttock": ("L5", "S1"),
    "lateral_thigh": ("L5",),
    "posterior_thigh": ("S1", "S2"),
    "lateral_shin": ("L5",),
    "lateral_calf": ("L5",),
    "dorsum_foot": ("L5",),
    "big_toe": ("L5",),
    "posterior_calf": ("S1",),
    "sole": ("S1",),
    "heel": ("S1",),
    "lateral_foot": ("S1",),
    "medial_shin": ("L4",),
    "medial_ankle": ("L4",),
    "medial_knee": ("L3", "L4"),
    "lower_anterior_thigh": ("L3",),
    "upper_anterior_thigh": ("L2", "L3"),
    "groin": ("L2",),
}
#: Key myotome 2, second myotome 1.
TESTED: Final[Mapping[str, Mapping[str, float]]] = {
    "heel_walk": {"L5": 2.0, "L4": 1.0},
    "big_toe_lift": {"L5": 2.0},
    "hip_hold": {"L5": 1.0},
    "heel_raise": {"S1": 2.0, "S2": 1.0},
    "chair_rise": {"L3": 2.0, "L4": 2.0},
    "knee_lift": {"L2": 2.0, "L3": 1.0},
}
#: The group of movements that one root's loss takes down together.
MYOTOME: Final[Mapping[str, str]] = {
    "heel_walk": "L5",
    "big_toe_lift": "L5",
    "hip_hold": "L5",
    "heel_raise": "S1",
    "chair_rise": "L3",
    "knee_lift": "L2",
}
#: Body-map areas that touch: a tap that strays lands in one of these.
NEIGHBOURS: Final[Mapping[str, tuple[str, ...]]] = {
    "lower_back": ("buttock",),
    "buttock": ("lower_back", "posterior_thigh", "lateral_thigh", "inner_buttock"),
    "groin": ("upper_anterior_thigh", "inner_thigh", "genitals"),
    "upper_anterior_thigh": ("groin", "lower_anterior_thigh", "lateral_thigh"),
    "lower_anterior_thigh": ("upper_anterior_thigh", "medial_knee", "lateral_thigh"),
    "lateral_thigh": (
        "buttock",
        "upper_anterior_thigh",
        "lower_anterior_thigh",
        "posterior_thigh",
        "lateral_shin",
    ),
    "posterior_thigh": ("buttock", "popliteal", "lateral_thigh", "inner_thigh"),
    "medial_knee": ("lower_anterior_thigh", "medial_shin", "inner_thigh"),
    "popliteal": ("posterior_thigh", "posterior_calf"),
    "medial_shin": ("medial_knee", "medial_ankle", "lateral_shin"),
    "lateral_shin": ("medial_shin", "lateral_calf", "dorsum_foot", "lateral_thigh"),
    "lateral_calf": ("lateral_shin", "posterior_calf", "lateral_foot"),
    "posterior_calf": ("popliteal", "lateral_calf", "heel"),
    "medial_ankle": ("medial_shin", "dorsum_foot", "heel"),
    "dorsum_foot": (
        "lateral_shin",
        "medial_ankle",
        "first_web_space",
        "big_toe",
        "lateral_foot",
        "little_toe",
    ),
    "first_web_space": ("dorsum_foot", "big_toe"),
    "big_toe": ("dorsum_foot", "first_web_space", "sole"),
    "lateral_foot": ("dorsum_foot", "little_toe", "sole", "heel", "lateral_calf"),
    "little_toe": ("lateral_foot", "dorsum_foot", "sole"),
    "sole": ("big_toe", "little_toe", "lateral_foot", "heel"),
    "heel": ("sole", "lateral_foot", "posterior_calf", "medial_ankle"),
    "inner_thigh": ("groin", "medial_knee", "posterior_thigh", "perineum"),
    "inner_buttock": ("buttock", "perianal", "perineum"),
    "perineum": ("genitals", "perianal", "inner_thigh", "inner_buttock"),
    "genitals": ("perineum", "groin"),
    "perianal": ("perineum", "inner_buttock"),
}


def likely_roots(
    *,
    failed_tests: Iterable[str] = (),
    numb_regions: Iterable[str] = (),
    pain_regions: Iterable[str] = (),
    reduced_reflexes: Iterable[str] = (),
    examined_roots: Iterable[str] = (),
) -> dict[str, float]:
    """Return how well each root fits, adding up to 1, or nothing without evidence."""
    weights = dict.fromkeys(ROOTS, 0.0)
    for test in set(failed_tests):
        _add(weights, TESTED.get(test, {}))
    for region in set(numb_regions):
        _add(weights, dict.fromkeys(SIGNATURE.get(region, ()), SIGNATURE_NUMBNESS))
        _add(weights, dict.fromkeys(OTHER.get(region, ()), OTHER_NUMBNESS))
    for region in set(pain_regions):
        _add(weights, dict.fromkeys(PAIN_AREAS.get(region, ()), PAIN_IN_AREA))
    for reflex in set(reduced_reflexes):
        _add(weights, REFLEXES.get(reflex, {}))
    for root in set(examined_roots) & set(ROOTS):
        _add(weights, {root: EXAMINED_DEFICIT})
    total = sum(weights.values())
    if total == 0:
        return {}
    return {root: round(w / total, 3) for root, w in weights.items() if w}


def roots_of(region: str) -> tuple[str, ...]:
    """Return the roots whose skin a region is."""
    return SIGNATURE.get(region, ()) + OTHER.get(region, ())


def _add(weights: dict[str, float], more: Mapping[str, float]) -> None:
    for root, weight in more.items():
        weights[root] += weight
