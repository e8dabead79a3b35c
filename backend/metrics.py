"""What Prometheus may read: requests served, work waiting, alerts open. No person."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from alerts.domain import states
from alerts.models import Alert, Delivery
from alerts.selectors import schedule, watch
from alerts.services import limiting
from analytics.models import AnalysisState
from backend.errors import answer
from tracker.models import Heartbeat
from tracker.selectors.quarantine import open_to_staff
from tracker.selectors.sync import counters_rewound_since


LABELS: Final = ("method", "route", "status")

requests_total = Counter("rootwatch_requests", "Requests answered.", LABELS)
request_seconds = Histogram(
    "rootwatch_request_seconds",
    "Time to answer a request.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    name = method if method in METHODS else "other"  # else a stranger makes series
    requests_total.labels(name, route, str(status)).inc()
    request_seconds.labels(name, route).observe(seconds)


#: How long a restored backup is shown.
REWOUND_SHOWN: Final = timedelta(days=7)


class Work(Collector):
    """Reads the tables at each scrape: what waits there is the truth."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the gauges."""
        now = timezone.now()
        yield self._open_alerts()
        yield self._single(
            "rootwatch_alert_oldest_unanswered_seconds",
            "Age of the oldest alert that nobody has acknowledged.",
            _age(Alert.objects.filter(state__in=states.UNANSWERED), "opened_at"),
        )
        yield from self._responses(now)
        yield self._load(now)
        yield self._single(
            "rootwatch_alerts_on_schedule",
            "1 while every open alert is on schedule, as the dead-man ping says.",
            watch.on_schedule(now=now),
        )
        yield self._single(
            "rootwatch_delivery_overdue_seconds",
            "How long the message that waits longest should have been sent.",
            watch.oldest_due_delivery(now=now).total_seconds(),
        )
        yield self._single(
            "rootwatch_analysis_due",
            "Patients whose analysis is due now.",
            AnalysisState.objects.filter(due_at__lte=now).count(),
        )
        yield self._deliveries()
        yield from self._channels(now)
        yield self._watch(schedule.counters(now))
        yield self._uncovered()
        yield self._single(
            "rootwatch_quarantine_open",
            "Records that could not be stored and nobody has looked at.",
            open_to_staff().filter(resolved_at__isnull=True).count(),
        )
        yield self._single(
            "rootwatch_sync_counters_rewound",
            "Diaries whose phone knew more than the server: a backup was restored.",
            counters_rewound_since(now - REWOUND_SHOWN),
        )
        beats = GaugeMetricFamily(
            "rootwatch_heartbeat_age_seconds",
            "Time since a periodic job came to its end.",
            labels=["job"],
        )
        for beat in Heartbeat.objects.all():
            beats.add_metric([beat.name], (now - beat.beat_at).total_seconds())
        yield beats

    @staticmethod
    def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
        return GaugeMetricFamily(name, text, value=value)

    @staticmethod
    def _open_alerts() -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "rootwatch_alerts_open", "Alerts not yet resolved.", labels=["tier"]
        )
        closed = Q(state__in=("resolved", "superseded"))
        rows = Alert.objects.exclude(closed).values_list("tier").annotate(n=Count("pk"))
        for tier, count in rows:
            gauge.add_metric([tier], count)
        return gauge

    @staticmethod
    def _responses(now: datetime) -> Iterator[GaugeMetricFamily]:
        labels = ["tier", "quantile"]
        heard = GaugeMetricFamily(
            "rootwatch_alert_first_delivery_seconds",
            "From opening to the first message sent to staff, last 7 days.",
            labels=labels,
        )
        told = GaugeMetricFamily(
            "rootwatch_alert_first_delivery_to_patient_seconds",
            "From opening to the first message sent to a device of the patient, 7 days.",
            labels=labels,
        )
        answered = GaugeMetricFamily(
            "rootwatch_alert_acknowledged_seconds",
            "From opening to the acknowledgement, last 7 days.",
            labels=labels,
        )
        for row in watch.responses(now=now):
            for quantile, time in row.heard_within.items():
                heard.add_metric([row.tier, str(quantile)], time.total_seconds())
            for quantile, time in row.patient_heard_within.items():
                told.add_metric([row.tier, str(quantile)], time.total_seconds())
            for quantile, time in row.answered_within.items():
                answered.add_metric([row.tier, str(quantile)], time.total_seconds())
        yield from (heard, told, answered)

    @staticmethod
    def _load(now: datetime) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "rootwatch_alerts_per_100_patient_weeks",
            "Alerts opened in the last 28 days; the budget is 10, 0.5 emergencies.",
            labels=["tier"],
        )
        load = watch.load(now=now)
        for tier in load.alerts if load.enough else ():  # a young service has no rate
            gauge.add_metric([tier], load.per_100(tier))
        return gauge

    @staticmethod
    def _channels(now: datetime) -> Iterator[GaugeMetricFamily]:
        due = GaugeMetricFamily(
            "rootwatch_deliveries_due",
            "Messages that should be out: the next sweep's, and those held by a limit.",
            labels=["channel"],
        )
        for channel, count in watch.due_by_channel(now=now).items():
            due.add_metric([channel], count)
        refused = GaugeMetricFamily(
            "rootwatch_deliveries_refused",
            "Messages that were refused again and again, and are still tried.",
            labels=["channel", "error"],
        )
        for (channel, error), count in watch.refused_by_channel().items():
            refused.add_metric([channel, error], count)
        paused = GaugeMetricFamily(
            "rootwatch_channel_paused_seconds",
            "For how long a provider has asked to be left alone.",
            labels=["channel"],
        )
        for channel, left in limiting.pauses(now=now).items():
            paused.add_metric([channel], left.total_seconds())
        yield from (due, refused, paused)

    @staticmethod
    def _watch(counters: dict[str, int]) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "rootwatch_alerts_wrong",
            "Alerts behind schedule, past their target, or reaching nobody.",
            labels=["what"],
        )
        for what, count in counters.items():
            gauge.add_metric([what], count)
        return gauge

    @staticmethod
    def _uncovered() -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "rootwatch_uncovered_hours",
            "Hours of the coming month of active clinics: nobody named can be told"
            " (nobody), or nobody is on duty and others stand in (not_at_once).",
            labels=["kind"],
        )
        for kind, hours in schedule.uncovered_hours().items():
            gauge.add_metric([kind], hours)
        return gauge

    @staticmethod
    def _deliveries() -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "rootwatch_deliveries", "Deliveries by state.", labels=["state"]
        )
        waiting = Delivery.objects.exclude(state="sent")
        for state, count in waiting.values_list("state").annotate(n=Count("pk")):
            gauge.add_metric([state], count)
        return gauge


def view(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus: from this machine, or with the METRICS_TOKEN."""
    if not _may_read(request):
        return answer(request, 404)
    body = b"".join(generate_latest(registry) for registry in _registries())
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        offered = request.headers.get("Authorization", "").encode()
        expected = f"Bearer {settings.METRICS_TOKEN}".encode()
        return hmac.compare_digest(offered, expected)
    # Behind a proxy every request comes from this machine; then only a token counts.
    local = request.META.get("REMOTE_ADDR", "") in {"127.0.0.1", "::1"}
    return local and "X-Forwarded-For" not in request.headers


def _registries() -> Iterable[CollectorRegistry]:
    work = CollectorRegistry()
    work.register(Work())
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return [REGISTRY, work]
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return [together, work]


def _age(rows: object, column: str) -> float:
    oldest = rows.aggregate(at=Min(column))["at"]  # type: ignore[attr-defined]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0
