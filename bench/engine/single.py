"""Times the analysis after a push, by length of the diary: `python -m bench.engine.single`.

A throwaway PostgreSQL; each round a phone pushes one new entry and the patient is
analysed, from reading to storing, as the worker does it. The lengths take turns.
"""

from __future__ import annotations

import logging
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import django

from backend import embedded


#: Days of the diaries, the shortest first. None begins before 2020: a clock of then is
#: not believed, and all its entries would count as of today.
LENGTHS: Final = (90, 365, 1095, 2190)
ROUNDS: Final = 15
SEED: Final = 3
#: Entries of one push while the diaries are filled.
PUSHED_TOGETHER: Final = 2000


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
    from django.test.utils import setup_test_environment
    from django.utils import timezone

    from analytics.services.analyse import analyse_patients
    from tests.factories import make_clinic, make_patient
    from tests.integration.sync.conftest import Phone, token_of

    logging.disable(logging.WARNING)
    setup_test_environment()
    call_command("migrate", verbosity=0)
    clinic, now = make_clinic(), timezone.now()
    people = {days: make_patient(clinic) for days in LENGTHS}
    phones = {days: Phone(token_of(people[days].user)) for days in LENGTHS}
    entries = {days: _fill(phones[days], days, now) for days in LENGTHS}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    spent: dict[int, list[tuple[float, float]]] = {days: [] for days in LENGTHS}
    for number in range(ROUNDS + 1):  # the first warms up and raises the old flags
        for days in LENGTHS:
            phones[days].sync({"pain_logs": [_pain(now, f"new-{days}-{number:06d}")]})
            begun, own = time.perf_counter(), time.process_time()
            outcome = analyse_patients([people[days].pk], timezone.now())
            wall, cpu = time.perf_counter() - begun, time.process_time() - own
            assert outcome.done, "the analysis failed"
            if number:
                spent[days].append((wall, cpu))
    for days in LENGTHS:
        print(_line(days, entries[days], spent[days], spent[LENGTHS[0]]))
    connection.close()


def _line(
    days: int,
    entries: int,
    own: list[tuple[float, float]],
    shortest: list[tuple[float, float]],
) -> str:
    wall, cpu = (1000 * statistics.median(each) for each in zip(*own, strict=True))
    least = 1000 * statistics.median(cpu for _, cpu in shortest)
    return (
        f"{days:5} days, {entries:6,} entries: {wall:.0f} ms in all, {cpu:.0f} ms CPU "
        f"of the worker ({cpu / least:.2f} x the shortest)"
    )


def _fill(phone: Any, days: int, now: datetime) -> int:
    """Push a diary that ends yesterday; return how many entries it has."""
    import numpy as np

    from analytics.domain.cohort import simulate_patient

    diary = simulate_patient(
        "flaring",  # nobody drops out of these
        rng=np.random.default_rng(SEED),
        start=(now - timedelta(days=days)).date(),
        days=days,
        zone=UTC,
    )
    for first in range(0, len(diary), PUSHED_TOGETHER):
        changes: dict[str, list[dict[str, Any]]] = {}
        for collection, record in diary[first : first + PUSHED_TOGETHER]:
            changes.setdefault(collection, []).append(record)
        phone.sync(changes)
    return len(diary)


def _pain(now: datetime, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "recorded_at": now.isoformat(),
        "site": "leg",
        "side": "left",
        "intensity": 4,
        "withdrawn_at": None,
    }


if __name__ == "__main__":
    main()
