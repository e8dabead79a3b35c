"""The trade-off as a picture: sensitivity and delay against false alarms, as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.detection.score import Score


_WIDTH: Final = 460
_HEIGHT: Final = 300
_MARGIN: Final = 50
_COLOURS: Final = (
    "#999999", "#bbbbbb", "#56b4e9", "#cc79a7", "#e69f00", "#0072b2", "#009e73",
    "#8c564b", "#d55e00", "#f0b090", "#a05000",
)  # fmt: skip
_MOST: Final = 2.0
_LATEST: Final = 20.0


@dataclass(frozen=True)
class Curve:
    """One method at several thresholds."""

    name: str
    points: list[Score]


def draw(curves: list[Curve], path: Path) -> None:
    """Write both panels and a legend."""
    found = [[(p.rate, p.sensitivity) for p in curve.points] for curve in curves]
    late = [
        [(p.rate, p.delay_quantile(0.5) / _LATEST) for p in curve.points]
        for curve in curves
    ]
    parts = [
        _panel(found, 0, "sensitivity within 28 days", "1"),
        _panel(late, _WIDTH, "median delay, days", f"{_LATEST:.0f}"),
        _legend(curves),
    ]
    height = _HEIGHT + 20 * len(curves)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * _WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%"'
        ' fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n",
        encoding="utf-8",
    )


def _panel(
    series: list[list[tuple[float, float]]], left: int, title: str, top: str
) -> str:
    wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    lines = [
        f'<g transform="translate({left + _MARGIN},{_MARGIN})">',
        f'<text x="0" y="-12">{title}, against false flags a patient-year</text>',
        f'<path d="M0 0V{high}H{wide}" fill="none" stroke="black"/>',
        f'<text x="-8" y="4" text-anchor="end">{top}</text>',
        f'<text x="-8" y="{high}" text-anchor="end">0</text>',
        f'<text x="{wide}" y="{high + 16}" text-anchor="end">{_MOST:g}</text>',
    ]
    for colour, points in zip(_COLOURS, series, strict=False):
        path = " ".join(
            f"{wide * min(x / _MOST, 1):.1f},{high * (1 - min(y, 1)):.1f}"
            for x, y in points
            if y == y
        )
        lines.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
    return "\n".join([*lines, "</g>"])


def _legend(curves: list[Curve]) -> str:
    return "\n".join(
        f'<text x="{_MARGIN}" y="{_HEIGHT + 20 * place}" fill="{colour}">{curve.name}</text>'
        for place, (colour, curve) in enumerate(zip(_COLOURS, curves, strict=False))
    )
