"""R10 and R11: a flare, and pain that stays high. Pain alone is never a deficit."""

from __future__ import annotations

import numpy as np

from analytics.domain import baseline, detectors, thresholds
from analytics.domain.compiled import starts_of
from analytics.domain.day_grid import marked_days
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Array, Rows
from analytics.domain.rules import Rule
from analytics.domain.sensory import pain_windows
from analytics.domain.signals import Bools, Floats


def flare(evidence: Evidence, rule: Rule, *, deficits: list[Rows]) -> Rows:
    """Return the first days of a rise of pain without any sign of deficit (R10)."""
    pain = pain_by_side(evidence)
    usual, _ = baseline.rolling_level(pain)
    high = pain - usual >= rule.value("rise_points")
    run = detectors.consecutive(high, ~np.isnan(pain))
    short = (run > 0) & (run < thresholds.FLARE_DAYS)
    alarmed = _alarmed(evidence, deficits) | evidence.quiet_after_procedure()
    found = evidence.candidates(short & ~alarmed[:, None], rule.id, side=True)
    cell = (found["row"], found["place"], found["column"])
    return found.assign(
        severity=1.0,
        tier=rule.tier,
        onset=found["day"],
        recent=pain[cell],
        usual=usual[cell],
    )


def sustained(evidence: Evidence, rule: Rule, *, beside: Rows) -> Rows:
    """Return the days on which pain has been high for long (R11).

    The tier rises to SOON when the 14 days are as far above the 14 days before. It
    says nothing within a fortnight of `beside`, the days of a pain crisis (R12).
    """
    pain = pain_by_side(evidence)
    recent, prior = pain_windows(pain)
    risen = _risen(recent, prior, rule)
    usual, spread = baseline.rolling_level(pain)
    z = (pain - usual) / np.maximum(spread, thresholds.PAIN_SPREAD_FLOOR_POINTS)
    limit = rule.value("cusum_limit")
    level, _ = detectors.cusum(z, reference=thresholds.CUSUM_REFERENCE, limit=limit)
    shifted = (level > limit) & (recent > usual)
    holds = (risen | shifted | _severe_run(pain, usual)) & ~np.isnan(pain)
    holds &= ~evidence.quiet_after_procedure()[:, None]
    told = detectors.window_count(
        marked_days(evidence, beside), days=thresholds.PRIOR_DAYS
    )
    holds &= (told == 0)[:, None]
    long_lasting = _risen(*_fortnights(pain), rule)
    found = evidence.candidates(holds, rule.id, side=True)
    cell = (found["row"], found["place"], found["column"])
    lasting = long_lasting[cell]
    return found.assign(
        severity=np.where(lasting, 2.0, 1.0),
        tier=np.where(lasting, "soon", rule.tier),
        onset=_run_start(evidence, found, pain, usual),
        recent=np.where(np.isnan(recent[cell]), pain[cell], recent[cell]),
        usual=np.where(np.isnan(prior[cell]), usual[cell], prior[cell]),
    )


def pain_by_side(evidence: Evidence) -> Floats:
    """Return pain as (patients, sides, days): each leg, then the back."""
    values = evidence.panel.quantities
    return np.where(
        np.isnan(values["leg_pain"]), values["back_pain"], values["leg_pain"]
    )


def _alarmed(evidence: Evidence, deficits: list[Rows]) -> Bools:
    """Return (patients, days): a deficit or a saddle answer lately."""
    marks = evidence.saddle_answers()
    for rows in deficits:
        marks |= marked_days(evidence, rows)
    return detectors.window_count(marks, days=thresholds.RECENT_DAYS) > 0


def _risen(recent: Floats, prior: Floats, rule: Rule) -> Bools:
    rise = recent - prior
    return (rise >= rule.value("rise_points")) & (
        rise >= rule.value("rise_share") * prior
    )


def _fortnights(pain: Floats) -> tuple[Floats, Floats]:
    days, least = thresholds.PRIOR_DAYS, thresholds.PRIOR_MIN_DAYS
    return (
        detectors.window_mean(pain, days=days, least=least),
        detectors.window_mean(pain, days=days, least=least, lag=days),
    )


def _severe_run(pain: Floats, usual: Floats) -> Bools:
    severe = pain >= thresholds.SEVERE_PAIN_POINTS
    run = detectors.consecutive(severe, ~np.isnan(pain))
    news = usual < thresholds.SEVERE_PAIN_POINTS - 1
    return (run >= thresholds.SEVERE_PAIN_DAYS) & news


def _run_start(evidence: Evidence, found: Rows, pain: Floats, usual: Floats) -> Array:
    """Return the first of the days in a row above the usual level."""
    starts = np.full(pain.shape, -1)
    above, heard = (
        detectors.by_series(pain > usual),
        detectors.by_series(~np.isnan(pain)),
    )
    starts_of(above, heard, detectors.by_series(starts))
    place = starts[found["row"], found["place"], found["column"]]
    return evidence.day(np.where(place < 0, found["column"], place))
