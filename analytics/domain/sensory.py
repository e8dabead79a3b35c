"""R07 and R08: numbness that spreads or rises, and the relief that hides a loss."""

from __future__ import annotations

import numpy as np

from analytics.domain import deficit, detectors, roots, thresholds
from analytics.domain.evidence import Evidence
from analytics.domain.rows import Rows, joined, objects
from analytics.domain.rules import Rule
from analytics.domain.signals import Bools, Floats
from tracker.domain.diary import LEGS, REGIONS, SADDLE_REGIONS


_SADDLE = np.isin(REGIONS, SADDLE_REGIONS)


def spread(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which a new area of a leg is repeatedly numb (R08).

    It is urgent in any part of the saddle, not only at its edge: perineum, genitals and
    the skin around the anus are what the edge stands for. There a clear rise is new, too:
    as midline it belongs to no leg, whose rise would be seen.
    """
    risen = _risen(evidence)
    new, taps = _new_areas(evidence, risen, need=rule.value("spread_days"))
    anywhere: Bools = np.any(new, axis=2)
    found = evidence.candidates(anywhere, rule.id, side=True)
    areas = new[found["row"], found["place"], :, found["column"]]
    further = risen[found["row"], found["place"], :, found["column"]]
    names = np.array(REGIONS, dtype=object)
    near = areas[:, _SADDLE].any(axis=1)
    return found.assign(
        item="spread",
        areas=objects([", ".join(names[row]) for row in areas]),
        severity=np.where(near, 2.0, 1.0) + (areas & further).any(axis=1),
        tier=np.where(near, "urgent", rule.tier),
        onset=_first_new_day(evidence, found, areas, taps),
    )


def rising(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which numbness speaks for a true loss of feeling (R08)."""
    found = deficit.standing(
        evidence, rule.id, of="feeling", limit=rule.value("evidence")
    )
    cell = (found["row"], found["place"], found["column"])
    recent = detectors.window_mean(
        evidence.legs("numbness"), days=thresholds.RECENT_DAYS, least=1
    )
    risen = evidence.deficit.numbness_change[cell]
    return found.assign(
        item="rise",
        severity=np.where(risen >= thresholds.NUMBNESS_CHANGE_POINTS, 1.5, 1.0),
        tier=rule.tier,
        recent=recent[cell],
        usual=np.clip(evidence.deficit.numbness_usual[cell], 0, 10),
    )


def stepped(evidence: Evidence, rule: Rule) -> Rows:
    """Return the days on which numbness stands a step above all that was before (R08).

    By `NUMBNESS_CHANGE_POINTS`, without one answer between the two levels.
    """
    values = evidence.legs("numbness")
    days = thresholds.STEP_DAYS
    low, _ = detectors.window_range(values, days=days)
    _, high = detectors.window_range(values, days=thresholds.PRIOR_DAYS, lag=days)
    answered = ~np.isnan(values)
    enough = (
        detectors.window_count(answered, days=days) >= thresholds.STEP_MIN_DAYS
    ) & (
        detectors.window_count(answered, days=thresholds.PRIOR_DAYS, lag=days)
        >= thresholds.PRIOR_MIN_DAYS
    )
    higher = low - high >= thresholds.NUMBNESS_CHANGE_POINTS
    found = evidence.candidates(higher & enough & answered, rule.id, side=True)
    cell = (found["row"], found["place"], found["column"])
    return found.assign(
        item="rise",
        severity=1.5,
        tier=rule.tier,
        onset=evidence.day(found["column"] - (days - 1)),
        recent=low[cell],
        usual=high[cell],
        step=1.0,
    )


def relief_trap(
    evidence: Evidence, rule: Rule, *, motor: Rows, sensory: Rows, repeated: Rows
) -> Rows:
    """Return the days on which pain falls while a deficit grows (R07).

    `motor` holds the days of a loss of power and `sensory` those of spreading numbness; the
    deficit and the relief count for `RELIEF_DAYS` days, since tests and pain are not
    daily and one may come before the other. The days of `repeated`, three of four tests
    a step lower, are for the visit list (`watch`) where the diary says no more: told
    loudly, they would be one more false alarm a patient-year.
    """
    recent, prior = pain_windows(evidence.legs("leg_pain"))
    fall = prior - recent
    share = (prior >= thresholds.PAIN_SHARE_FLOOR_POINTS) & (
        fall >= rule.value("pain_share") * prior
    )
    weak = _lately(evidence.marked(motor))
    numb = _lately(evidence.marked(sensory))
    fell = (fall >= rule.value("pain_points")) | share
    relieved = _lately(fell) & evidence.panel.heard[:, None]
    holds = relieved & (weak | numb)
    perhaps = relieved & _lately(evidence.marked(repeated)) & ~holds
    found = evidence.candidates(holds | perhaps, rule.id, side=True)
    cell = (found["row"], found["place"], found["column"])
    onset = np.where(
        holds,
        _onset(evidence, joined([sensory, motor])),
        _onset(evidence, repeated),
    )
    return found.assign(
        severity=np.where(holds[cell], 1.0, 0.5),
        tier=np.where(holds[cell], rule.tier, "watch"),
        onset=onset[cell],
        recent=_as_of_last(fell, recent)[cell],
        usual=_as_of_last(fell, prior)[cell],
        weak=(weak | perhaps)[cell],
    )


def pain_windows(pain: Floats) -> tuple[Floats, Floats]:
    """Return the mean of the last 7 days and of the 14 days before them."""
    recent = detectors.window_mean(
        pain, days=thresholds.RECENT_DAYS, least=thresholds.RECENT_MIN_DAYS
    )
    prior = detectors.window_mean(
        pain,
        days=thresholds.PRIOR_DAYS,
        least=thresholds.PRIOR_MIN_DAYS,
        lag=thresholds.RECENT_DAYS,
    )
    return recent, prior


def _tapped(evidence: Evidence, *, above: float) -> Bools:
    """Return (patients, legs, regions, days): where numbness was stronger than that.

    How strong was not answered: of the saddle it counts, as a danger is read generously.
    """
    grid = evidence.panel
    shape = (len(grid.patients), len(LEGS), len(REGIONS), grid.days)
    tapped = np.zeros(shape, bool)
    taps = evidence.numb
    open_saddle = np.isnan(taps["value"]) & _SADDLE[taps["region"]]
    taps = taps[(taps["value"] > above) | open_saddle]
    if len(taps):
        row, place, column = evidence.cells(taps)
        tapped[row, place, taps["region"], column] = True
    return tapped


def _numb(evidence: Evidence) -> Bools:
    """Return (patients, legs, regions, days): where an area counts as numb."""
    return _tapped(evidence, above=np.nextafter(thresholds.NUMB_POINTS, 0))


def _known(evidence: Evidence, numb: Bools) -> Bools:
    """Return (patients, legs, regions, days): the areas that were numb before the window.

    In a leg any numbness makes an area known, for its rise has a rule of its own. In the
    saddle a weak mark must not excuse what comes later.
    """
    earlier = np.where(_SADDLE[:, None], numb, _tapped(evidence, above=0.0))
    before = detectors.window_count(
        earlier, days=evidence.panel.days, lag=thresholds.SPREAD_WINDOW_DAYS
    )
    known: Bools = before >= thresholds.SPREAD_KNOWN_TAPS
    return known


def _risen(evidence: Evidence) -> Bools:
    """Return (patients, legs, regions, days): where the saddle is far number than ever.

    By `NUMBNESS_CHANGE_POINTS` above all that was written down before the window.
    """
    grid, window = evidence.panel, thresholds.SPREAD_WINDOW_DAYS
    shape = (len(grid.patients), len(LEGS), len(REGIONS), grid.days)
    taps = evidence.numb
    taps = taps[(taps["value"] >= 0) & _SADDLE[taps["region"]]]
    if not len(taps):  # of most people
        return np.zeros(shape, bool)
    level, before = np.full(shape, -1.0), np.full(shape, -1.0)  # never written down
    row, place, column = evidence.cells(taps)
    np.maximum.at(level, (row, place, taps["region"], column), taps["value"])
    before[..., window:] = np.maximum.accumulate(level, axis=-1)[..., :-window]
    risen: Bools = level - before >= thresholds.NUMBNESS_CHANGE_POINTS
    return risen & (before >= 0) & (level >= thresholds.NUMB_POINTS)


def _new_areas(evidence: Evidence, risen: Bools, *, need: float) -> tuple[Bools, Bools]:
    """Return (patients, legs, regions, days): new areas that repeat, and their taps."""
    window = thresholds.SPREAD_WINDOW_DAYS
    days = evidence.panel.days
    numb = _numb(evidence)
    known = _known(evidence, numb)
    taps = (numb & ~known) | risen
    now = detectors.window_count(taps, days=window)
    touching = _touching(known)
    # Numbness of the saddle waits for nothing that only spares a call: no stray tap, no
    # days until the diary knows its owner.
    straying = touching & ~_SADDLE[:, None]
    needed = np.where(straying, max(thresholds.SPREAD_NEIGHBOUR_DAYS, need), need)
    heard = detectors.window_count(evidence.panel.heard, days=days, lag=window)
    learned = heard >= thresholds.NUMBNESS_BASELINE_MIN_DAYS
    ready = learned[:, None, None, :] | _SADDLE[:, None]
    return (now >= needed) & taps & ready, taps


def _touching(known: Bools) -> Bools:
    """Return (patients, legs, regions, days): the areas beside one that is known.

    Not as a product of matrices: its library would take a second core for it.
    """
    place = {region: index for index, region in enumerate(REGIONS)}
    touching = np.zeros_like(known)
    for region, others in roots.NEIGHBOURS.items():
        for other in others:
            touching[:, :, place[region]] |= known[:, :, place[other]]
            touching[:, :, place[other]] |= known[:, :, place[region]]
    return touching


def _first_new_day(
    evidence: Evidence, found: Rows, areas: np.ndarray, taps: Bools
) -> np.ndarray:
    """Return the first day of the window on which one of the new areas was tapped."""
    first = found["column"] - thresholds.SPREAD_WINDOW_DAYS + 1
    onset = found["column"]
    for back in range(thresholds.SPREAD_WINDOW_DAYS):
        column = np.clip(found["column"] - back, 0, None)
        here = taps[found["row"], found["place"], :, column]
        onset = np.where((here & areas).any(axis=1), np.maximum(column, first), onset)
    return evidence.day(np.maximum(onset, 0))


def _lately(marks: Bools) -> Bools:
    return detectors.window_count(marks, days=thresholds.RELIEF_DAYS) > 0


def _as_of_last(marks: Bools, values: Floats) -> Floats:
    """Return the values of the last marked day at or before each day."""
    days = np.arange(marks.shape[-1])
    last = np.maximum.accumulate(np.where(marks, days, 0), axis=-1)
    return np.take_along_axis(values, last, axis=-1)


def _onset(evidence: Evidence, rows: Rows) -> np.ndarray:
    """Return (patients, legs, days): the onset of the last row, carried on."""
    onset = np.full(
        (len(evidence.panel.patients), len(LEGS), evidence.panel.days),
        np.datetime64("NaT", "s"),
    )
    if len(rows):
        onset[evidence.cells(rows)] = rows["onset"]
    days = np.arange(onset.shape[-1])
    last = np.maximum.accumulate(np.where(np.isnat(onset), 0, days), axis=-1)
    return np.take_along_axis(onset, last, axis=-1)
