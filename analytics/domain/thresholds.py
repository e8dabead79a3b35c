"""Every clinical number of the analysis, once, with its unit, source and caveat.

Sources are keys of docs/clinical-evidence (W.. read, M.. recalled, C.. computed,
A assumption). None is clinically validated: a safety officer signs them off.
"""

from __future__ import annotations

from typing import Final


# --- personal baseline -------------------------------------------------------

#: How old a test of the other leg may be to stand in for a missing baseline.
#: Unit: days.
#: Source: our choice [A].
#: Caveat: useless when both legs are affected.
OTHER_SIDE_DAYS: Final = 7

#: Fewest answered days before the usual numbness is trusted.
#: Unit: answered days.
#: Source: our choice [A].
#: Caveat: nothing but spread over regions is judged before.
NUMBNESS_BASELINE_MIN_DAYS: Final = 7

# --- self-tests (R05, R06) ---------------------------------------------------

#: Lower tests needed among the last `REPEAT_WINDOW` ones for the visit list.
#: Unit: tests, one a day.
#: Source: clinical catalogue R06; simulation [C4]: 9 % a patient-month at e=.05.
#: Caveat: too many false alarms for more than the tier watch.
REPEAT_COUNT: Final = 3

#: How many of the latest tests are looked at.
#: Unit: tests, one a day.
#: Source: simulation [C4].
#: Caveat: none.
REPEAT_WINDOW: Final = 4

# --- numbness (R08) ----------------------------------------------------------

#: An area counts as numb from this intensity on.
#: Unit: points, 0-10.
#: Source: clinical catalogue R08 [A].
#: Caveat: none.
NUMB_POINTS: Final = 2.0

#: Days with the new area, among the last `SPREAD_WINDOW_DAYS`.
#: Unit: days.
#: Source: clinical catalogue R08 [A].
#: Caveat: body-map taps are noisy.
SPREAD_DAYS: Final = 3

#: The same for an area that touches one that was numb before.
#: Unit: days.
#: Source: clinical catalogue R08 asks to ignore neighbour taps [A].
#: Caveat: numbness does spread to neighbours, so they are delayed, not ignored.
SPREAD_NEIGHBOUR_DAYS: Final = 4

#: Earlier taps after which an area is not new.
#: Unit: days with the area.
#: Source: our choice [A].
#: Caveat: one slip of the finger hides an area for ever if it were 1.
SPREAD_KNOWN_TAPS: Final = 2

#: The days in which a new area must repeat.
#: Unit: days.
#: Source: clinical catalogue R08 [A].
#: Caveat: none.
SPREAD_WINDOW_DAYS: Final = 5

# --- pain (R07, R10, R11) ----------------------------------------------------

#: Change of the mean of 7 days against the 14 days before.
#: Unit: points, 0-10 numeric rating scale.
#: Source: Ostelo, Spine 2008;33:90-94 [W48]; noise limit [C3], false alarms [C4].
#: Caveat: measured for improvement, used for both directions.
PAIN_CHANGE_POINTS: Final = 2.0

#: The same as a share of the mean before.
#: Unit: fraction.
#: Source: Ostelo 2008 [W48].
#: Caveat: says nothing when pain was near zero.
PAIN_CHANGE_SHARE: Final = 0.30

#: Pain before below which the share is not used.
#: Unit: points, 0-10.
#: Source: our choice [A].
#: Caveat: thirty per cent of one point is not a change.
PAIN_SHARE_FLOOR_POINTS: Final = 2.0

#: The recent window.
#: Unit: days.
#: Source: simulation [C4].
#: Caveat: none.
RECENT_DAYS: Final = 7

#: The window before it.
#: Unit: days.
#: Source: simulation [C4].
#: Caveat: none.
PRIOR_DAYS: Final = 14

#: Fewest answered days in the recent window.
#: Unit: days.
#: Source: reliability of means [W62]: five days for intensity; four is our choice [A].
#: Caveat: none.
RECENT_MIN_DAYS: Final = 4

#: Fewest answered days in the window before.
#: Unit: days.
#: Source: our choice [A].
#: Caveat: none.
PRIOR_MIN_DAYS: Final = 7

#: A day of pain that is severe in itself.
#: Unit: points, 0-10.
#: Source: clinical catalogue R11 [C4].
#: Caveat: only news for a person whose usual pain is lower.
SEVERE_PAIN_POINTS: Final = 8.0

#: Severe days in a row.
#: Unit: answered days in a row.
#: Source: simulation [C4]: .04-.07 false alerts a patient-month.
#: Caveat: none.
SEVERE_PAIN_DAYS: Final = 3

#: A flare is shorter than this.
#: Unit: days.
#: Source: Suri, BMC Musculoskelet Disord 2011;12:220 [W71]: 75 % last under a day.
#: Caveat: none.
FLARE_DAYS: Final = 3

#: Reference value of the pain CUSUM.
#: Unit: personal standard deviations.
#: Source: simulation with correlated days [C3].
#: Caveat: 1559 days between false alarms at phi .4, 463 at .6.
CUSUM_REFERENCE: Final = 1.0

#: Decision limit of the pain CUSUM.
#: Unit: personal standard deviations.
#: Source: simulation with correlated days [C3].
#: Caveat: as above.
CUSUM_LIMIT: Final = 5.0

#: The smallest day-to-day spread of pain that is believed.
#: Unit: points.
#: Source: clinical catalogue section 4.3, 1.0-1.7 [A].
#: Caveat: none.
PAIN_SPREAD_FLOOR_POINTS: Final = 1.0

#: Length of the rolling baseline of pain.
#: Unit: days.
#: Source: our choice [A].
#: Caveat: none.
ROLLING_DAYS: Final = 28

#: Most recent days kept out of the rolling baseline.
#: Unit: days.
#: Source: our choice: as long as the recent window, so a rise is not its own usual.
#: Caveat: none.
ROLLING_LAG_DAYS: Final = 7

#: Personal centile of pain from which a self-test may be inhibited by pain.
#: Unit: quantile.
#: Source: clinical catalogue section 13, `pain_inhib` [A].
#: Caveat: a tag for the clinician; blocks nothing.
PAIN_INHIBITION_QUANTILE: Final = 0.8

# --- silence (R14, R15) ------------------------------------------------------

#: Missed days of a patient at high risk before somebody calls.
#: Unit: whole days without any record.
#: Source: simulation [C4]; adherence [W66].
#: Caveat: a phone that cannot sync looks the same.
SILENT_HIGH_RISK_DAYS: Final = 3

#: Missed days of any other patient.
#: Unit: whole days without any record.
#: Source: simulation [C4]: .056 a patient-month.
#: Caveat: as above.
SILENT_DAYS: Final = 5

#: How long a neurological flag makes a patient high-risk.
#: Unit: days.
#: Source: clinical catalogue R14 [A].
#: Caveat: none.
HIGH_RISK_DAYS: Final = 14

#: How long pain rules stay off after a procedure.
#: Unit: days (the procedure's day and the three after it cover 72 hours).
#: Source: clinical catalogue section 6, steroid flare [A, M18].
#: Caveat: never applied to motor, sensory or red-flag rules.
PAIN_QUIET_DAYS: Final = 3

# --- evidence for a true loss (R06, R07, R08) ----------------------------------

#: Answers of pain before its usual level is used.
#: Unit: answered days.
#: Source: our choice [A].
#: Caveat: until then pain explains nothing.
PAIN_MIN_ANSWERS: Final = 5

#: Memory of the running mean of pain.
#: Unit: answered days.
#: Source: our choice, as the rolling baseline of pain [A].
#: Caveat: a rise that lasts for months becomes the usual.
PAIN_MEMORY_ANSWERS: Final = 30

#: How far the movements of one leg count as independent witnesses; 1 is fully.
#: Unit: exponent of the product of their Bayes factors.
#: Source: our choice; .5 to 1 made little difference on the development cohort [A].
#: Caveat: movements share the leg, its pain and the hour of the day.
MOVEMENT_INDEPENDENCE: Final = 0.7

#: Prior share of a loss of feeling alone, and of power alone; the rest is both.
#: Unit: probability.
#: Source: our choice [A].
#: Caveat: none.
SINGLE_LOSS_SHARE: Final = 0.4

#: Series that are filtered together: bounds the memory, changes no result.
#: Unit: series.
#: Source: measured, the beliefs of so many fit the cache.
#: Caveat: none.
SERIES_AT_ONCE: Final = 256

#: Weight of evidence from which a loss is told (R06, R08).
#: Unit: log10 of a Bayes factor, power and feeling of a leg together.
#: Source: set on the development seeds of bench/detection so that all rules
#:   together stay below 0.5 false neurological flags a patient-year where the clinic
#:   has recorded the weakness of the first day, and find .95 [A].
#: Caveat: holds for people as the simulated ones; no real deficits were seen.
LOSS_EVIDENCE: Final = 2.0

#: The same for the visit list: three of four tests lower, and more likely true.
#: Unit: log10 of a Bayes factor.
#: Source: our choice [A].
#: Caveat: a leg that flips between two scores by itself stays below it.
WATCH_EVIDENCE: Final = 0.3

#: The same where pain falls at the same time (R07): pain cannot explain the loss.
#: Unit: log10 of a Bayes factor.
#: Source: set on the development seeds; low enough that three of four lower tests
#:   of a steady leg mostly count [A].
#: Caveat: as above; three of four below it are for the visit list.
RELIEF_EVIDENCE: Final = 1.2

#: A change of numbness that matters; from here on the flag is told as worse.
#: Unit: points, 0-10, expected size of the change.
#: Source: detection.md, the change that has to be found [A].
#: Caveat: none.
NUMBNESS_CHANGE_POINTS: Final = 2.0

#: Days on every answered one of which numbness is higher, without exception, than it
#: ever was in the days before: a step that needs no model.
#: Unit: days.
#: Source: set on the development seeds 1 and 2 of bench/detection: 1 person of 982 who
#:   lost nothing in 400 patient-years was told of it beside all other rules [A].
#: Caveat: finds those who always give the same answer, which the model takes for a
#:   habit; who scatters by two points is left to the weight of evidence.
STEP_DAYS: Final = 10

#: Fewest answers among them.
#: Unit: answered days.
#: Source: as above.
#: Caveat: none.
STEP_MIN_DAYS: Final = 6

#: How far the own level of a movement lies from one that a clinician accepted.
#: Unit: steps of the self-test score (0-3), standard deviation.
#: Source: our choice: a loss from an accepted level is found within a day or two of one
#:   from a level that was known for weeks, with .2 in months. Of 300 simulated people
#:   without a loss, whose every signal was accepted on one day at its mean of three
#:   weeks, .41 false neurological flags a patient-year in the two months after it,
#:   .06 without; of 300 who lose power all were found, a day sooner [A].
#: Caveat: a clinician who names a value that the leg seldom reaches hears of it soon.
ACCEPTED_TEST_SD: Final = 0.1

#: The same of the numbness of a leg.
#: Unit: points, 0-10, standard deviation.
#: Source: our choice, as above; .2 to .6 made no difference of more than a day [A].
#: Caveat: as above.
ACCEPTED_NUMBNESS_SD: Final = 0.4

#: How far apart relief and loss may lie to be one story (R07).
#: Unit: days.
#: Source: our choice: the prior window of pain [A].
#: Caveat: none.
RELIEF_DAYS: Final = 14
