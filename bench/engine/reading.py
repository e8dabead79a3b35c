"""Times how the analysis reads diaries: `python -m bench.engine.reading`.

A throwaway PostgreSQL holds the diaries; each way makes the same frames, five times.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import django

from backend import embedded


PATIENTS: Final = 50
DAYS: Final = 180
ROUNDS: Final = 5
OURS: Final = "COPY to Arrow"
#: Rows as a phone would have sent them, made by PostgreSQL itself.
FILL: Final = """
    INSERT INTO tracker_weaknesslog (id, patient_id, recorded_at, happened_at, local_day, side, test,
           recorded_offset_minutes, received_at, revision, seq, app_version,
           clock_suspect, client_hash, score)
    SELECT 'bench-' || patient.id || '-' || n, patient.id,
           now() - make_interval(days => n / 4), now() - make_interval(days => n / 4),
           current_date - n / 4,
           CASE WHEN n %% 2 = 0 THEN 'left' ELSE 'right' END,
           CASE WHEN n %% 4 < 2 THEN 'heel_walk' ELSE 'heel_raise' END,
           0, now(), 1, n, '', false, n, n %% 4
      FROM tracker_patient AS patient, generate_series(1, %s) AS n
"""


def main() -> None:
    with tempfile.TemporaryDirectory(
        prefix="rootwatch-bench-", ignore_cleanup_errors=True
    ) as folder:
        home = embedded.Home(Path(folder) / "servers")
        services = embedded.join(home)
        try:
            os.environ |= {
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "DATABASE_URL": services.database_url,
                "REDIS_URL": services.redis_url,
            }
            django.setup()
            _measure()
        finally:
            embedded.leave(home, os.getpid())


def _measure() -> None:
    from django.core.management import call_command
    from django.db import connection

    from tests.factories import make_clinic, make_patient

    call_command("migrate", verbosity=0)
    clinic = make_clinic()
    patients = [make_patient(clinic).pk for _ in range(PATIENTS)]
    with connection.cursor() as cursor:
        cursor.execute(FILL, [DAYS * 4])
        cursor.execute("ANALYZE")
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    cpu: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            begun, own = time.perf_counter(), time.process_time()
            assert len(way(patients)) == PATIENTS * DAYS * 4
            seconds[name].append(time.perf_counter() - begun)
            cpu[name].append(time.process_time() - own)
    print(f"{PATIENTS * DAYS * 4:,} self-tests of {PATIENTS} patients, median:")
    for name in WAYS:
        both = [
            f"{1000 * statistics.median(each[name]):.0f} ms {what} "
            f"({statistics.median(each[name]) / statistics.median(each[OURS]):.1f} x)"
            for what, each in (("in all", seconds), ("CPU of the worker", cpu))
        ]
        print(f"  {name}: {', '.join(both)}")
    connection.close()


def _copied(patients: list[Any]) -> Any:
    from analytics import frames

    return frames.diary_of_patients(patients).weakness_logs


def _objects(patients: list[Any]) -> Any:
    from analytics.domain.records import diary_of
    from tracker.models import WeaknessLog

    names = ("id", "recorded_at", "local_day", "side", "test", "score", "repeat_score")
    rows = [
        {"patient": str(row.patient_id)} | {name: getattr(row, name) for name in names}
        for row in WeaknessLog.objects.filter(patient__in=patients)
    ]
    return diary_of({"weakness_logs": rows}).weakness_logs


def _fetched(patients: list[Any]) -> Any:
    import numpy as np
    from django.db import connection

    from analytics.domain.rows import Rows

    names = ["patient", "id", "recorded_at", "local_day", "side", "test"]
    numbers = ["score", "repeat_score"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT patient_id::text, id, (extract(epoch FROM recorded_at)"
            " * 1000000)::bigint, local_day, side, test, score, repeat_score"
            " FROM tracker_weaknesslog WHERE patient_id = ANY(%s)",
            [patients],
        )
        columns = list(zip(*cursor.fetchall(), strict=True))
    found: dict[str, Any] = {
        name: np.array(values, dtype=object)
        for name, values in zip(names, columns, strict=False)
    }
    found["recorded_at"] = np.array(columns[2], dtype="datetime64[us]")
    found["local_day"] = np.array(columns[3], dtype="datetime64[s]")
    for name, values in zip(numbers, columns[6:], strict=True):
        found[name] = np.array(values, dtype="float64")
    return Rows(found)


WAYS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "ORM objects": _objects,
    "cursor.fetchall": _fetched,
    OURS: _copied,
}


if __name__ == "__main__":
    main()
