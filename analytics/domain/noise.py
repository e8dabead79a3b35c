"""How symptoms wander without meaning anything: the noise table of detection.md.

A person's own level, day noise, a fast and a slow AR(1), answers that repeat
yesterday's and stray taps. All randomness comes from the generator given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.domain.signals import Floats


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How one symptom wanders without meaning anything (detection.md, table)."""

    top: float
    day_sd: float
    fast: tuple[float, float]
    slow: tuple[float, float]
    person_log_sd: tuple[float, float]
    sticky: float
    stray: float
    mean: tuple[float, float]
    mostly_zero: float


PAIN: Final = Noise(
    top=10,
    day_sd=1.0,
    fast=(0.5, 0.52),
    slow=(0.985, 0.164),
    person_log_sd=(0.45, 0.6),
    sticky=0.20,
    stray=0.008,
    mean=(5.0, 1.5),
    mostly_zero=0.0,
)


NUMBNESS: Final = Noise(
    top=10,
    day_sd=0.65,
    fast=(0.4, 0.46),
    slow=(0.985, 0.121),
    person_log_sd=(0.45, 0.6),
    sticky=0.35,
    stray=0.005,
    mean=(3.0, 2.0),
    mostly_zero=0.25,
)


WEAKNESS: Final = Noise(
    top=5,
    day_sd=0.33,
    fast=(0.4, 0.23),
    slow=(0.99, 0.035),
    person_log_sd=(0.4, 0.5),
    sticky=0.50,
    stray=0.003,
    mean=(1.5, 0.9),
    mostly_zero=0.5,
)


#: Steps of the self-test for one point of latent weakness (0-5 onto 3-0).
STEPS_A_POINT: Final = 0.6


def answers(
    noise: Noise, rng: np.random.Generator, change: Floats, *, lift: float = 0.0
) -> Floats:
    """Return the whole numbers that a person taps, day by day."""
    felt = latent(noise, rng, len(change)) + lift + change
    return _tapped(noise, rng, np.clip(np.round(felt), 0, noise.top), noise.top)


def self_tests(rng: np.random.Generator, weakness: Floats) -> tuple[Floats, Floats]:
    """Return scores 0-3 of the first and of a second try, day by day.

    The score is the latent weakness seen through an ordinal ceiling. Both tries
    share it; only the first has slips of the finger and yesterday's answer.
    """
    tries = []
    for _ in range(2):
        noisy = weakness + rng.normal(0, WEAKNESS.day_sd, len(weakness))
        power = np.round(3 - STEPS_A_POINT * np.clip(noisy, 0, 5))
        tries.append(np.clip(power, 0, 3))
    return _tapped(WEAKNESS, rng, tries[0], 3), tries[1]


def latent(
    noise: Noise, rng: np.random.Generator, days: int, *, day_noise: bool = True
) -> Floats:
    """Return what is felt before it is rounded and tapped, day by day."""
    mean = float(np.clip(rng.normal(*noise.mean), 0, noise.top))
    if rng.random() < noise.mostly_zero:
        mean = 0.0
    own_noise, own_drift = (
        float(rng.lognormal(0, log_sd)) for log_sd in noise.person_log_sd
    )
    own_noise, own_drift = min(own_noise, 1.8), min(own_drift, 1.8)
    day = rng.normal(0, noise.day_sd * own_noise, days) * day_noise
    fast = _ar1(rng, days, noise.fast[0], noise.fast[1] * own_noise)
    slow = _ar1(rng, days, noise.slow[0], noise.slow[1] * own_drift)
    return mean + day + fast + slow


def _ar1(rng: np.random.Generator, days: int, phi: float, sd: float) -> Floats:
    steps = rng.normal(0, sd, days)
    value, path = float(rng.normal(0, sd / np.sqrt(1 - phi**2))), np.zeros(days)
    for day in range(days):
        value = phi * value + steps[day]
        path[day] = value
    return path


def _tapped(
    noise: Noise, rng: np.random.Generator, wanted: Floats, top: float
) -> Floats:
    tapped = wanted.copy()
    repeats = rng.random(len(wanted)) < noise.sticky
    strays = rng.random(len(wanted)) < noise.stray
    anywhere = rng.integers(0, int(top) + 1, len(wanted))
    for day in range(1, len(wanted)):
        if repeats[day] and abs(wanted[day] - tapped[day - 1]) <= 1:
            tapped[day] = tapped[day - 1]
    return np.where(strays, anywhere, tapped)
