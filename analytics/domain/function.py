"""R09 and R16: trips, falls, a knee that gives way, and walks that become shorter."""

from __future__ import annotations

import numpy as np

from analytics.domain import care_thresholds, detectors, thresholds
from analytics.domain.day_grid import day_values
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Rows
from analytics.domain.rule import Rule
from analytics.domain.signals import Bools, Floats


WEEK = 7


def unsteady(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days of trips and falls above the own rate of 28 days (R09)."""
    worst = np.zeros((len(evidence.panel.patients), evidence.panel.days))
    count = np.zeros(worst.shape)
    for severity, name in ((1.0, "trips"), (1.0, "knee_gave_way"), (2.0, "falls")):
        happened = np.nan_to_num(evidence.panel.quantities[name][:, -1])
        week = detectors.window_count(happened, days=WEEK)
        before = detectors.window_count(
            happened, days=care_thresholds.OWN_RATE_DAYS, lag=WEEK
        )
        usual = before * WEEK / care_thresholds.OWN_RATE_DAYS
        holds = (happened > 0) & (week >= rule.value(name)) & (week > usual)
        count = np.where(holds & (severity >= worst), week, count)
        worst = np.where(holds, np.maximum(worst, severity), worst)
    found = evidence.candidates((worst > 0)[:, None], rule.id, side=False)
    cell = (found["row"], found["column"])
    return found.assign(
        severity=worst[cell], tier=rule.tier, onset=found["day"], count=count[cell]
    )


def shorter_walks(evidence: Evidence, rule: Rule, *, beside: Bools) -> Rows:
    """Return the days on which walking has become much shorter for weeks (R16).

    `beside` (patients, days) is true where a leg is weak or both are affected; then
    it is urgent.
    """
    walked = evidence.panel.quantities["walk_minutes"][:, -1]
    week_least, usual_least = care_thresholds.WALKING_LEAST
    usual = detectors.window_mean(
        walked,
        days=care_thresholds.WALKING_USUAL_DAYS,
        least=usual_least,
        lag=care_thresholds.WALKING_WEEKS * WEEK,
    )
    short = np.zeros(walked.shape)
    for back in range(care_thresholds.WALKING_WEEKS):
        mean = detectors.window_mean(
            walked, days=WEEK, least=week_least, lag=back * WEEK
        )
        short += _is_short(mean, usual, rule)
    relief = day_values(evidence, "relief_on_sitting") == 1
    days = care_thresholds.WALKING_WEEKS * WEEK
    relieved = detectors.window_count(relief, days=days) > 0
    now = _is_short(
        detectors.window_mean(walked, days=WEEK, least=week_least), usual, rule
    )
    holds = (short >= rule.value("weeks")) & now & relieved & ~np.isnan(walked)
    found = evidence.candidates(holds[:, None], rule.id, side=False)
    cell = (found["row"], found["column"])
    urgent = detectors.window_count(beside, days=thresholds.HIGH_RISK_DAYS)[cell] > 0
    recent = detectors.window_mean(walked, days=WEEK, least=week_least)
    return found.assign(
        severity=np.where(urgent, 2.0, 1.0),
        tier=np.where(urgent, "urgent", rule.tier),
        onset=found["day"],
        recent=recent[cell],
        usual=usual[cell],
    )


def _is_short(mean: Floats, usual: Floats, rule: Rule) -> Bools:
    limit = rule.value("minutes")
    short: Bools = (mean <= rule.value("share") * usual) | (
        (mean < limit) & (usual >= limit)
    )
    return short & (usual > 0)
