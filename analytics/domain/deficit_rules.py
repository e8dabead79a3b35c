"""R06 to R09: a nerve loses function, as the analysis finds it.

Every text is plain and short; every number stands in `thresholds` or `power_tests`.
"""

from __future__ import annotations

from typing import Final

from analytics.domain import care_thresholds, thresholds
from analytics.domain.rule import Rule
from tracker.domain import power_tests
from tracker.domain.red_flag_texts import Wording


#: What R06 and R07 say while most of it is chance: it is for the visit list.
_PERHAPS: Final = Wording(
    title="Some strength tests were a little lower",
    text=(
        "Some of your last strength tests were a little lower than your usual. Most of "
        "the time this is chance. Please go on testing. Your clinic sees it and talks "
        "about it at your next visit. If your leg gets weaker, call your clinic. If you "
        "notice changes in bladder, bowel or the saddle area, go to the emergency "
        "department."
    ),
    clinician_text=(
        "3 of the last 4 self-tests are a step lower, not yet beyond chance. For the next "
        "visit; it speaks again when the diary says more."
    ),
)

DEFICIT_RULES: Final = (
    Rule(
        id="R06",
        version="1.2.0",
        tier="urgent",
        category="motor",
        title="Your strength test is lower than your usual",
        text=(
            "Your strength test is lower than your usual. You need to be examined. "
            "Your clinic will contact you. If it gets worse, or you notice changes in "
            "bladder, bowel or the saddle area, go to the emergency department."
        ),
        clinician_text=(
            "Progressive weakness on repeated self-tests of one movement. Mild: "
            "examine within 7 days (cut-off 8 days); with other worsening within 24 h."
        ),
        sources=("W1", "W3", "W5", "W34", "C4"),
        refractory_days=7,
        examine_within_hours=72,
        parameters={
            "drop_steps": power_tests.DROP_STEPS,
            "repeat_count": thresholds.REPEAT_COUNT,
            "evidence": thresholds.LOSS_EVIDENCE,
        },
        labels={
            "drop_steps": "steps below the usual self-test that count as a drop",
            "repeat_count": "lower self-tests among the last four",
            "evidence": "weight of evidence for a loss, log10 of the Bayes factor",
        },
        limits={
            "drop_steps": (1, 1),
            "repeat_count": (2, 4),
            "evidence": (1, 3),
        },
        tells_red_flags=True,
        watch=_PERHAPS,
        speaks_again="at a further step lost, and when a second root joins",
        caveat="one step is often noise: .09 a patient-month at e=.05 [C4]; for the visit list only until the diary speaks clearly",
    ),
    Rule(
        id="R07",
        version="1.1.0",
        tier="urgent",
        category="motor",
        title="Less pain, but less strength",
        text=(
            "Less pain is good, but your strength or feeling is also lower. That needs "
            "a check: you need to be examined within a day. Your clinic will call you."
        ),
        clinician_text=(
            "Pain falls while the deficit grows: a sign of poor prognosis, not of "
            "recovery. Pain cannot explain the weakness when pain is low."
        ),
        sources=("W1", "W2"),
        refractory_days=14,
        examine_within_hours=24,
        parameters={
            "evidence": thresholds.RELIEF_EVIDENCE,
            "pain_points": thresholds.PAIN_CHANGE_POINTS,
            "pain_share": thresholds.PAIN_CHANGE_SHARE,
        },
        labels={
            "evidence": "weight of evidence for a loss while pain falls, log10 of the Bayes factor",
            "pain_points": "fall of the pain, in points of 10",
            "pain_share": "fall of the pain, as a share of the usual",
        },
        limits={"evidence": (0.5, 2), "pain_points": (1, 3), "pain_share": (0.2, 0.5)},
        tells_red_flags=True,
        watch=_PERHAPS,
        speaks_again="never within an episode",
        caveat="rare; needs a deficit beside the relief. Three of four lower tests alone are for the visit list: loud, they cost one false alarm a patient-year",
    ),
    Rule(
        id="R08",
        version="1.3.0",
        tier="soon",
        category="sensory",
        title="Your numbness has grown",
        text=(
            "Your numbness has grown or is stronger than your usual. Tell your team "
            "and repeat your strength tests today. Answer the safety questions too."
        ),
        clinician_text=(
            "Numbness spreads or rises above the patient's own level. Examine within "
            "1-2 weeks; sooner when in or near the saddle area or with weakness."
        ),
        sources=("W4", "W22", "W34", "C3"),
        refractory_days=14,
        examine_within_hours=14 * 24,
        parameters={
            "spread_days": thresholds.SPREAD_DAYS,
            "evidence": thresholds.LOSS_EVIDENCE,
        },
        labels={
            "spread_days": "days with the new numb area, of the last five",
            "evidence": "weight of evidence for a loss, log10 of the Bayes factor",
        },
        limits={
            "spread_days": (2, 4),
            "evidence": (1, 3),
        },
        speaks_again="when it comes to the saddle area, or has risen by two points",
        caveat="taps on a body map are noisy",
    ),
    Rule(
        id="R09",
        version="1.0.0",
        tier="urgent",
        category="function",
        title="Your leg gives way, or you fall",
        text=(
            "You told us about falls, trips or a knee that gives way, more than is "
            "usual for you. Hold on to a rail and wear firm shoes. Repeat your "
            "strength tests today. Your clinic will call you within three days. If a "
            "leg gets weaker, go to the emergency department."
        ),
        clinician_text=(
            "Falls, trips or a knee giving way above the own 28-day rate. Possible "
            "L3/L4 weakness or foot drop; fall risk. The cause of a fall is not asked."
        ),
        sources=("W5", "W18"),
        refractory_days=7,
        examine_within_hours=72,
        parameters={
            "falls": care_thresholds.FALLS_IN_A_WEEK,
            "knee_gave_way": care_thresholds.KNEE_GAVE_WAY_IN_A_WEEK,
            "trips": care_thresholds.TRIPS_IN_A_WEEK,
        },
        labels={
            "falls": "falls in a week",
            "knee_gave_way": "times in a week that the knee gave way",
            "trips": "trips in a week",
        },
        limits={"falls": (1, 2), "knee_gave_way": (1, 4), "trips": (2, 6)},
        speaks_again="when trips become falls",
        caveat=(
            "0.04 a patient-year in 49 simulated patient-years without a "
            "deficit, whose trips are rare; elderly people trip more"
        ),
    ),
)
