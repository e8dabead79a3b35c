"""Where it hurts and where it is numb: now, against the weeks before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Final

from django.utils.translation import gettext as _

from analytics.domain.roots import OTHER, SIGNATURE
from dashboard.domain import words
from tracker.domain import diary
from tracker.models import NumbnessLog, PainLog, Patient


#: The days that count as now, and the days before them that they are held against.
#: Unit: days.
#: Source: clinical.md, finding 7 (a 7-day mean against what came before).
#: Caveat: a picture for the reader, never a rule.
NOW_DAYS: Final = 7
BEFORE_DAYS: Final = 28
#: Steps of colour; each is two points of the 0-10 scale.
LEVELS: Final = 5

#: The days of a diary by date; of each day the region and side named, and how much.
Days = Mapping[date, Mapping[tuple[str, str], int | None]]


@dataclass(frozen=True, kw_only=True)
class Burden:
    """What one region of one side was, over some days with answers.

    `days` of the `asked` days name it. `intensity` is the mean of those days, 0-10;
    None when none of them gave a number.
    """

    days: int
    asked: int
    intensity: float | None

    @property
    def level(self) -> int:
        """Return the step of colour, 0 (not named) to LEVELS."""
        if not self.days:
            return 0
        return max(1, min(LEVELS, round((self.intensity or 0) / 10 * LEVELS)))

    def __str__(self) -> str:
        """Return it as a reader would say it."""
        if not self.asked:
            return _("no answers")
        if not self.days:
            return _("none")
        days = _("%(days)s of %(asked)s days") % vars(self)
        if self.intensity is None:
            return days
        return _("%s of 10") % words.number(self.intensity, 1) + f", {days}"


@dataclass(frozen=True, kw_only=True)
class MappedArea:
    """One region of one side, before and now."""

    region: str
    side: str
    before: Burden
    now: Burden

    @property
    def name(self) -> str:
        """Return side and region in words."""
        named = {"side": words.plain(self.side), "region": words.plain(self.region)}
        return _("%(side)s %(region)s") % named

    @property
    def roots(self) -> str:
        """Return the roots whose skin it is, the most specific first."""
        skin = (*SIGNATURE.get(self.region, ()), *OTHER.get(self.region, ()))
        return ", ".join(skin)

    @property
    def is_new(self) -> bool:
        """Return whether it is named now, and never was on the answered days before."""
        return bool(self.now.days and self.before.asked and not self.before.days)


@dataclass(frozen=True, kw_only=True)
class BodyMap:
    """One quantity on the body; `named` are the areas that hold something."""

    key: str
    title: str
    asked_before: int
    asked_now: int
    areas: Mapping[tuple[str, str], MappedArea]

    @property
    def named(self) -> list[MappedArea]:
        """Return what was named before or now, the worst of now first."""
        told = [
            each for each in self.areas.values() if each.now.days or each.before.days
        ]
        return sorted(
            told,
            key=lambda each: (
                -(each.now.intensity or 0),
                -each.now.days,
                each.name,
            ),
        )


def body_maps(patient: Patient, *, today: date) -> list[BodyMap]:
    """Return numbness and pain on the body: the last 7 days, and the 28 before."""
    first = today - timedelta(days=NOW_DAYS + BEFORE_DAYS - 1)
    return [
        _body_map("numbness", _("Numbness"), _days(NumbnessLog, patient, first), today),
        _body_map("pain", _("Pain"), _days(PainLog, patient, first), today),
    ]


def _days(
    model: type[NumbnessLog | PainLog], patient: Patient, first: date
) -> dict[date, dict[tuple[str, str], int | None]]:
    """Return each day that was answered; silence is absent, a 0 names nothing."""
    entries = (
        model._default_manager.filter(
            patient=patient, withdrawn_at__isnull=True, local_day__gte=first
        )
        .exclude(intensity=None, regions=None)
        .values_list("local_day", "side", "regions", "intensity")
    )
    days: dict[date, dict[tuple[str, str], int | None]] = defaultdict(dict)
    for day, side, regions, intensity in entries:
        named = days[day]
        for place in _places(side, regions if intensity != 0 else ()):
            known = [each for each in (named.get(place), intensity) if each is not None]
            named[place] = max(known, default=None)
    return days


def _places(side: str | None, regions: Iterable[str] | None) -> list[tuple[str, str]]:
    sides = (side,) if side in diary.LEGS else diary.LEGS
    return [(region, each) for region in regions or () for each in sides]


def _body_map(key: str, title: str, days: Days, today: date) -> BodyMap:
    since = today - timedelta(days=NOW_DAYS - 1)
    now = [named for day, named in days.items() if since <= day <= today]
    before = [named for day, named in days.items() if day < since]
    return BodyMap(
        key=key,
        title=title,
        asked_before=len(before),
        asked_now=len(now),
        areas={
            (region, side): MappedArea(
                region=region,
                side=side,
                before=_burden(before, (region, side)),
                now=_burden(now, (region, side)),
            )
            for region in diary.REGIONS
            for side in diary.LEGS
        },
    )


def _burden(
    days: list[Mapping[tuple[str, str], int | None]], place: tuple[str, str]
) -> Burden:
    named = [day[place] for day in days if place in day]
    known = [each for each in named if each is not None]
    return Burden(
        days=len(named), asked=len(days), intensity=fmean(known) if known else None
    )
