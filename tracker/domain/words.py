"""The clinician's words for what the diary calls by code."""

from __future__ import annotations

from typing import Final


#: The self-tests.
TEST_NAMES: Final = {
    "heel_walk": "heel walk",
    "big_toe_lift": "big-toe lift",
    "heel_raise": "heel raise",
    "chair_rise": "chair rise",
    "knee_lift": "knee lift",
    "hip_hold": "hip hold",
}
#: The safety questions, as they read when answered `new` or `worse`.
RED_FLAG_WORDS: Final = {
    "saddle_genital_numbness": "numb between the legs or genitals",
    "saddle_anal_numbness": "numb around the back passage",
    "wiping_feels_different": "wiping feels different",
    "hard_to_start_urinating": "hard to start passing urine",
    "hard_to_stop_urinating": "hard to stop or control urine",
    "cannot_feel_urine": "cannot feel urine passing",
    "urine_leak": "leaking urine",
    "bladder_fullness_unknown": "cannot tell whether the bladder is full",
    "stool_leak": "leaking stool",
    "cannot_feel_bowel": "cannot feel the bowel opening",
    "erection_ejaculation_change": "change in erection or ejaculation",
    "genital_sensation_loss": "loss of genital sensation",
    "both_legs": "symptoms in both legs",
    "calf_swollen_one_side": "one calf swollen",
    "chest_pain_or_breathless": "chest pain or breathless",
    "cold_or_pale_foot": "cold or pale foot",
    "fever_or_rigors": "fever or rigors",
    "new_night_pain": "new night pain",
    "unexplained_weight_loss": "unexplained weight loss",
    "recent_injury": "recent injury",
}
