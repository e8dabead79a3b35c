"""Three questions that machines ask: alive? ready for requests? is the work done?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.celery import PATIENCE, SELDOM
from tracker.models import Heartbeat


READY: Final = 200
NOT_READY: Final = 503
WORK_STANDS_STILL: Final = 500


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process can answer at all; asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer whether requests should be sent here.

    A stopped Redis is told but does not make the server unready: the diary, the
    red-flag advice and the worklist work without it, and sending patients away
    would take these from them.
    """
    database = _database()
    healthy = database == "ok"
    body = {
        "status": "ok" if healthy else "not ready",
        "database": database,
        "redis": _redis(),
    }
    return JsonResponse(body, status=READY if healthy else NOT_READY)


@require_safe
@never_cache
def background(request: HttpRequest) -> JsonResponse:
    """Answer whether every periodic job came to its end lately."""
    late = late_jobs(now=timezone.now())
    body = {"status": "late" if late else "ok", "late": late}
    return JsonResponse(body, status=WORK_STANDS_STILL if late else READY)


def late_jobs(*, now: datetime) -> list[str]:
    """Return the jobs that have not come to their end for longer than they may."""
    beats = dict(Heartbeat.objects.values_list("name", "beat_at"))
    never = now - timedelta(days=3650)
    return sorted(
        name
        for name, patience in PATIENCE.items()
        if now - beats.get(name, never) > patience
    ) + sorted(
        name
        for name, patience in SELDOM.items()
        if now - beats.get(name, now) > patience
    )


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, OSError):
        return "down"
    return "migrations missing" if waiting else "ok"


def _redis() -> str:
    cache = caches["default"]
    cache.set("health", 1, timeout=10)  # never raises: see IGNORE_EXCEPTIONS
    return "ok" if cache.get("health") == 1 else "down"
