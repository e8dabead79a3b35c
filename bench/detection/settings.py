"""The noise settings of the development cohort: the table of detection.md as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Noise:
    """One column of the table: how a symptom wanders without meaning anything."""

    top: float
    day: float
    fast: tuple[float, float]
    slow: tuple[float, float]
    spread: tuple[float, float]
    sticky: float
    mean: tuple[float, float]
    zero: float
    stray: float


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A noise setting: the three columns and how often people log."""

    name: str
    pain: Noise
    numbness: Noise
    weakness: Noise
    missing: tuple[float, float, float]
    informative: bool = False
    wrong_side: float = 0.0
    early: bool = False


_PAIN: Final = Noise(
    top=10,
    day=1.0,
    fast=(0.5, 0.52),
    slow=(0.985, 0.164),
    spread=(0.45, 0.6),
    sticky=0.20,
    mean=(5.0, 1.8),
    zero=0.10,
    stray=0.008,
)
_NUMBNESS: Final = Noise(
    top=10,
    day=0.65,
    fast=(0.4, 0.46),
    slow=(0.985, 0.121),
    spread=(0.45, 0.6),
    sticky=0.35,
    mean=(3.0, 2.0),
    zero=0.25,
    stray=0.005,
)
_WEAKNESS: Final = Noise(
    top=5,
    day=0.33,
    fast=(0.4, 0.23),
    slow=(0.99, 0.035),
    spread=(0.4, 0.5),
    sticky=0.50,
    mean=(1.5, 0.9),
    zero=0.5,
    stray=0.003,
)


def _scaled(noise: Noise, factor: float) -> Noise:
    return replace(
        noise,
        day=noise.day * factor,
        fast=(noise.fast[0], noise.fast[1] * factor),
        slow=(noise.slow[0], noise.slow[1] * factor),
    )


TYPICAL: Final = Setting(
    name="typical",
    pain=_PAIN,
    numbness=_NUMBNESS,
    weakness=_WEAKNESS,
    missing=(0.09, 0.45, 0.5),
)
LOW: Final = replace(
    TYPICAL,
    name="low",
    pain=_scaled(_PAIN, 0.9),
    numbness=_scaled(_NUMBNESS, 0.9),
    weakness=_scaled(_WEAKNESS, 0.9),
)
HIGH: Final = replace(
    TYPICAL,
    name="high",
    pain=_scaled(_PAIN, 1.2),
    numbness=_scaled(_NUMBNESS, 1.2),
    weakness=_scaled(_WEAKNESS, 1.2),
)
APP: Final = replace(TYPICAL, name="app", missing=(0.16, 0.82, 0.9))
HARD: Final = replace(
    TYPICAL, name="hard", informative=True, wrong_side=0.005, early=True
)
SETTINGS: Final = (TYPICAL, LOW, HIGH, APP, HARD)
