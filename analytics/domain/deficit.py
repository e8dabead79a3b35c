"""How much a diary speaks for a true loss: numbness and self-tests of a leg together.

Each series has its own filter (`filtering`). Here their Bayes factors meet: either
the numbness changed, or one movement, or several movements of the leg, or feeling
and power together. What agrees multiplies, what disagrees costs its share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.domain import detectors, filtering, thresholds
from analytics.domain.accepted import Accepted
from analytics.domain.compiled import excess_over_mean
from analytics.domain.course_model import (
    NUMBNESS,
    PAIN_EXCESSES,
    SELF_TEST,
    CourseModel,
)
from analytics.domain.filtering import Ints, Track
from analytics.domain.rows import Rows
from analytics.domain.signals import Floats


if TYPE_CHECKING:
    from analytics.domain.evidence import Evidence


@dataclass(frozen=True)
class Deficit:
    """Day by day, the weight of evidence for a true loss; the past only.

    whole, feeling, power: (patients, legs, days), log10 of a Bayes factor.
    movement: (patients, legs, movements, days), the same of each movement.
    numbness_change, numbness_usual: points; test_change, test_usual: steps.
    """

    whole: Floats
    feeling: Floats
    power: Floats
    movement: Floats
    numbness_change: Floats
    numbness_usual: Floats
    test_change: Floats
    test_usual: Floats


#: A series (its flat place), the day from which a level of it is accepted, the level.
Restart = tuple[int, int, float]


def weigh(
    numbness: Floats,
    tests: Floats,
    pain: Floats,
    *,
    accepted: Iterable[tuple[Accepted, int]] = (),
    models: tuple[CourseModel, CourseModel] = (NUMBNESS, SELF_TEST),
) -> Deficit:
    """Return the evidence of a block of patients.

    Args:
        numbness: (patients, legs, days), points, NaN is silence.
        tests: (patients, legs, movements, days), scores 0-3.
        pain: (patients, legs, days), points; its rise explains a part of both.
        accepted: levels that clinicians called usual, each with its first day, the
            earliest first; from there on only what differs from them speaks for a loss.
        models: of numbness and of self-tests; a bench tries others.
    """
    of_feeling, of_power = models
    excess = pain_excess(pain)
    of_numbness, of_tests = _restarts(accepted, tests.shape)
    numb = _followed(numbness, excess, of_feeling, of_numbness)
    power = _followed(
        tests, np.repeat(excess[:, :, None], tests.shape[2], 2), of_power, of_tests
    )
    feeling, movement = numb[0], power[0]
    together = _power_of_leg(movement)
    return Deficit(
        whole=np.log10(_whole(feeling, together)),
        feeling=np.log10(feeling),
        power=np.log10(together),
        movement=np.log10(movement),
        numbness_change=numb[1],
        numbness_usual=numb[2],
        test_change=power[1],
        test_usual=power[2],
    )


def standing(evidence: Evidence, rule: str, *, of: str, limit: float) -> Rows:
    """Return the heard days on which the leg's evidence exceeds the limit.

    `of` is `power` or `feeling`: the one that tells more, or enough by itself. Adds
    `weight`, the evidence (log10), and `onset`, the day from which it spoke for a
    loss without a break.
    """
    known = evidence.deficit
    own = getattr(known, of)
    other = known.feeling if of == "power" else known.power
    leads = (own > other) | (own > limit)
    holds = (known.whole > limit) & leads & evidence.panel.heard[:, None]
    found = evidence.candidates(holds, rule, side=True)
    cell = (found["row"], found["place"], found["column"])
    days = np.arange(known.whole.shape[-1])
    began = np.maximum.accumulate(np.where(known.whole <= 0, days + 1, 0), axis=-1)
    return found.assign(weight=known.whole[cell], onset=evidence.day(began[cell]))


def pain_excess(pain: Floats) -> Ints:
    """Return by how many whole points pain lies above its running mean, 0 to 3."""
    excess = np.zeros(pain.shape, np.int64)
    excess_over_mean(
        detectors.by_series(pain),
        thresholds.PAIN_MIN_ANSWERS,
        thresholds.PAIN_MEMORY_ANSWERS,
        PAIN_EXCESSES - 1,
        detectors.by_series(excess),
    )
    return excess


def _restarts(
    accepted: Iterable[tuple[Accepted, int]], shape: tuple[int, ...]
) -> tuple[list[Restart], list[Restart]]:
    """Return what was accepted of the numbness, and of the self-tests."""
    numbness: list[Restart] = []
    tests: list[Restart] = []
    for each, column in accepted:
        leg = each.patient * shape[1] + each.leg
        if each.test is not None:
            tests.append((leg * shape[2] + each.test, column, each.value))
        elif each.signal == "numbness":
            numbness.append((leg, column, each.value))
    return numbness, tests


def _followed(
    answers: Floats, excess: Ints, model: CourseModel, restarts: Sequence[Restart]
) -> tuple[Floats, Floats, Floats]:
    """Return Bayes factor, change and usual, each in the shape of the answers."""
    days = answers.shape[-1]
    rows, beside = answers.reshape(-1, days), excess.reshape(-1, days)
    spoken = np.flatnonzero(~np.isnan(rows).all(axis=1))
    factor, change, usual = (np.full(rows.shape, value) for value in (1.0, 0.0, np.nan))
    unheard = _unheard(days, model)
    for first in range(0, len(spoken), thresholds.SERIES_AT_ONCE):
        part = spoken[first : first + thresholds.SERIES_AT_ONCE]
        track = filtering.follow(rows[part], beside[part], model)
        factor[part], change[part] = track.odds / unheard.odds, track.change
        usual[part] = track.usual
    for place, column, level in restarts:
        own, rest = slice(place, place + 1), slice(column, None)
        until = filtering.follow(rows[own, :column], beside[own, :column], model).end
        begin = filtering.standing_at(level, until, model)
        track = filtering.follow(rows[own, rest], beside[own, rest], model, begin)
        factor[own, rest] = track.odds / unheard.odds[:, : days - column]
        change[own, rest], usual[own, rest] = track.change, track.usual
    shape = answers.shape
    return factor.reshape(shape), change.reshape(shape), usual.reshape(shape)


def _unheard(days: int, model: CourseModel) -> Track:
    """Return the track of a patient who never answers: what is believed without data."""
    return filtering.follow(
        np.full((1, days), np.nan), np.zeros((1, days), np.int64), model
    )


def _power_of_leg(movement: Floats) -> Floats:
    """Return the Bayes factor of a loss of power of the leg: one movement, or all.

    The movements of a leg are not independent witnesses, so what the others add is
    tempered.
    """
    best = movement.max(axis=2)
    others = np.prod(movement, axis=2) / best
    together: Floats = best * (1 + others**thresholds.MOVEMENT_INDEPENDENCE) / 2
    return together


def _whole(feeling: Floats, power: Floats) -> Floats:
    either = thresholds.SINGLE_LOSS_SHARE * (feeling + power)
    return either + (1 - 2 * thresholds.SINGLE_LOSS_SHARE) * feeling * power
