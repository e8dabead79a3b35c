"""How long a chart runs until it signals, exactly: the yardstick for the rivals.

Integral equations solved on Gauss-Legendre nodes: Page 1954 and Goel & Wu 1971 for
the CUSUM, Crowder 1987 for the EWMA; Siegmund 1985 for the approximation. Answers are
independent normals with mean `mean` and SD 1; run lengths are in answers.
"""

from __future__ import annotations

from math import erf, exp, pi, sqrt
from typing import Final

import numpy as np


NODES: Final = 160
SIEGMUND_SHIFT: Final = 1.166


def cusum(
    *, reference: float, limit: float, mean: float = 0.0, head: float = 0.0
) -> float:
    """Return the mean run length of an upper CUSUM that starts at `head`."""
    nodes, weights = _gauss(0.0, limit)
    kernel = _density(nodes[None, :] - nodes[:, None] + reference - mean) * weights
    back = _below(reference - nodes - mean)
    system = np.eye(NODES + 1)
    system[1:, 1:] -= kernel
    system[1:, 0] -= back
    system[0, 1:] -= _density(nodes + reference - mean) * weights
    system[0, 0] -= _below(np.array([reference - mean]))[0]
    lengths = np.linalg.solve(system, np.ones(NODES + 1))
    if head == 0:
        return float(lengths[0])
    onward = _density(nodes + reference - mean - head) * weights
    start = 1 + _below(np.array([reference - head - mean]))[0] * lengths[0]
    return float(start + onward @ lengths[1:])


def two_sided_cusum(*, reference: float, limit: float, mean: float = 0.0) -> float:
    """Return the mean run length of an upper and a lower CUSUM together."""
    sides = [
        cusum(reference=reference, limit=limit, mean=side) for side in (mean, -mean)
    ]
    return 1 / sum(1 / length for length in sides)


def siegmund(*, reference: float, limit: float, mean: float = 0.0) -> float:
    """Return Siegmund's approximation of the run length of an upper CUSUM."""
    height, drift = limit + SIEGMUND_SHIFT, mean - reference
    if drift == 0:
        return height**2
    bent = 2 * drift * height
    return (exp(-bent) + bent - 1) / (2 * drift**2)


def ewma(*, weight: float, width: float, mean: float = 0.0) -> float:
    """Return the mean run length of a two-sided EWMA with fixed limits, from 0."""
    edge = width * sqrt(weight / (2 - weight))
    nodes, weights = _gauss(-edge, edge)
    at = np.append(nodes, 0.0)
    step = (nodes[None, :] - (1 - weight) * at[:, None]) / weight - mean
    kernel = _density(step) * weights / weight
    lengths = np.linalg.solve(np.eye(NODES) - kernel[:-1], np.ones(NODES))
    return float(1 + kernel[-1] @ lengths)


def _gauss(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = (high - low) / 2
    return low + half * (nodes + 1), half * weights


def _density(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z**2) / sqrt(2 * pi)


def _below(z: np.ndarray) -> np.ndarray:
    return np.array([0.5 * (1 + erf(value / sqrt(2))) for value in z])
