"""How far a diary can be relied on: gaps, late entries, contradictions, phones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import Flag
from dashboard.domain import need, series, words
from dashboard.domain.sentences import retold
from dashboard.selectors.diary import MODELS
from dashboard.selectors.patient import current_episode
from dashboard.selectors.visit import names_of, tested
from tracker.domain.diary import LEGS, TESTS
from tracker.models import Device, NumbnessLog, PainLog, Patient, WeaknessLog
from tracker.selectors.quarantine import open_to_staff


#: The days that are looked at. Unit: days. Source: our choice, as R22 and the hints.
DAYS: Final = 28
#: An entry that arrives later than this after it was felt is late.
#: Unit: duration. Source: our choice; a phone syncs daily even with little network.
LATE_AFTER: Final = timedelta(days=1)
#: Scores of one movement on one day that cannot both be right.
#: Unit: steps. Source: our choice; one step is often noise (clinical.md, finding 7).
CONTRADICTION_STEPS: Final = 2
#: The rule that finds answers of low trust.
DOUBTS: Final = "R22"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing to know of a diary; `notable` when it makes one doubt."""

    name: str
    text: str
    notable: bool = False


@dataclass(frozen=True)
class _Window:
    patient: Patient
    first: date
    last: date

    def entries(self) -> Q:
        """Return the condition of the patient's own entries of these days."""
        return Q(patient=self.patient, local_day__range=(self.first, self.last))

    def standing(self) -> Q:
        """Return the same without what was withdrawn."""
        return self.entries() & Q(withdrawn_at=None)


#: Entries whose phone had a wrong clock, corrected or not.
_WRONG_CLOCK: Final = Q(clock_suspect=True) | ~Q(happened_at=F("recorded_at"))


def quality(patient: Patient, *, today: date, now: datetime) -> list[Fact]:
    """Return what to know of the last days of a diary before relying on it."""
    window = _Window(patient, today - timedelta(days=DAYS - 1), today)
    return [
        *_entries(window),
        *_self_tests(window),
        *_contradictions(window),
        *_sides(window),
        *_doubts(window),
        *_phones(patient, now=now),
    ]


def _entries(window: _Window) -> Iterator[Fact]:
    """Yield days with entries, gaps, late and withdrawn entries, wrong clocks."""
    days: set[date] = set()
    counts: Counter[str] = Counter()
    late = Q(withdrawn_at=None, clock_suspect=False, revision=1) & Q(
        received_at__gt=F("happened_at") + LATE_AFTER
    )
    for model in MODELS.values():
        found = model._default_manager.filter(window.entries())
        counts.update(
            found.aggregate(
                all=Count("pk", filter=Q(withdrawn_at=None)),
                late=Count("pk", filter=late),
                withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False)),
                clock=Count("pk", filter=Q(withdrawn_at=None) & _WRONG_CLOCK),
            )
        )
        standing = found.filter(withdrawn_at=None)
        days.update(standing.values_list("local_day", flat=True).distinct())
    yield _heard(days, window)
    of = {"count": counts["late"], "all": counts["all"]}
    yield Fact(
        name=_("Late entries"),
        text=_("%(count)s of %(all)s arrived more than a day later") % of,
        notable=bool(counts["late"]),
    )
    if counts["clock"]:
        yield Fact(
            name=_("Wrong clock"),
            text=ngettext(
                "%s entry, counted when it was received",
                "%s entries, counted when they were received",
                counts["clock"],
            )
            % counts["clock"],
            notable=True,
        )
    if counts["withdrawn"]:
        withdrawn = ngettext("%s entry", "%s entries", counts["withdrawn"])
        yield Fact(name=_("Withdrawn"), text=withdrawn % counts["withdrawn"])


def _heard(days: set[date], window: _Window) -> Fact:
    gaps = [
        (end - start).days + 1
        for start, end in series.silences(days, first=window.first, last=window.last)
    ]
    text = _("%(heard)s of the last %(days)s") % {"heard": len(days), "days": DAYS}
    if gaps:
        longest = ngettext("longest gap %s day", "longest gap %s days", max(gaps))
        text = f"{text}; {longest % max(gaps)}"
    return Fact(name=_("Days with entries"), text=text, notable=bool(gaps))


def _self_tests(window: _Window) -> Iterator[Fact]:
    done = tested(window.patient)
    never = [
        f"{words.leg(leg)}: "
        + (_("none was ever done") if len(missing) == len(TESTS) else names_of(missing))
        for leg in LEGS
        if (missing := [test for test in TESTS if (test, leg) not in done])
    ]
    if never:
        yield Fact(name=_("Never tested"), text="; ".join(never), notable=True)
    reasons = (
        WeaknessLog.objects.filter(window.standing(), not_done_reason__isnull=False)
        .values_list("not_done_reason")
        .annotate(count=Count("pk"))
        .order_by("-count")
    )
    skipped = [f"{words.plain(str(reason))} {count}" for reason, count in reasons]
    if skipped:
        yield Fact(name=_("Self-tests not done"), text=", ".join(skipped), notable=True)


def _contradictions(window: _Window) -> Iterator[Fact]:
    """Yield answers that cannot both be right."""
    scores: dict[tuple[date, str | None, str | None], list[int]] = {}
    rows = WeaknessLog.objects.filter(window.standing(), score__isnull=False)
    for day, test, side, score in rows.values_list(
        "local_day", "test", "side", "score"
    ):
        scores.setdefault((day, test, side), []).append(score or 0)
    apart = sum(max(own) - min(own) >= CONTRADICTION_STEPS for own in scores.values())
    above = PainLog.objects.filter(window.standing(), worst__lt=F("intensity")).count()
    said = []
    if apart:
        said.append(
            ngettext(
                "%s self-test scored two steps apart on one day",
                "%s self-tests scored two steps apart on one day",
                apart,
            )
            % apart
        )
    if above:
        said.append(
            ngettext(
                "%s time the worst pain is below the average",
                "%s times the worst pain is below the average",
                above,
            )
            % above
        )
    text = "; ".join(said) or _("none")
    yield Fact(name=_("Contradictory answers"), text=text, notable=bool(said))


def _sides(window: _Window) -> Iterator[Fact]:
    """Yield how often the leg is named that the episode is not about."""
    episode = current_episode(window.patient)
    if episode is None or episode.side not in LEGS:
        return
    counts: Counter[str | None] = Counter()
    pain = PainLog.objects.filter(window.standing(), site="leg")
    numb = NumbnessLog.objects.filter(window.standing())
    for rows in (pain.filter(intensity__gt=0), numb.filter(intensity__gt=0)):
        counts.update(
            dict(rows.values_list("side").annotate(count=Count("pk")).order_by())
        )
    (other,) = (leg for leg in LEGS if leg != episode.side)
    if counts[other]:
        yield Fact(
            name=_("The other leg"),
            text=_("%(count)s of %(all)s entries name the %(leg)s alone")
            % {
                "count": counts[other],
                "all": sum(counts.values()),
                "leg": words.leg(other),
            },
            notable=True,
        )


def _doubts(window: _Window) -> Iterator[Fact]:
    found = Flag.objects.filter(
        patient=window.patient, rule=DOUBTS, raised_on__gte=window.first
    ).order_by("-raised_on")
    for flag in found[:1]:
        text = f"{words.day(flag.raised_on, 'j M')}: {retold(flag.explanation)}"
        yield Fact(name=_("Answers of low trust"), text=text, notable=True)
    stuck = open_to_staff().filter(patient=window.patient, resolved_at=None).count()
    if stuck:
        records = ngettext("%s record", "%s records", stuck) % stuck
        yield Fact(name=_("Could not be stored"), text=records, notable=True)


def _phones(patient: Patient, *, now: datetime) -> Iterator[Fact]:
    phones = list(Device.objects.filter(patient=patient).order_by("-last_seen_at"))
    for phone in phones[:1]:
        ago = _("%s ago") % need.duration(now - phone.last_seen_at)
        text = _("app %(version)s, last seen %(ago)s") % {
            "version": phone.app_version or _("of unknown version"),
            "ago": ago,
        }
        if len(phones) > 1:
            text += "; " + _("%s phones in all") % len(phones)
        yield Fact(name=_("Phone"), text=text)
    if not phones:
        yield Fact(name=_("Phone"), text=_("none has synced yet"), notable=True)
