"""The numbers of the rules about function, care and trust: R09, R12, R13, R16, R21, R22.

Sources are keys of docs/clinical-evidence. None is clinically validated: a safety
officer signs them off.
"""

from __future__ import annotations

from typing import Final


# --- trips, falls and a knee that gives way (R09) ----------------------------

#: Falls in a week.
#: Unit: falls in 7 days.
#: Source: clinical catalogue R09; W18, W5.
#: Caveat: the diary does not ask whether the leg was the cause.
FALLS_IN_A_WEEK: Final = 1
#: Times that the knee gave way in a week.
#: Unit: times in 7 days.
#: Source: clinical catalogue R09 (possible L3/L4); W18.
#: Caveat: none.
KNEE_GAVE_WAY_IN_A_WEEK: Final = 2
#: Trips in a week.
#: Unit: trips in 7 days.
#: Source: clinical catalogue R09; W5.
#: Caveat: none.
TRIPS_IN_A_WEEK: Final = 3
#: The days before the week from which the own rate is taken.
#: Unit: days.
#: Source: clinical catalogue R09 ("compare with own 28-d rate").
#: Caveat: in the first weeks the own rate is taken to be none.
OWN_RATE_DAYS: Final = 28

# --- walking (R16) -----------------------------------------------------------

#: Share of the usual walking time at or below which a week is short.
#: Unit: fraction.
#: Source: clinical catalogue R16 ("down >= 50 %"); W88, W90.
#: Caveat: a holiday or the weather shortens walks, too.
WALKING_SHARE: Final = 0.5
#: Mean walking time of a week below which it is short in any case.
#: Unit: minutes before stopping.
#: Source: clinical catalogue R16 ("below 10 min").
#: Caveat: only for people who used to walk longer.
WALKING_MINUTES: Final = 10.0
#: Short weeks among the last three.
#: Unit: weeks.
#: Source: clinical catalogue R16 ("2 of 3 weeks").
#: Caveat: so it speaks in the second week at the earliest.
SHORT_WEEKS: Final = 2
#: The weeks that are looked at.
#: Unit: weeks.
#: Source: clinical catalogue R16.
#: Caveat: none.
WALKING_WEEKS: Final = 3
#: The days before those weeks from which the usual walking time is taken.
#: Unit: days.
#: Source: our choice [A].
#: Caveat: before seven answered days nothing is usual yet.
WALKING_USUAL_DAYS: Final = 42
#: Fewest answered days of a week and of the usual time.
#: Unit: days (week, usual).
#: Source: our choice [A].
#: Caveat: none.
WALKING_LEAST: Final = (2, 7)

# --- severe pain and pain that stays (R12, R13) ------------------------------

#: Days of severe leg pain in a week (severe: `SEVERE_PAIN_POINTS`).
#: Unit: days of 7.
#: Source: clinical catalogue R12; M7, W81.
#: Caveat: none.
SEVERE_DAYS_OF_WEEK: Final = 5
#: Mean sleep quality of the week at or below which sleep fails.
#: Unit: points, 0-10, 10 is best.
#: Source: clinical catalogue R12 asks for "sleep fail" without a number [A].
#: Caveat: one question, not validated against a sleep scale.
POOR_SLEEP_POINTS: Final = 3.0
#: Mean interference with activity (PEG) of the week from which daily life fails.
#: Unit: points, 0-10, 10 is worst.
#: Source: clinical catalogue R12 asks for "ADL fail" without a number [A].
#: Caveat: one item of PEG, not the scale.
ACTIVITY_FAILS_POINTS: Final = 8.0
#: Days after which a new opioid should have brought relief.
#: Unit: days since it was first taken.
#: Source: clinical catalogue R12 ("new opioid with no relief") [A].
#: Caveat: says nothing about the dose.
OPIOID_TRIAL_DAYS: Final = 7
#: Days after the start on which the plan is reviewed.
#: Unit: days since the first entry of the diary.
#: Source: clinical catalogue R13, 6 and 12 weeks; W5, W72, W83.
#: Caveat: the onset is earlier than the diary; RMDQ is not asked.
REVIEW_DAYS: Final = (42, 84)
#: Days for which the diary may be looked at late for a review.
#: Unit: days.
#: Source: our choice: as long as an appointment takes [A].
#: Caveat: who logs nothing in that time is not reviewed, R15 speaks instead.
REVIEW_WINDOW_DAYS: Final = 14
#: Leg pain that is still worth a review.
#: Unit: points, 0-10, mean of 7 days.
#: Source: clinical catalogue R13 ("leg NRS >= 4").
#: Caveat: none.
STILL_HURTS_POINTS: Final = 4.0
#: Fall of the weekly mean that counts as getting better.
#: Unit: fraction of the mean of the first week.
#: Source: clinical catalogue R13; Ostelo, Spine 2008;33:90-94 [W48].
#: Caveat: a first week of little pain cannot fall by much.
BETTER_SHARE: Final = 0.30

# --- a better baseline (R21) -------------------------------------------------

#: Reliable change index from which PEG has truly become better.
#: Unit: standard errors of a difference.
#: Source: Jacobson and Truax, J Consult Clin Psychol 1991;59:12-19 [M33].
#: Caveat: assumes that errors are normal and independent.
RELIABLE_CHANGE: Final = 1.96
#: Standard error of measurement of PEG.
#: Unit: points, 0-10, mean of three items.
#: Source: Reed, J Pain 2023 [W56]: 0.78 to 1.22; the larger one.
#: Caveat: from trials of chronic pain; a mean of two weeks is steadier than that.
PEG_ERROR_POINTS: Final = 1.22
#: The first and the last days that are compared.
#: Unit: days.
#: Source: our choice [A].
#: Caveat: at least `PEG_LEAST_DAYS` of them answered.
PEG_DAYS: Final = 14
#: Fewest answered days of either.
#: Unit: days.
#: Source: our choice [A].
#: Caveat: none.
PEG_LEAST_DAYS: Final = 5
#: Days without any deficit before anybody is told to be improving.
#: Unit: days.
#: Source: clinical catalogue, "escalation algebra" (28 d).
#: Caveat: none.
CALM_DAYS: Final = 28

# --- trust in the answers (R22) ----------------------------------------------

#: Answered days in a row with the very same pain.
#: Unit: answered days.
#: Source: clinical catalogue R22; W63.
#: Caveat: 0 and 10 are the ends of the scale and may well be the truth.
FLAT_DAYS: Final = 14
#: Times that one-sided leg pain changed the leg within the last days.
#: Unit: changes in 14 days.
#: Source: clinical catalogue R22 ("side flip") gives no number [A].
#: Caveat: pain that wanders is rare, but exists.
SIDE_CHANGES: Final = 4
#: Entries within the last days whose worst pain is below their average pain.
#: Unit: days in 14 days.
#: Source: clinical catalogue R22 ("impossible order") gives no number [A].
#: Caveat: none.
IMPOSSIBLE_DAYS: Final = 3
