"""R10 to R16, R21 and R22: pain, review, silence, walking, trust.

Every text is plain and short; every number stands in `thresholds` or `power_tests`.
"""

from __future__ import annotations

from typing import Final

from analytics.domain import care_thresholds, thresholds
from analytics.domain.rule import Rule


CARE_RULES: Final = (
    Rule(
        id="R10",
        version="1.0.0",
        tier="info",
        category="pain",
        title="A pain flare",
        text=(
            "Flares are common and most last less than a day. Look after yourself, do "
            "one strength test today and answer the safety questions."
        ),
        clinician_text="A short pain flare without any sign of nerve deficit.",
        sources=("W71", "C4"),
        refractory_days=7,
        examine_within_hours=None,
        parameters={"rise_points": thresholds.PAIN_CHANGE_POINTS},
        labels={
            "rise_points": "rise of the pain, in points of 10",
        },
        limits={"rise_points": (1, 4)},
        speaks_again="never within an episode",
        caveat="tells the patient only; 3.5 flares in 6 weeks are usual [W71]",
    ),
    Rule(
        id="R11",
        version="1.0.0",
        tier="watch",
        category="pain",
        title="Pain is higher than your usual",
        text=(
            "Your pain has been higher than usual for about a week. Your clinic can "
            "see this. Repeat your strength tests and keep logging."
        ),
        clinician_text=(
            "Sustained pain escalation. Check medication, adherence and injections. "
            "Pain alone is not a deficit."
        ),
        sources=("W14", "W48", "C3", "C4"),
        refractory_days=14,
        examine_within_hours=None,
        parameters={
            "rise_points": thresholds.PAIN_CHANGE_POINTS,
            "rise_share": thresholds.PAIN_CHANGE_SHARE,
            "cusum_limit": thresholds.CUSUM_LIMIT,
        },
        labels={
            "rise_points": "rise of the pain, in points of 10",
            "rise_share": "rise of the pain, as a share of the usual",
            "cusum_limit": "limit of the cumulated rise (CUSUM), in usual day-to-day spreads",
        },
        limits={
            "rise_points": (1.5, 3),
            "rise_share": (0.2, 0.5),
            "cusum_limit": (4, 8),
        },
        speaks_again="when it has lasted a fortnight",
        caveat=".16 to .28 a patient-month [C4]; for the next visit, nobody is called",
    ),
    Rule(
        id="R12",
        version="1.0.0",
        tier="urgent",
        category="pain",
        title="Your pain is severe and does not let go",
        text=(
            "Your leg pain has been very strong on most days of this week, and it "
            "keeps you from sleeping or from daily life. We can look at your "
            "treatment again. Your clinic will call you within three days. If less "
            "pain comes with a weaker leg, tell us at once."
        ),
        clinician_text=(
            "Pain crisis: leg pain 8 or more on 5 of 7 days with failing sleep or "
            "activity, or a new opioid without relief after a week. Review treatment."
        ),
        sources=("M7", "W81"),
        refractory_days=28,
        examine_within_hours=72,
        parameters={
            "severe_points": thresholds.SEVERE_PAIN_POINTS,
            "severe_days": care_thresholds.SEVERE_DAYS_OF_WEEK,
            "sleep_points": care_thresholds.POOR_SLEEP_POINTS,
            "activity_points": care_thresholds.ACTIVITY_FAILS_POINTS,
        },
        labels={
            "severe_points": "pain that is severe, in points of 10",
            "severe_days": "severe days in a week",
            "sleep_points": "sleep at or below which it fails, in points of 10",
            "activity_points": "interference from which daily life fails, in points of 10",
        },
        limits={
            "severe_points": (7, 9),
            "severe_days": (4, 7),
            "sleep_points": (2, 5),
            "activity_points": (6, 9),
        },
        speaks_again="never within an episode; R11 keeps silent beside it",
        caveat=(
            "raised once for every second person whose pain is often 8 or "
            "more; 1.2 a patient-year in 49 simulated patient-years without a "
            "deficit at 14 refractory days, hence 28"
        ),
    ),
    Rule(
        id="R13",
        version="1.0.0",
        tier="watch",
        category="review",
        title="It is time to review the plan",
        text=(
            "You have logged for some weeks, and your leg still hurts as much as it "
            "did. Your clinic can see this. Ask at your next visit what else can help. "
            "Keep doing your strength tests."
        ),
        clinician_text=(
            "No fall of leg pain by 30 % after 6 or 12 weeks of diary, leg pain still 4 "
            "or more. Review: imaging, injection, referral. RMDQ is not asked."
        ),
        sources=("W5", "W72", "W83", "W48"),
        refractory_days=28,
        examine_within_hours=None,
        parameters={
            "still_hurts_points": care_thresholds.STILL_HURTS_POINTS,
            "better_share": care_thresholds.BETTER_SHARE,
        },
        labels={
            "still_hurts_points": "leg pain that is worth a review, in points of 10",
            "better_share": "fall of the pain that counts as better, as a share",
        },
        limits={"still_hurts_points": (2, 6), "better_share": (0.2, 0.5)},
        speaks_again="at 12 weeks",
        caveat=(
            "3 a patient-year in 49 simulated patient-years without a deficit: "
            "most pain lasts, so it is for the next visit and calls nobody; "
            "the catalogue proposes SOON"
        ),
    ),
    Rule(
        id="R14",
        version="1.0.0",
        tier="urgent",
        category="adherence",
        title="We have not heard from you",
        text=(
            "We have not heard from you since your last warning. Are you all right? "
            "Please log today and answer the safety questions, or call your clinic."
        ),
        clinician_text=(
            "Silent while at high risk. Call the patient; check whether the phone syncs."
        ),
        sources=("W66", "C4"),
        refractory_days=14,
        examine_within_hours=72,
        parameters={"missed_days": thresholds.SILENT_HIGH_RISK_DAYS},
        labels={
            "missed_days": "whole days without an entry",
        },
        limits={"missed_days": (2, 4)},
        speaks_again="in the next silence",
        caveat=".38 a patient-month at three days [C4], among patients at high risk",
    ),
    Rule(
        id="R15",
        version="1.0.0",
        tier="watch",
        category="adherence",
        title="We miss your diary",
        text=(
            "You have not logged for a few days. One short entry is enough for your "
            "clinic to keep watch. You can switch to a weekly diary."
        ),
        clinician_text="Silent for several days, without a known high risk.",
        sources=("W66", "C4"),
        refractory_days=14,
        examine_within_hours=None,
        parameters={"missed_days": thresholds.SILENT_DAYS},
        labels={
            "missed_days": "whole days without an entry",
        },
        limits={"missed_days": (3, 10)},
        speaks_again="in the next silence",
        caveat=".056 a patient-month at five days [C4]",
    ),
    Rule(
        id="R16",
        version="1.0.0",
        tier="soon",
        category="function",
        title="Your walks have become shorter",
        text=(
            "You walk much less far than some weeks ago before you have to stop, and "
            "sitting down helps. Your clinic will look at this within two weeks. If "
            "both legs become weak or numb, go to the emergency department."
        ),
        clinician_text=(
            "Walking time halved, or below 10 minutes, in 2 of 3 weeks, with relief on "
            "sitting. Stenosis progressing? Score after Sugioka; exclude arterial cause."
        ),
        sources=("W88", "W90", "W85"),
        refractory_days=28,
        examine_within_hours=14 * 24,
        parameters={
            "share": care_thresholds.WALKING_SHARE,
            "minutes": care_thresholds.WALKING_MINUTES,
            "weeks": care_thresholds.SHORT_WEEKS,
        },
        labels={
            "share": "walking time that is short, as a share of the usual",
            "minutes": "walking time that is short in any case, in minutes",
            "weeks": "short weeks of the last three",
        },
        limits={"share": (0.4, 0.7), "minutes": (5, 20), "weeks": (1, 3)},
        speaks_again="as urgent, beside weakness or symptoms of both legs",
        caveat=(
            "0.06 a patient-year in 49 simulated patient-years without a "
            "deficit, a third of whom find relief on sitting; never where that "
            "is not answered"
        ),
    ),
    Rule(
        id="R21",
        version="1.0.0",
        tier="info",
        category="review",
        title="You are improving",
        text=(
            "Pain gets in your way less than when you began, and your strength tests "
            "are as good as ever. Well done. Keep logging, so that your clinic can see "
            "if that changes."
        ),
        clinician_text=(
            "Reliable improvement of PEG with self-tests at the baseline and no deficit "
            "for 28 days. Proposal: record today's level as the new baseline."
        ),
        sources=("W48", "W56", "M33"),
        refractory_days=28,
        examine_within_hours=None,
        parameters={"reliable_change": care_thresholds.RELIABLE_CHANGE},
        labels={
            "reliable_change": "reliable change index that counts as better",
        },
        limits={"reliable_change": (1.64, 3)},
        speaks_again="never within an episode",
        caveat=(
            "0.26 a patient-year in 49 simulated patient-years without a "
            "deficit; PEG of the simulation follows pain"
        ),
    ),
    Rule(
        id="R22",
        version="1.0.0",
        tier="info",
        category="data_quality",
        title="Please check your entries",
        text=(
            "Some of your answers look as if a finger slipped: the same number for two "
            "weeks, or the pain on the other leg. Please look at the next entry twice "
            "before you send it."
        ),
        clinician_text=(
            "Answers of low trust: the same pain for 14 days, the side changing, or the "
            "worst pain below the average. R10 and R11 keep silent; no other rule does."
        ),
        sources=("W63",),
        refractory_days=14,
        examine_within_hours=None,
        parameters={
            "flat_days": care_thresholds.FLAT_DAYS,
            "side_changes": care_thresholds.SIDE_CHANGES,
            "impossible_days": care_thresholds.IMPOSSIBLE_DAYS,
        },
        labels={
            "flat_days": "days with the same pain",
            "side_changes": "changes of the side",
            "impossible_days": "days with the worst pain below the average",
        },
        limits={
            "flat_days": (10, 28),
            "side_changes": (3, 8),
            "impossible_days": (2, 7),
        },
        speaks_again="never within an episode",
        caveat=("0.02 a patient-year in 49 simulated patient-years without a deficit"),
    ),
)
