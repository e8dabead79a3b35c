"""Alerts as rows: the reason, the deadline and who has it, ready to be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils.translation import gettext as _

from alerts.domain import states
from alerts.domain.notes import KINDS
from alerts.domain.outcomes import Outcome, outcomes_for
from alerts.domain.patient_answers import CALL_ME, WORDS
from alerts.domain.snoozing import REASONS, Reason, latest
from alerts.models import Alert, AlertNote, Delivery
from alerts.selectors.worklist import open_alerts, visible_alert
from analytics.models import Flag
from dashboard.domain import need, sentences, words
from dashboard.domain.need import Deadline
from dashboard.selectors.newest import newest_entry, newest_sync
from dashboard.selectors.reach import (
    first_seen,
    is_called,
    is_missed,
    is_out_of_reach,
)
from tracker.models import Patient, User


#: How many alerts one page shows; whoever has more unanswered needs colleagues.
ROWS_SHOWN: Final = 200
#: How many people a row names of those who were asked.
NAMES_SHOWN: Final = 2
#: Categories that are no finding of the body, so nothing of it began.
WITHOUT_ONSET: Final = ("adherence",)
#: What a patient is told to act on within days: staff see whether they have read it.
TO_ACT_ON: Final = ("emergency", "urgent")


@dataclass(frozen=True, kw_only=True)
class NewestNote:
    """What was written last on an alert."""

    by: str
    at: datetime
    words: str
    text: str

    @classmethod
    def read(cls, found: dict[str, str] | None) -> NewestNote | None:
        """Return what `_newest_note` found."""
        if found is None:
            return None
        at = datetime.fromisoformat(found["at"])
        return cls(
            by=found["by"], at=at, words=KINDS[found["kind"]], text=found["text"]
        )


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert as a page shows it; `untold` when nothing tells its patient.

    `patient_saw_at` is when they read it, or an app says so.
    """

    alert: Alert
    patient: Patient
    waiting: bool
    deadlines: tuple[Deadline, ...]
    onset: str
    waited: str
    risen: str
    roots: tuple[tuple[str, int], ...]
    flags: tuple[Flag, ...]
    outcomes: tuple[Outcome, ...]
    latest_sleep: datetime | None
    asked: tuple[str, ...] = ()
    untold: bool = False
    patient_saw_at: datetime | None = None
    newest_note: NewestNote | None = None

    @property
    def unread(self) -> bool:
        """Return whether the patient is to act on it soon and has not seen it."""
        return (
            self.alert.patient_tier in TO_ACT_ON
            and not self.patient_saw_at
            and not self.untold
        )

    @property
    def asked_words(self) -> str:
        """Return who was asked last, the first of them by name."""
        if len(self.asked) <= NAMES_SHOWN:
            return ", ".join(self.asked)
        shown = ", ".join(self.asked[: NAMES_SHOWN - 1])
        others = len(self.asked) - NAMES_SHOWN + 1
        return _("%(names)s and %(count)s others") % {"names": shown, "count": others}

    @property
    def acknowledged_by(self) -> str:
        """Return the name of whoever has it, or an empty text."""
        return person(self.alert.acknowledged_by)

    @property
    def resolved_by(self) -> str:
        """Return the name of whoever closed it, or an empty text."""
        return person(self.alert.resolved_by)

    @property
    def patient_words(self) -> str:
        """Return what the patient says of it; nothing when it was only read.

        The wish for a call is told by itself, until somebody has called.
        """
        said = self.alert.patient_answer
        if said == CALL_ME:
            return "" if self.waits_for_call else _("The patient was called back.")
        answer = WORDS.get(said, "")
        return words.said(f"The patient {answer}.") if answer else ""

    @property
    def wish_words(self) -> str:
        """Return that the patient waits for a call, or nothing."""
        wish = words.said(f"The patient {WORDS[CALL_ME]}.")
        return wish if self.waits_for_call else ""

    @property
    def waits_for_call(self) -> bool:
        """Return whether somebody is to call the patient back."""
        return self.alert.call_back_by is not None

    @property
    def snooze_reasons(self) -> tuple[Reason, ...]:
        """Return for which reasons it may wait; none for what may not."""
        return REASONS if self.latest_sleep else ()

    @property
    def snooze_words(self) -> str:
        """Return why it waits."""
        reason = self.alert.snooze_reason
        labels = {known.code: known.label for known in REASONS}
        return self.alert.snooze_note or words.said(labels.get(reason, reason))

    @property
    def root_words(self) -> str:
        """Return the two likeliest roots and the side; nothing without a root."""
        if not self.roots:
            return ""
        names = [root for root, _share in self.roots[:2]]
        likeliest = _("%s or %s") % tuple(names) if len(names) == 2 else names[0]
        side = words.plain(self.alert.side or "")
        return f"{likeliest}, {side}" if side else likeliest

    @property
    def reasons(self) -> list[str]:
        """Return why, each finding as a sentence of its own."""
        return sentences.retold(self.alert.reason).splitlines()

    @property
    def has_onset(self) -> bool:
        """Return whether it is something that began; silence has only a last entry."""
        return bool(self.onset) and self.alert.category not in WITHOUT_ONSET


def person(user: User | None) -> str:
    """Return how a colleague is called on a page."""
    return (user.name or user.email) if user else ""


def unresolved_rows(
    patients: QuerySet[Patient], fits: Q | None = None, *, now: datetime
) -> list[AlertRow]:
    """Return the unresolved alerts of these patients that fit, most urgent first."""
    alerts = (
        open_alerts(patients)
        .filter(fits or Q())
        .select_related(
            "patient", "patient__care_team", "patient__clinic", "acknowledged_by"
        )
        .prefetch_related("flags")
        .annotate(
            last_entry_at=newest_entry(outer="patient"),
            last_sync_at=newest_sync(outer="patient"),
            is_called=is_called(outer="patient"),
            is_missed=is_missed(outer="pk"),
            seen_at=first_seen(outer="pk"),
            milder_at=_milder_at(),
            newest_note=_newest_note(),
        )
    )
    shown = list(alerts[:ROWS_SHOWN])
    asked = _asked(shown)
    return [
        replace(
            row(alert, now=now, seen_at=alert.seen_at, milder_at=alert.milder_at),
            asked=asked.get(alert.pk, ()),
            untold=_is_untold(alert, now=now),
            newest_note=NewestNote.read(alert.newest_note),
        )
        for alert in shown
    ]


def _is_untold(alert: Any, *, now: datetime) -> bool:
    """Return whether nothing tells the patient of an alert with all its columns.

    What no device took is still told by an app that was heard since.
    """
    synced: datetime | None = alert.last_sync_at
    if alert.is_missed and (synced is None or synced < alert.opened_at):
        return alert.patient_acknowledged_at is None
    return is_out_of_reach(alert.is_called, (synced, alert.last_entry_at), now=now)


def _asked(alerts: Iterable[Alert]) -> dict[UUID, tuple[str, ...]]:
    """Return which staff were told last of each unanswered alert."""
    waiting = [alert.pk for alert in alerts if alert.state in states.UNANSWERED]
    of_staff = Delivery.objects.filter(alert=OuterRef("alert"), step__gte=1)
    newest = of_staff.order_by("-wave").values("wave")[:1]
    told = Delivery.objects.filter(
        alert__in=waiting, step__gte=1, wave=Subquery(newest)
    )
    found: dict[UUID, dict[str, None]] = {}
    for delivery in told.select_related("recipient").order_by("created_at", "pk"):
        names = found.setdefault(delivery.alert_id, {})
        names[person(delivery.recipient)] = None
    return {alert_id: tuple(names) for alert_id, names in found.items()}


def _newest_note() -> Subquery:
    """Return what was written last on an alert, as `NewestNote` reads it."""
    newest = AlertNote.objects.filter(alert=OuterRef("pk")).order_by(
        "-written_at", "-pk"
    )
    author = Coalesce(NullIf("author__name", Value("")), "author__email")
    found = JSONObject(by=author, at="written_at", kind="kind", text="text")
    return Subquery(newest.values(found=found)[:1])


def unresolved_counts(patients: QuerySet[Patient], fits: Q) -> dict[str, int]:
    """Return how many unresolved alerts that fit there are in each state."""
    counted = open_alerts(patients).filter(fits).order_by().values("state")
    return {
        item["state"]: item["count"] for item in counted.annotate(count=Count("pk"))
    }


def visible_row(
    user: User | AnonymousUser, alert_id: UUID, *, now: datetime
) -> AlertRow:
    """Return one visible alert as a row; not found and not yours are one error."""
    return row(visible_alert(user, alert_id), now=now)


def row(
    alert: Alert,
    *,
    now: datetime,
    seen_at: datetime | None = None,
    milder_at: datetime | None = None,
) -> AlertRow:
    """Return the alert as a page shows it.

    `milder_at` is when the milder one was opened that it replaced unanswered.
    """
    flags = sorted(alert.flags.all(), key=lambda flag: flag.raised_at, reverse=True)
    since = min(alert.opened_at, milder_at or alert.opened_at)
    roots: dict[str, float] = next(
        (flag.likely_roots for flag in flags if flag.likely_roots), {}
    )
    return AlertRow(
        alert=alert,
        patient=alert.patient,
        waiting=alert.state in states.UNANSWERED,
        deadlines=tuple(_deadlines(alert, now=now)),
        onset=need.since_onset(alert.onset_on, zone=alert.patient.timezone, now=now),
        waited=need.duration(now - since),
        risen=need.duration(now - alert.opened_at) if since < alert.opened_at else "",
        roots=tuple(need.likely(roots)),
        flags=tuple(flags),
        outcomes=outcomes_for(alert.tier),
        latest_sleep=_latest_sleep(alert, now=now),
        patient_saw_at=alert.patient_acknowledged_at or seen_at,
    )


def _milder_at() -> Subquery:
    """Return when the alert was opened that one replaced before anybody answered it."""
    replaced = Alert.objects.filter(superseded_by=OuterRef("pk"), acknowledged_at=None)
    return Subquery(replaced.order_by("opened_at").values("opened_at")[:1])


def _latest_sleep(alert: Alert, *, now: datetime) -> datetime | None:
    """Return until when it may be snoozed; None for an emergency or one that sleeps."""
    if not states.allowed(source=alert.state, action="snooze", role=states.CLINICIAN):
        return None
    tiers = (alert.tier, alert.patient_tier)
    return latest(tiers, examine_by=alert.examine_by, now=now)


def _deadlines(alert: Alert, *, now: datetime) -> Iterable[Deadline]:
    promises = [("examine", alert.examine_by)]
    if alert.state in states.UNANSWERED:
        promises.insert(0, ("answer", alert.acknowledge_by))
    for kind, at in promises:
        stands = need.deadline(kind, since=alert.opened_at, at=at, now=now)
        if stands:
            yield stands
