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

#: Answered days from which the usual numbness of a leg is learned.
#: Unit: answered days.
#: Source: our choice; rivals of the detection bench use 21 days [A].
#: Caveat: a patient who enrols while worsening has no calm days to learn from.
NUMBNESS_BASELINE_DAYS: Final = 21

#: Fewest answered days before the usual numbness is trusted.
#: Unit: answered days.
#: Source: our choice [A].
#: Caveat: nothing but spread over regions is judged before.
NUMBNESS_BASELINE_MIN_DAYS: Final = 7

# --- self-tests (R05, R06) ---------------------------------------------------

#: Lower tests needed among the last `REPEAT_WINDOW` ones.
#: Unit: tests, one a day.
#: Source: simulation [C4]: 9 % false alerts a patient-month at e=.05.
#: Caveat: assumes about one test a day.
REPEAT_COUNT: Final = 3

#: How many of the latest tests are looked at.
#: Unit: tests, one a day.
#: Source: simulation [C4].
#: Caveat: none.
REPEAT_WINDOW: Final = 4

#: How far the mean of the last tests must lie below the mean of the baseline tests.
#: Unit: steps of the self-test, 0-3.
#: Source: our choice, set by eye on 200 simulated patients (seed 1); [A].
#: Caveat: keeps people whose score flips between two steps from alarming.
MEAN_SHORTFALL_STEPS: Final = 0.75

#: The same for a leg whose earlier tests were not steadily at its usual.
#: Unit: steps of the self-test, 0-3.
#: Source: our choice, set by eye on 200 simulated patients (seed 1); [A].
#: Caveat: delays the flag of a person who flips between two steps.
UNSTEADY_SHORTFALL_STEPS: Final = 1.25

#: How far the mean of the earlier tests may lie below the usual in a steady leg.
#: Unit: steps of the self-test, 0-3.
#: Source: our choice, set by eye on 200 simulated patients (seed 1); [A].
#: Caveat: one slip among twenty tests is still steady.
STEADY_STEPS: Final = 0.05

#: Tests that are skipped between now and the earlier tests looked at.
#: Unit: tests, one a day.
#: Source: our choice, so that a creeping loss is not its own usual; [A].
#: Caveat: a loss that takes months stays below the limit.
REFERENCE_LAG_TESTS: Final = 10

#: How many earlier tests say what was usual of late.
#: Unit: tests, one a day.
#: Source: our choice; [A].
#: Caveat: none.
REFERENCE_TESTS: Final = 28

#: How close two low tests must be for the second to confirm the first.
#: Unit: days.
#: Source: clinical catalogue R05 `confirm()` asks for the same sitting; [A].
#: Caveat: without a repeat in the sitting the next report is the only confirmation.
SECOND_REPORT_DAYS: Final = 3

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

#: The days in which a new area must repeat.
#: Unit: days.
#: Source: clinical catalogue R08 [A].
#: Caveat: none.
SPREAD_WINDOW_DAYS: Final = 5

#: Level of significance of the one-sided Mann-Kendall test.
#: Unit: probability.
#: Source: clinical catalogue R08; simulation [C3]: really .04-.07 when days correlate.
#: Caveat: never used alone for that reason.
TREND_P: Final = 0.01

#: Steepness of the rise of numbness by Sen's slope.
#: Unit: points a day.
#: Source: clinical catalogue R08 [A].
#: Caveat: none.
TREND_SLOPE_POINTS: Final = 0.1

#: The window of the trend tests.
#: Unit: days.
#: Source: clinical catalogue section 9 [A].
#: Caveat: none.
TREND_WINDOW_DAYS: Final = 14

#: Fewest answered days in that window.
#: Unit: days.
#: Source: clinical catalogue section 9.5 [A].
#: Caveat: no imputation.
TREND_MIN_DAYS: Final = 10

#: How far numbness must lie above its usual level, beside a significant trend or
#: a CUSUM signal.
#: Unit: points, mean of 7 days above the personal baseline.
#: Source: our choice, set by eye on 200 simulated patients (seed 1) [A].
#: Caveat: as large as the true change that matters, so it is late rather than loud.
NUMBNESS_RISE_POINTS: Final = 2.0

#: Decision limit of the numbness CUSUM.
#: Unit: personal standard deviations.
#: Source: our choice, set by eye on 200 simulated patients (seed 1) [A].
#: Caveat: see the autocorrelation table of section 9.4 [C3].
NUMBNESS_CUSUM_LIMIT: Final = 8.0

#: The smallest day-to-day spread of numbness that is believed.
#: Unit: points.
#: Source: detection parameters, day noise 0.65, drift 0.7; [A].
#: Caveat: sticky answers look calmer than they are.
NUMBNESS_SPREAD_FLOOR_POINTS: Final = 1.0

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
