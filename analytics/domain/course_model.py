"""What a symptom can do from day to day, as a hidden Markov model on a grid.

A person's own level drifts (a random walk); on top of it the root may lose function:
at an unknown day a change begins that only grows, by a jump or at one of a few
speeds. Answers are whole numbers seen through rounding and a ceiling; some repeat
the last answer, some are slips of the finger, and pain explains a part of them.
The forward recursion is Rabiner, Proc IEEE 1989;77:257; the change model is the
Bayesian quickest detection of Shiryaev 1963 with a nuisance level.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import erf, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.domain import thresholds
from analytics.domain.signals import Floats


Floats32 = npt.NDArray[np.float32]

#: How far pain lies above its usual, in whole points, as the answers see it.
PAIN_EXCESSES: Final = 4


@dataclass(frozen=True, kw_only=True)
class CourseModel:
    """The numbers of one quantity: `sign` is +1 when more is worse, -1 when less.

    Points of numbness (0-10) or steps of a self-test (0-3) where a unit is asked for.
    All are our choice, near the noise of detection.md, and set on the development seeds
    of bench/detection, where `--candidates` tries the main ones again [A]: what that
    showed stands at each, as sensitivity at 0.5 false alarms a patient-year, .95 as it
    is. None was ever compared with a real deficit: that is the caveat of all of them.
    """

    #: Highest answer.
    #: Unit: points or steps. Source: diary.md.
    #: Caveat: a ceiling or floor hides what lies beyond.
    top: int
    sign: int
    #: The grid of the own level; it reaches a little beyond the scale.
    #: Unit: points or steps. Source: our choice [A].
    #: Caveat: none.
    levels: tuple[float, ...]
    #: Where people's own levels lie, mean.
    #: Unit: points or steps. Source: our choice [A].
    #: Caveat: the diary overrules it within a week or two.
    level_mean: float
    #: The same, standard deviation.
    #: Unit: points or steps. Source: our choice [A].
    #: Caveat: none.
    level_sd: float
    #: The level that many have all the time: no numbness, full strength.
    #: Unit: points or steps. Source: diary.md.
    #: Caveat: none.
    extreme_level: float
    #: How many have it.
    #: Unit: probability. Source: our choice [A].
    #: Caveat: none.
    extreme_share: float
    #: How far the own level lies from one that a clinician accepted.
    #: Unit: points or steps, standard deviation. Source: `thresholds`.
    #: Caveat: see there.
    accepted_sd: float
    #: How far an answer lies from the level of the day.
    #: Unit: points or steps, standard deviation. Source: detection.md, near the
    #:   typical noise.
    #: Caveat: of a typical person; `classes` scale it.
    noise_sd: float
    #: How far the own level wanders in a day without a cause.
    #: Unit: points or steps a day, standard deviation. Source: our choice [A].
    #: Caveat: twice as large finds .89, none .95 a day later.
    drift_sd: float
    #: Kinds of people: share, factor on the noise, factor on the drift.
    #: Unit: probability, factors. Source: our choice [A]; one kind for all finds
    #:   .96 a day later.
    #: Caveat: everybody is one kind for ever.
    classes: tuple[tuple[float, float, float], ...]
    #: The grid of the true change, 0 first.
    #: Unit: points or steps. Source: detection.md, about the change that has to be
    #:   found.
    #: Caveat: what is larger counts as the largest.
    changes: tuple[float, ...]
    #: How often a loss begins, a day.
    #: Unit: probability. Source: our choice [A]; ten times as rare finds the same.
    #: Caveat: far more often than in a clinic: the weight of evidence leaves the
    #:   prior out.
    hazard: float
    #: How large a loss is that begins at once, by `changes`.
    #: Unit: probabilities. Source: our choice [A].
    #: Caveat: none.
    jump: tuple[float, ...]
    #: How fast a creeping loss reaches its next size, a day.
    #: Unit: probability. Source: our choice [A].
    #: Caveat: none.
    speeds: tuple[float, ...]
    #: How often an answer repeats the one before without thought.
    #: Unit: probability. Source: detection.md, near the typical noise; none finds
    #:   .92.
    #: Caveat: a step of somebody who always repeats is taken for a habit (R08
    #:   `stepped`).
    sticky: float
    #: How often an answer is a slip that means nothing.
    #: Unit: probability. Source: our choice [A].
    #: Caveat: a hundred times as rare finds .94, and .88 in place of .94 at 0.25.
    stray: float
    #: How much of a rise of pain shows in the answer; each is as likely.
    #: Unit: points or steps a point of pain. Source: detection.md, pain inhibition;
    #:   none finds the same.
    #: Caveat: pain explains never more than this.
    pain_spill: tuple[float, ...]
    #: How much an answer counts, as an exponent of its likelihood.
    #: Unit: exponent. Source: our choice [A]; 1 finds .93.
    #: Caveat: stands for what the model leaves out.
    temper: float

    @property
    def courses(self) -> int:
        """Return how many rows the course axis has: stable, then speed x change."""
        return 1 + len(self.speeds) * (len(self.changes) - 1)

    @cached_property
    def change_of_course(self) -> Floats:
        """Return the size of the change in each row of the course axis."""
        return np.array([0.0, *(self.changes[1:] * len(self.speeds))])

    @cached_property
    def drift(self) -> Floats32:
        """Return (class, level, level): how the own level moves in a day."""
        return np.stack([self._drift(scale) for _, _, scale in self.classes])

    def _drift(self, scale: float) -> Floats32:
        step = self.levels[1] - self.levels[0]
        move = min((self.drift_sd * scale / step) ** 2, 0.5) / 2
        size = len(self.levels)
        matrix = np.eye(size) * (1 - 2 * move)
        matrix += move * (np.eye(size, k=1) + np.eye(size, k=-1))
        matrix[0, 0] += move
        matrix[-1, -1] += move
        return matrix.astype(np.float32)

    @cached_property
    def course(self) -> Floats32:
        """Return (course, course): how a change begins and grows in a day."""
        steps = len(self.changes) - 1
        matrix = np.zeros((self.courses, self.courses))
        matrix[0, 0] = 1 - self.hazard
        for number, speed in enumerate(self.speeds):
            first = 1 + number * steps
            matrix[0, first : first + steps] = (
                self.hazard / len(self.speeds) * np.array(self._entry(number))
            )
            for place in range(steps):
                if place == steps - 1:
                    matrix[first + place, first + place] = 1.0
                    continue
                gap = self.changes[place + 2] - self.changes[place + 1]
                grow = min(speed / gap, 0.9)
                matrix[first + place, first + place] = 1 - grow
                matrix[first + place, first + place + 1] = grow
        return matrix.astype(np.float32)

    def _entry(self, number: int) -> tuple[float, ...]:
        """Return where a change begins: the fastest course may jump."""
        if number == len(self.speeds) - 1:
            return self.jump
        return (1.0, *(0.0 for _ in self.jump[1:]))

    @cached_property
    def start(self) -> Floats32:
        """Return (course, class, level): what is believed of a new patient."""
        levels = np.array(self.levels)
        usual = np.exp(-0.5 * ((levels - self.level_mean) / self.level_sd) ** 2)
        extreme = np.exp(-0.5 * ((levels - self.extreme_level) / 0.3) ** 2)
        level = (1 - self.extreme_share) * usual / usual.sum()
        level += self.extreme_share * extreme / extreme.sum()
        belief = np.zeros((self.courses, len(self.classes), len(levels)))
        for place, (weight, _, _) in enumerate(self.classes):
            belief[0, place] = weight * level
        return belief.astype(np.float32)

    @cached_property
    def likelihoods(self) -> Floats32:
        """Return (pain excess, last answer, answer, course, class, level).

        The last answer is `top + 1` when there was none.
        """
        plain = np.stack([self._plain(excess) for excess in range(PAIN_EXCESSES)])
        answers = self.top + 1
        mixed = (1 - self.stray) * plain + self.stray / answers
        table = np.empty((PAIN_EXCESSES, answers + 1, *mixed.shape[1:]))
        for last in range(answers + 1):
            table[:, last] = mixed
            if last < answers:
                slip = self.stray / answers
                repeated = self.sticky * plain[:, last] / (plain[:, last] + slip)
                table[:, last] *= 1 - repeated[:, None]
                table[:, last, last] += repeated
        return (table**self.temper).astype(np.float32)

    def _plain(self, excess: int) -> Floats:
        """Return (answer, course, class, level): the rounded latent with its noise."""
        felt = (
            np.array(self.levels)[None, :] + self.sign * self.change_of_course[:, None]
        )
        cuts = np.arange(self.top) + 0.5
        spills = [self.sign * spill * excess for spill in self.pain_spill]
        result = np.zeros((self.top + 1, len(felt), len(self.classes), felt.shape[1]))
        for place, (_, noise, _) in enumerate(self.classes):
            for spill in spills:
                below = _normal(
                    (cuts[:, None, None] - felt - spill) / (self.noise_sd * noise)
                )
                edges = np.concatenate(
                    [np.zeros((1, *felt.shape)), below, np.ones((1, *felt.shape))]
                )
                result[:, :, place] += np.diff(edges, axis=0) / len(spills)
        return result


_ERF = np.vectorize(erf, otypes=[float])


def _normal(z: Floats) -> Floats:
    below: Floats = 0.5 * (1 + _ERF(z / sqrt(2)))
    return below


def _numbness() -> CourseModel:
    return CourseModel(
        top=10,
        sign=1,
        levels=tuple(np.arange(-1.0, 10.6, 0.5)),
        level_mean=3.0,
        level_sd=2.2,
        extreme_level=0.0,
        extreme_share=0.25,
        accepted_sd=thresholds.ACCEPTED_NUMBNESS_SD,
        noise_sd=0.8,
        drift_sd=0.05,
        classes=((0.35, 0.6, 0.4), (0.2, 0.6, 2.5), (0.3, 1.3, 0.4), (0.15, 1.3, 2.5)),
        changes=(0.0, 0.8, 1.6, 2.4, 3.2, 4.5),
        hazard=1 / 500,
        jump=(0.1, 0.2, 0.3, 0.2, 0.2),
        speeds=(0.06, 0.25),
        sticky=0.35,
        stray=0.015,
        pain_spill=(0.0, 0.25),
        temper=0.7,
    )


def _self_test() -> CourseModel:
    return CourseModel(
        top=3,
        sign=-1,
        levels=tuple(np.arange(-0.5, 4.1, 0.25)),
        level_mean=2.1,
        level_sd=0.6,
        extreme_level=3.0,
        extreme_share=0.5,
        accepted_sd=thresholds.ACCEPTED_TEST_SD,
        noise_sd=0.25,
        drift_sd=0.01,
        classes=((0.35, 0.7, 0.4), (0.2, 0.7, 2.5), (0.3, 1.5, 0.4), (0.15, 1.5, 2.5)),
        changes=(0.0, 0.4, 0.8, 1.2, 1.6, 2.2),
        hazard=1 / 500,
        jump=(0.1, 0.2, 0.2, 0.2, 0.3),
        speeds=(0.025, 0.1),
        sticky=0.4,
        stray=0.01,
        pain_spill=(0.0, 0.06),
        temper=1.2,
    )


NUMBNESS: Final = _numbness()
SELF_TEST: Final = _self_test()
