"""The five collections of the diary: every field, its type and its range, once.

Models, decoder, API schema and back-test all derive from this table, so that a
phone, the database and the analysis can never disagree about a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


Kind = Literal["int", "float", "bool", "text", "choice", "choices", "texts", "date"]

NOTE_MAX_LENGTH: Final = 2000
LIST_MAX_ITEMS: Final = 50
TEXT_MAX_LENGTH: Final = 200
ID_CHARACTERS: Final = "A-Za-z0-9_.-"
ID_LENGTHS: Final = (8, 64)
ID_PATTERN: Final = rf"[{ID_CHARACTERS}]{{{ID_LENGTHS[0]},{ID_LENGTHS[1]}}}"

REGIONS: Final = (
    "lower_back",
    "buttock",
    "groin",
    "upper_anterior_thigh",
    "lower_anterior_thigh",
    "lateral_thigh",
    "posterior_thigh",
    "medial_knee",
    "popliteal",
    "medial_shin",
    "lateral_shin",
    "lateral_calf",
    "posterior_calf",
    "medial_ankle",
    "dorsum_foot",
    "first_web_space",
    "big_toe",
    "lateral_foot",
    "little_toe",
    "sole",
    "heel",
    "inner_thigh",
    "inner_buttock",
    "perineum",
    "genitals",
    "perianal",
)
#: S2-S5 skin, the area that touches a saddle (clinical.md section 1.1).
SADDLE_REGIONS: Final = REGIONS[-5:]

SIDES: Final = ("left", "right", "both", "midline")
LEGS: Final = ("left", "right")
TESTS: Final = (
    "heel_walk",
    "big_toe_lift",
    "heel_raise",
    "chair_rise",
    "knee_lift",
    "hip_hold",
)
RED_FLAG_ANSWERS: Final = ("no", "unchanged", "new", "worse", "prefer_not_to_say")
#: In the order of clinical.md section 3.2: ces_01 to ces_12.
CAUDA_EQUINA_ITEMS: Final = (
    "saddle_genital_numbness",
    "saddle_anal_numbness",
    "wiping_feels_different",
    "hard_to_start_urinating",
    "hard_to_stop_urinating",
    "cannot_feel_urine",
    "urine_leak",
    "bladder_fullness_unknown",
    "stool_leak",
    "cannot_feel_bowel",
    "erection_ejaculation_change",
    "genital_sensation_loss",
)
OTHER_RED_FLAG_ITEMS: Final = (
    "both_legs",
    "calf_swollen_one_side",
    "chest_pain_or_breathless",
    "cold_or_pale_foot",
    "fever_or_rigors",
    "new_night_pain",
    "unexplained_weight_loss",
    "recent_injury",
)
RED_FLAG_ITEMS: Final = CAUDA_EQUINA_ITEMS + OTHER_RED_FLAG_ITEMS


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field that a phone writes. `None` is always allowed and means silence.

    `low` and `high` are inclusive and bound numbers; `choices` lists the values
    of a choice, or of the items of a list.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Collection:
    """One client-writable collection and its clinical fields, in order."""

    name: str
    fields: tuple[Field, ...]

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the clinical fields, in the order of the table."""
        return tuple(field.name for field in self.fields)


def _nrs(name: str) -> Field:
    return Field(name=name, kind="int", low=0, high=10)


def _count(name: str, high: int) -> Field:
    return Field(name=name, kind="int", low=0, high=high)


def _choice(name: str, choices: tuple[str, ...]) -> Field:
    return Field(name=name, kind="choice", choices=choices)


def _choices(name: str, choices: tuple[str, ...]) -> Field:
    return Field(name=name, kind="choices", choices=choices)


def _flag(name: str) -> Field:
    return Field(name=name, kind="bool")


PAIN_LOGS: Final = Collection(
    "pain_logs",
    (
        _choice("site", ("back", "leg")),
        _choice("side", SIDES),
        _nrs("intensity"),
        _nrs("worst"),
        _choices("regions", REGIONS),
        _choices(
            "qualities",
            (
                "sharp",
                "shooting",
                "burning",
                "electric",
                "stabbing",
                "dull",
                "aching",
                "cramping",
            ),
        ),
        _choices(
            "triggers",
            (
                "bending",
                "sitting",
                "standing",
                "walking",
                "coughing",
                "lifting",
                "lying",
                "driving",
                "none",
            ),
        ),
        _choices(
            "relievers",
            (
                "sitting",
                "leaning_forward",
                "lying",
                "walking",
                "standing",
                "medication",
                "none",
            ),
        ),
    ),
)

NUMBNESS_LOGS: Final = Collection(
    "numbness_logs",
    (
        _choice("side", SIDES),
        _nrs("intensity"),
        _choice("kind", ("numbness", "tingling", "reduced_feeling", "burning")),
        _choices("regions", REGIONS),
        _flag("constant"),
    ),
)

WEAKNESS_LOGS: Final = Collection(
    "weakness_logs",
    (
        _choice("side", LEGS),
        _choice("test", TESTS),
        Field(name="score", kind="int", low=0, high=3),
        Field(name="repeat_score", kind="int", low=0, high=3),
        _choice("not_done_reason", ("pain", "unsafe", "injury", "forgot", "other")),
        Field(name="felt_weakness", kind="int", low=0, high=6),
    ),
)

RED_FLAG_CHECKS: Final = Collection(
    "red_flag_checks",
    tuple(_choice(item, RED_FLAG_ANSWERS) for item in RED_FLAG_ITEMS),
)

DAY_LOGS: Final = Collection(
    "day_logs",
    (
        Field(name="day", kind="date"),
        _count("sitting_minutes", 1440),
        _count("longest_sitting_minutes", 1440),
        _flag("lumbar_support"),
        _count("walk_minutes_before_stopping", 1440),
        _flag("relief_on_sitting"),
        _flag("relief_leaning_forward"),
        _count("steps", 200_000),
        _nrs("sleep_quality"),
        Field(name="weight_kg", kind="float", low=1, high=700),
        Field(name="medications_taken", kind="texts"),
        _flag("foot_slap"),
        _count("trips", 1000),
        _count("falls", 1000),
        _count("knee_gave_way", 1000),
        _nrs("peg_pain"),
        _nrs("peg_enjoyment"),
        _nrs("peg_activity"),
    ),
)

COLLECTIONS: Final[dict[str, Collection]] = {
    collection.name: collection
    for collection in (
        PAIN_LOGS,
        NUMBNESS_LOGS,
        WEAKNESS_LOGS,
        RED_FLAG_CHECKS,
        DAY_LOGS,
    )
}
