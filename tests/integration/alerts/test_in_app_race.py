"""Two workers note at once that the same messages lie in the app; somebody answers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from alerts.domain import retries
from alerts.models import Alert, AlertLog, Delivery
from alerts.services import answering, moves, sending
from alerts.services.opening import open_alerts_for_flags
from tests.factories import make_patient
from tests.integration.alerts.conftest import NOW, Ward, make_flag, make_ward


pytestmark = pytest.mark.django_db(transaction=True)

ALERTS = 15
#: Longer than any of it takes, and than PostgreSQL needs to find a deadlock.
#: Unit: seconds.
LONG = 20


@pytest.fixture
def burst() -> Ward:
    ward = make_ward()
    patients = [make_patient(team=ward.team, now=NOW) for _ in range(ALERTS)]
    open_alerts_for_flags([make_flag(patient) for patient in patients], NOW)
    return ward


def claimed(now: Any = NOW) -> list[Delivery]:
    return [
        row for row in sending.claim(now=now, limit=1000) if row.channel == "in_app"
    ]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each with a connection of its own, all let go together."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(LONG)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        running = [threads.submit(run, work) for work in works]
        return [each.result(timeout=3 * LONG) for each in running]


def answer_all(ward: Ward) -> None:
    """Acknowledge every alert, the last one first: the other way round than a batch."""
    for pk in Alert.objects.order_by("-pk").values_list("pk", flat=True):
        answering.acknowledge(pk, by=ward.duty, now=NOW)


def assert_once_each(rows: list[Delivery]) -> None:
    logged = AlertLog.objects.filter(action="sent", detail__channel="in_app")
    times = Counter(line.detail["delivery"] for line in logged)
    assert times == {str(row.pk): 1 for row in rows}
    states = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    assert set(states.values_list("state", "lease_token")) == {("sent", None)}
    assert set(Alert.objects.values_list("state", flat=True)) == {"acknowledged"}


def test_one_lease_confirmed_by_two_counts_once(burst: Ward) -> None:
    rows = claimed()
    assert len(rows) >= 2 * ALERTS  # the patient, and who is on duty
    confirmed = at_once(
        lambda: sending._confirm_in_app(rows, now=NOW),
        lambda: sending._confirm_in_app(list(reversed(rows)), now=NOW),
        lambda: answer_all(burst),
    )
    assert sum(confirmed[:2]) == len(rows)
    assert_once_each(rows)


def test_a_lease_that_has_run_out_confirms_nothing(burst: Ward) -> None:
    late = claimed()
    again = claimed(NOW + retries.LEASE + retries.EMERGENCY_PAUSE)
    assert {row.pk for row in late} == {row.pk for row in again}
    confirmed = at_once(
        lambda: sending._confirm_in_app(late, now=NOW),
        lambda: sending._confirm_in_app(again, now=NOW),
        lambda: answer_all(burst),
    )
    assert confirmed[:2] == [0, len(again)]
    assert_once_each(again)


def test_an_answer_waits_for_no_confirmation_and_the_second_for_the_first(
    burst: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = claimed()
    holds, answered = threading.Event(), threading.Event()
    note_all = moves.note_all

    def slowly(lines: Any, **more: Any) -> None:
        holds.set()
        assert answered.wait(LONG), "an answer waited for the confirmation"
        note_all(lines, **more)

    def answer() -> None:
        assert holds.wait(LONG)
        answer_all(burst)
        answered.set()

    monkeypatch.setattr(sending, "note_all", slowly)
    confirmed = at_once(
        lambda: sending._confirm_in_app(rows, now=NOW),
        lambda: sending._confirm_in_app(rows, now=NOW),
        answer,
    )
    assert sorted(confirmed[:2]) == [0, len(rows)]
    assert_once_each(rows)
