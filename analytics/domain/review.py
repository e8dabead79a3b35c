"""R12, R13 and R21: pain that needs another plan, and a patient who gets better."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from math import sqrt

import numpy as np

from analytics.domain import care_thresholds, detectors, thresholds
from analytics.domain.day_grid import day_values, marked_days, peg
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Rows, joined
from analytics.domain.rule import Rule
from analytics.domain.sensory import pain_windows
from analytics.domain.signals import Bools, Floats
from tracker.domain import circumstances, power_tests


WEEK = 7


def crisis(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days of severe pain that is not under control (R12)."""
    pain = evidence.legs("leg_pain")
    severe = detectors.window_count(pain >= rule.value("severe_points"), days=WEEK)
    recent, prior = pain_windows(pain)
    fails = _week_mean(evidence, "sleep_quality") <= rule.value("sleep_points")
    fails |= _week_mean(evidence, "peg_activity") >= rule.value("activity_points")
    worst = (severe >= rule.value("severe_days")) & fails[:, None]
    little = recent > (1 - care_thresholds.BETTER_SHARE) * prior
    unhelped = little & (recent >= care_thresholds.STILL_HURTS_POINTS)
    holds = (worst | (unhelped & _opioid_trial(evidence)[:, None])) & ~np.isnan(pain)
    holds &= ~evidence.quiet_after_procedure()[:, None]
    found = evidence.candidates(holds, rule.id, side=True)
    cell = (found["row"], found["place"], found["column"])
    return found.assign(
        severity=1.0,
        tier=rule.tier,
        onset=found["day"],
        recent=np.where(np.isnan(recent[cell]), pain[cell], recent[cell]),
        usual=prior[cell],
        count=severe[cell],
    )


def not_improving(evidence: Evidence, rule: Rule, *, alarmed: Bools) -> Rows:
    """Return the days on which a review is due, 6 and 12 weeks after the start (R13).

    `alarmed` (patients, days): where a flag asks for an examination already.
    """
    pain = evidence.legs("leg_pain")
    least = thresholds.RECENT_MIN_DAYS
    recent = detectors.window_mean(pain, days=WEEK, least=least)
    began = np.argmax(evidence.panel.heard, axis=1)
    days = np.arange(evidence.panel.days) - began[:, None]
    first = _first_week(pain, began, least=least)
    hurts = (recent >= rule.value("still_hurts_points")) & (
        recent > (1 - rule.value("better_share")) * first[..., None]
    )
    quiet = detectors.window_count(alarmed, days=thresholds.HIGH_RISK_DAYS) == 0
    parts = []
    for due in care_thresholds.REVIEW_DAYS:
        window = (days >= due) & (days < due + care_thresholds.REVIEW_WINDOW_DAYS)
        holds = hurts & (window & quiet)[:, None] & ~np.isnan(pain)
        found = evidence.candidates(holds, rule.id, side=True)
        cell = (found["row"], found["place"], found["column"])
        parts.append(
            found.assign(
                item=f"{due} days",
                severity=1.0,
                tier=rule.tier,
                onset=found["day"],
                recent=recent[cell],
                usual=first[found["row"], found["place"]],
            )
        )
    return joined(parts)


def improving(evidence: Evidence, rule: Rule, *, deficits: Bools) -> Rows:
    """Return the days of a reliable improvement without any deficit (R21).

    `deficits` (patients, days): any motor, sensory or red flag of any tier.
    """
    score = peg(evidence)
    days, least = care_thresholds.PEG_DAYS, care_thresholds.PEG_LEAST_DAYS
    recent = detectors.window_mean(score, days=days, least=least)
    began = np.argmax(~np.isnan(score), axis=1)
    row = np.arange(len(score))
    last = np.minimum(began + days - 1, evidence.panel.days - 1)
    first = detectors.window_mean(score, days=days, least=least)[row, last][:, None]
    later = np.arange(evidence.panel.days) >= (began + 2 * days - 1)[:, None]
    index = reliable_change(first, recent)
    calm = detectors.window_count(deficits, days=care_thresholds.CALM_DAYS) == 0
    holds = later & (index >= rule.value("reliable_change")) & calm & ~np.isnan(score)
    holds &= _strong(evidence)
    found = evidence.candidates(holds[:, None], rule.id, side=False)
    cell = (found["row"], found["column"])
    return found.assign(
        severity=1.0,
        tier=rule.tier,
        onset=found["day"],
        recent=recent[cell],
        usual=np.broadcast_to(first, recent.shape)[cell],
    )


def reliable_change(
    before: Floats, after: Floats, *, error: float = care_thresholds.PEG_ERROR_POINTS
) -> Floats:
    """Return the reliable change index, positive when the score has fallen.

    (before - after) / (error * sqrt 2), `error` the standard error of measurement.
    Jacobson and Truax 1991 [M33].
    """
    return (before - after) / (error * sqrt(2))


def _week_mean(evidence: Evidence, field: str) -> Floats:
    values = day_values(evidence, field)
    return detectors.window_mean(values, days=WEEK, least=thresholds.RECENT_MIN_DAYS)


def _opioid_trial(evidence: Evidence) -> Bools:
    """Return (patients, days): a new opioid has had a week or two to help."""
    logs = evidence.diary.day_logs
    taken = [_has_opioid(medicines) for medicines in logs["medications_taken"]]
    marks = marked_days(evidence, logs[np.array(taken, bool)])
    kept = circumstances.DAYS_KEPT.days
    fresh = marks & (detectors.window_count(marks, days=kept, lag=1) == 0)
    trial, new = care_thresholds.OPIOID_TRIAL_DAYS, circumstances.OPIOID_NEW.days
    lag = trial
    return detectors.window_count(fresh, days=new - trial + 1, lag=lag) > 0


@lru_cache(maxsize=4096)  # the same few lists, day after day
def _has_opioid(medicines: Hashable) -> bool:
    return isinstance(medicines, tuple) and any(
        circumstances.is_opioid(medicine) for medicine in medicines
    )


def _first_week(pain: Floats, began: np.ndarray, *, least: int) -> Floats:
    """Return (patients, legs): the mean of the first week of each diary."""
    mean = detectors.window_mean(pain, days=WEEK, least=least)
    last = np.minimum(began + WEEK - 1, pain.shape[-1] - 1)
    first: Floats = mean[np.arange(len(pain)), :, last]
    return first


def _strong(evidence: Evidence) -> Bools:
    """Return (patients, days): tested lately, and nowhere below the baseline."""
    days = evidence.test_days
    known = days[~np.isnan(days["base"])]
    weak = known[known["base"] - known["power"] >= power_tests.DROP_STEPS]
    tested = np.any(evidence.marked(known), axis=1)
    low = np.any(evidence.marked(weak), axis=1)
    lately = care_thresholds.PEG_DAYS
    strong: Bools = (detectors.window_count(tested, days=lately) > 0) & (
        detectors.window_count(low, days=lately) == 0
    )
    return strong
