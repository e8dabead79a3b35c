"""The catalogue of red-flag rules, as data.

R01, R02, R03, R17, R18 and R19 are trees over one safety check. R04, R05 and R19
compare self-tests with the patient's own; they are published with their thresholds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tracker.domain import diary, raw_records
from tracker.domain import red_flag_texts as texts
from tracker.domain.red_flag_conditions import (
    AllOf,
    Answered,
    AnyOf,
    Condition,
    Known,
    NoneOf,
)
from tracker.domain.red_flag_texts import Wording


#: Version of the whole set. A test pins the digest: change both together.
RULE_SET_VERSION: Final = "1.8.0"

EMERGENCY: Final = "emergency"
URGENT: Final = "urgent"
SOON: Final = "soon"
WATCH: Final = "watch"
INFO: Final = "info"
#: The most pressing first.
TIERS: Final = (EMERGENCY, URGENT, SOON, WATCH, INFO)

#: Answers that mean a danger. `unchanged` never does: it was asked about before.
POSITIVE: Final = ("new", "worse")
#: Answers that leave open whether there is a danger. They are never taken for "no".
OPEN: Final = ("prefer_not_to_say", raw_records.UNANSWERED)

#: Cauda equina items without an answer that make the check unclear.
#: Unit: items of the twelve.
#: Source: clinical.md section 13 (R03); HSIB, Timely detection and treatment of
#:   cauda equina syndrome, on unclear and unasked questions.
#: Caveat: our proposal; one skipped item is taken for an oversight.
UNCLEAR_ITEMS: Final = 2

#: The fact that power has dropped: known to the server as a recent motor finding
#: (R04 to R07), or confirmed in the reports at hand.
MOTOR_DROP: Final = "motor_drop"
#: The fact that an opioid is taken that was not taken before.
NEW_OPIOID: Final = "new_opioid"
#: The fact that the check lies within the window after a procedure.
AFTER_PROCEDURE: Final = "after_procedure"

#: The questions about passing urine.
BLADDER: Final = (
    "hard_to_start_urinating",
    "hard_to_stop_urinating",
    "cannot_feel_urine",
    "urine_leak",
    "bladder_fullness_unknown",
)

SEXUAL_FUNCTION: Final = "erection_ejaculation_change"
OTHER_CAUDA_EQUINA: Final = tuple(
    item for item in diary.CAUDA_EQUINA_ITEMS if item != SEXUAL_FUNCTION
)
LIMB_OR_CHEST: Final = ("chest_pain_or_breathless", "cold_or_pale_foot")
SYSTEMIC: Final = (
    "fever_or_rigors",
    "new_night_pain",
    "unexplained_weight_loss",
    "recent_injury",
)

GIRFT: Final = "W20: GIRFT national cauda equina pathway, primary and community care"
CARD: Final = "W37: Cauda equina warning signs, backes.org.uk"
NUFFIELD: Final = "W39: Nuffield Health, cauda equina syndrome, patient information"
STODDART: Final = "W11: Stoddart, urgent MRI for suspected cauda equina 2011-23"
CKS: Final = "M8: NICE CKS Sciatica (lumbar radiculopathy), red flags"
HSIB: Final = "W43: HSIB investigation into cauda equina syndrome"
NG234: Final = "M26: NICE NG234 Spinal metastases and cord compression (2023)"
TIMING: Final = "W3: PMID 35040807, timing of surgery and motor recovery"
PETR: Final = "W4: Petr et al., Spine 2019;44:454"
SYMPTOM_DURATION: Final = "W5: Dtsch Arztebl 2024, PMID 38835174"
POSTACCHINI: Final = "W21: Postacchini et al., J Bone Joint Surg Br 2002;84:1040"
UK_PATHWAY: Final = "W35: UK regional back pain and sciatica pathway"
WELLS: Final = "M19: Wells et al., N Engl J Med 2003;349:1227-35"
ECQ: Final = "W85: Edinburgh Claudication Questionnaire, scoring"
FORUM: Final = "W36: discussion of the GIRFT 14-day rule (low authority)"
CONVENTION: Final = "M18: clinical convention; FDA 2014 on epidural steroids"
FINUCANE: Final = "M25: Finucane et al., J Orthop Sports Phys Ther 2020;50:350-72"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule at one tier. An id may have several; the most pressing that holds wins.

    `when` is a tree over one safety check; None for the rules over self-tests, which
    have a `measure` instead: the name of what is compared.
    """

    id: str
    tier: str
    clinician_tier: str
    category: str
    wording: Wording
    sources: tuple[str, ...]
    version: str = "1.0.0"
    when: Condition | None = None
    measure: str = ""

    @property
    def collection(self) -> str:
        """Return the collection whose records the rule judges."""
        if self.measure.startswith("saddle_"):  # of the body map
            return diary.NUMBNESS_LOGS.name
        if self.measure.startswith("foot_slap_"):
            return diary.DAY_LOGS.name
        return (diary.WEAKNESS_LOGS if self.measure else diary.RED_FLAG_CHECKS).name

    @property
    def kill_switch(self) -> bool:
        """Return whether a clinic may switch the rule off; never one of these.

        A phone judges them without a network and does not know its clinic's changes.
        """
        return False

    def as_json(self, say: Callable[[str], str] = str) -> dict[str, object]:
        """Return the rule as published, what patients read put into words by `say`."""
        return {
            "id": self.id,
            "version": self.version,
            "tier": self.tier,
            "clinician_tier": self.clinician_tier,
            "category": self.category,
            "title": say(self.wording.title),
            "text": say(self.wording.text),
            "clinician_text": self.wording.clinician_text,
            "sources": list(self.sources),
            "kill_switch": self.kill_switch,
            "collection": self.collection,
            "when": self.when.as_json() if self.when else {"measure": self.measure},
        }


_CAUDA_EQUINA_POSITIVE: Final = Answered(diary.CAUDA_EQUINA_ITEMS, POSITIVE)
#: Alone means alone: every other item is answered "no", and the legs are not both in.
_SEXUAL_FUNCTION_ALONE: Final = AllOf(
    Answered((SEXUAL_FUNCTION,), POSITIVE),
    Answered(OTHER_CAUDA_EQUINA, ("no",), at_least=len(OTHER_CAUDA_EQUINA)),
    NoneOf(Answered(("both_legs",), POSITIVE)),
)

#: The rules over the answers of one check; of one id, the most pressing stands first.
ANSWER_RULES: Final = (
    Rule(
        id="R01",
        tier=EMERGENCY,
        clinician_tier=EMERGENCY,
        category="red_flag",
        wording=texts.CAUDA_EQUINA,
        sources=(GIRFT, CARD, NUFFIELD, STODDART, CKS),
        when=AllOf(_CAUDA_EQUINA_POSITIVE, NoneOf(_SEXUAL_FUNCTION_ALONE)),
    ),
    Rule(
        id="R02",
        tier=EMERGENCY,
        clinician_tier=URGENT,
        category="red_flag",
        wording=texts.SEXUAL_FUNCTION_ONLY,
        sources=(GIRFT, NUFFIELD),
        when=_SEXUAL_FUNCTION_ALONE,
    ),
    Rule(
        id="R03",
        tier=URGENT,
        clinician_tier=URGENT,
        category="red_flag",
        wording=texts.CAUDA_EQUINA_UNCLEAR,
        sources=(GIRFT, HSIB, FORUM),
        version="1.1.0",
        when=AnyOf(
            Answered(("both_legs",), POSITIVE),
            AllOf(
                Answered(diary.CAUDA_EQUINA_ITEMS, OPEN, at_least=UNCLEAR_ITEMS),
                AnyOf(Answered(("both_legs",), POSITIVE), Known(MOTOR_DROP)),
            ),
            AllOf(Answered(BLADDER, OPEN), Known(NEW_OPIOID)),
        ),
    ),
    Rule(
        id="R17",
        tier=EMERGENCY,
        clinician_tier=EMERGENCY,
        category="vascular",
        wording=texts.VASCULAR_EMERGENCY,
        sources=(WELLS, ECQ),
        when=Answered(LIMB_OR_CHEST, POSITIVE),
    ),
    Rule(
        id="R17",
        tier=URGENT,
        clinician_tier=URGENT,
        category="vascular",
        wording=texts.VASCULAR_URGENT,
        sources=(WELLS, ECQ),
        when=Answered(("calf_swollen_one_side",), POSITIVE),
    ),
    Rule(
        id="R18",
        tier=EMERGENCY,
        clinician_tier=EMERGENCY,
        category="systemic",
        wording=texts.SYSTEMIC_EMERGENCY,
        sources=(UK_PATHWAY, FINUCANE, NG234),
        when=AllOf(
            Answered(SYSTEMIC, POSITIVE),
            AnyOf(_CAUDA_EQUINA_POSITIVE, Known(MOTOR_DROP)),
        ),
    ),
    Rule(
        id="R18",
        tier=URGENT,
        clinician_tier=URGENT,
        category="systemic",
        wording=texts.SYSTEMIC_URGENT,
        sources=(UK_PATHWAY, FINUCANE, NG234),
        when=Answered(SYSTEMIC, POSITIVE),
    ),
    Rule(
        id="R19",
        tier=EMERGENCY,
        clinician_tier=EMERGENCY,
        category="red_flag",
        wording=texts.AFTER_PROCEDURE,
        sources=(CONVENTION, GIRFT),
        when=AllOf(
            Known(AFTER_PROCEDURE),
            Answered((*diary.CAUDA_EQUINA_ITEMS, "both_legs"), POSITIVE),
        ),
    ),
    Rule(
        id="R19",
        tier=URGENT,
        clinician_tier=URGENT,
        category="red_flag",
        wording=texts.FEVER_AFTER_PROCEDURE,
        sources=(CONVENTION, FINUCANE),
        when=AllOf(Known(AFTER_PROCEDURE), Answered(("fever_or_rigors",), POSITIVE)),
    ),
)

#: In category `red_flag`, not `motor`: weakness of both legs is a cauda equina sign,
#: and must open its own alert beside that of a single weak leg.
BOTH_LEGS_WEAKER: Final = Rule(
    id="R04",
    tier=EMERGENCY,
    clinician_tier=EMERGENCY,
    category="red_flag",
    wording=texts.BOTH_LEGS_WEAKER,
    sources=(GIRFT, NG234),
    version="1.4.0",
    measure="confirmed_drop_on_both_sides",
)
LEG_DROPPED: Final = Rule(
    id="R05",
    tier=EMERGENCY,
    clinician_tier=EMERGENCY,
    category="motor",
    wording=texts.LEG_DROPPED,
    sources=(TIMING, PETR, SYMPTOM_DURATION, POSTACCHINI, UK_PATHWAY),
    version="1.4.0",
    measure="confirmed_severe_drop",
)
#: Urgent for the patient, who can settle it in a minute; only information for the
#: clinician: a single low score is often a slip, and the second one is an emergency.
REPEAT_TEST: Final = Rule(
    id="R05",
    tier=URGENT,
    clinician_tier=INFO,
    category="motor",
    wording=texts.REPEAT_TEST,
    sources=(TIMING, PETR),
    measure="unconfirmed_severe_drop",
)
#: A test that is left out because it is not safe is an answer.
TEST_UNSAFE: Final = Rule(
    id="R05",
    tier=URGENT,
    clinician_tier=URGENT,
    category="motor",
    wording=texts.TEST_UNSAFE,
    sources=(TIMING, PETR),
    measure="test_left_out_as_unsafe",
)
#: As the repeat: the patient can settle it in a minute.
SLAP_UNTESTED: Final = Rule(
    id="R05",
    tier=URGENT,
    clinician_tier=INFO,
    category="motor",
    wording=texts.SLAP_UNTESTED,
    sources=(TIMING, PETR),
    measure="foot_slap_without_heel_walk",
)
#: The same: nobody knows since when a leg is weak that is so from the first tests on.
OTHER_LEG_UNTESTED: Final = Rule(
    id="R05",
    tier=URGENT,
    clinician_tier=INFO,
    category="motor",
    wording=texts.OTHER_LEG_UNTESTED,
    sources=(TIMING, PETR),
    measure="severe_weakness_with_one_leg_tested",
)
#: Urgent for the patient alone: R01 to R03 judge the answers, R08 the numbness.
SADDLE_UNASKED: Final = Rule(
    id="R03",
    tier=URGENT,
    clinician_tier=INFO,
    category="red_flag",
    wording=texts.SADDLE_UNASKED,
    sources=(GIRFT, HSIB),
    measure="saddle_numb_without_check",
)
#: The questions were put and left open: the clinic goes through them by telephone.
SADDLE_UNANSWERED: Final = Rule(
    id="R03",
    tier=URGENT,
    clinician_tier=URGENT,
    category="red_flag",
    wording=texts.SADDLE_UNANSWERED,
    sources=(GIRFT, HSIB),
    measure="saddle_numb_check_left_open",
)
#: In category `red_flag`, so that it opens its own alert beside that of a weak leg:
#: another team, the one that treated, must know.
WEAKER_AFTER_PROCEDURE: Final = Rule(
    id="R19",
    tier=EMERGENCY,
    clinician_tier=EMERGENCY,
    category="red_flag",
    wording=texts.AFTER_PROCEDURE,
    sources=(CONVENTION,),
    measure="drop_after_procedure",
)
RULES: Final = (
    WEAKER_AFTER_PROCEDURE,
    *ANSWER_RULES,
    BOTH_LEGS_WEAKER,
    LEG_DROPPED,
    TEST_UNSAFE,
    REPEAT_TEST,
    OTHER_LEG_UNTESTED,
    SLAP_UNTESTED,
    SADDLE_UNANSWERED,
    SADDLE_UNASKED,
)
