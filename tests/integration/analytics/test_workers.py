"""Two at once, a worker that is killed, a message that is lost: nobody is missed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit, urlunsplit

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from kombu import Connection
from redis import Redis, RedisError

from analytics.domain.comparison import read
from analytics.models import AnalysisState, Flag, RuleTrial
from analytics.selectors.trials import waiting_trials
from analytics.services import hints
from analytics.services.analyse import analyse_patients
from analytics.services.trials import begin_trial
from backend.embedded.processes import free_port
from backend.embedded.redis import _redis_binary
from tests.factories import make_administrator, make_patient
from tests.integration.analytics.conftest import push_weakness
from tests.integration.sync.conftest import Phone
from tests.integration.sync.conftest import token_of as sync_token
from tracker.models import Heartbeat, SyncCounter


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
#: So far above the database of the test's own process lies the workers' broker: no hint
#: of a push reaches it, and no test in another process empties it.
BROKER_ABOVE = 8


@pytest.fixture
def patient(transactional_db):
    return make_patient()


@pytest.fixture
def phone(patient) -> Phone:
    return Phone(sync_token(patient.user))


@pytest.fixture
def broker() -> Iterator[str]:
    address, _, own = settings.CELERY_BROKER_URL.rpartition("/")
    url = f"{address}/{int(own) + BROKER_ABOVE}"
    Redis.from_url(url).flushdb()
    yield url
    Redis.from_url(url).flushdb()


@pytest.fixture
def start_worker(broker) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return what starts a real worker on the test's database; it ends with the test."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = str(connection.settings_dict["NAME"])
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "backend.settings",
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")),
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(redis: str = broker) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "backend", "worker"),
                *("--pool", "solo", "--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env=environment | {"REDIS_URL": redis},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def send_sweep(broker: str, task: str = "analytics.tasks.sweep") -> None:
    with Connection(broker) as wire:
        current_app.send_task(task, connection=wire)


def wait_for(question: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def test_two_workers_at_once_raise_each_flag_once(patient, weak, now):
    gate = Barrier(3)

    def analyse(_):
        try:
            gate.wait(timeout=30)
            return analyse_patients([patient.pk], now)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(analyse, range(3)))

    assert all(outcome.done == [patient.pk] for outcome in outcomes)
    raised = [flag.pk for outcome in outcomes for flag in outcome.flags]
    assert raised
    assert sorted(raised) == sorted(Flag.objects.values_list("pk", flat=True))
    assert Flag.objects.filter(rule="R06").count() == 1


def test_a_trial_outlives_a_killed_worker(patient, weak, now, broker, start_worker):
    trial = begin_trial(
        patient.clinic,
        choice=("R06", "evidence", 1.0),
        window_days=90,
        by=make_administrator(patient.clinic),
        now=now,
    )
    first = start_worker()
    # Nobody reads a diary now: the worker stops in the middle, the trial in its hand.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE tracker_weaknesslog IN ACCESS EXCLUSIVE MODE")
        send_sweep(broker, "analytics.tasks.sweep_trials")
        wait_for(lambda: RuleTrial.objects.filter(claimed_until__gt=now).exists())
        wait_for(_somebody_waits_for_a_lock)
        first.kill()
        first.wait()
    trial.refresh_from_db()
    assert (trial.ended, trial.done_count, trial.attempt_count) == ("", 0, 1)
    assert waiting_trials(timezone.now()) == []  # until its lease ends

    RuleTrial.objects.update(claimed_until=now - timedelta(seconds=1))
    Redis.from_url(broker).flushdb()
    start_worker()
    send_sweep(broker, "analytics.tasks.sweep_trials")
    wait_for(lambda: RuleTrial.objects.filter(ended=RuleTrial.DONE).exists())
    trial.refresh_from_db()
    assert (trial.done_count, read(trial.counts).total.gained) == (1, 1)


def test_a_killed_worker_loses_nobody(patient, weak, now, broker, start_worker):
    first = start_worker()
    # Whoever analyses needs this lock to store: the worker stops in the middle.
    with transaction.atomic():
        SyncCounter.objects.select_for_update().get(pk=patient.pk)
        send_sweep(broker)
        wait_for(
            lambda: (
                Heartbeat.objects.filter(name="analytics.sweep").exists()
                and AnalysisState.objects.filter(claim_token__isnull=False).exists()
            )
        )
        wait_for(_somebody_waits_for_a_lock)
        first.kill()
        first.wait()
    assert not Flag.objects.filter(rule="R06").exists()
    state = AnalysisState.objects.get(pk=patient.pk)
    assert state.analysed_seq == 0
    assert state.claimed_until > now

    # Its lease ends; the message of the dead worker is nowhere.
    AnalysisState.objects.update(claimed_until=now - timedelta(seconds=1))
    Redis.from_url(broker).flushdb()
    start_worker()
    send_sweep(broker)
    wait_for(lambda: Flag.objects.filter(rule="R06").exists())
    wait_for(lambda: not AnalysisState.objects.exclude(claim_token=None).exists())
    state.refresh_from_db()
    assert state.analysed_seq == SyncCounter.objects.get(pk=patient.pk).diary_seq


class MortalRedis:
    """A Redis of the test's own, which it may kill."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        keeps_nothing = ("--save", "", "--appendonly", "no")
        address = ("--port", str(self.port), "--bind", "127.0.0.1")
        self.process = subprocess.Popen(
            [str(_redis_binary()), *address, *keeps_nothing],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for(self.answers)

    def answers(self) -> bool:
        try:
            return bool(Redis.from_url(self.url).ping())
        except RedisError:
            return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def mortal_redis(tmp_path) -> Iterator[MortalRedis]:
    redis = MortalRedis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


def test_who_pushed_while_redis_was_dead_is_analysed_when_it_is_back(
    patient, phone, now, mortal_redis, start_worker, settings, monkeypatch
):
    settings.CELERY_BROKER_URL = mortal_redis.url
    monkeypatch.setattr(hints._Broker, "away_until", 0.0)
    start_worker(mortal_redis.url)
    send_sweep(mortal_redis.url)
    wait_for(lambda: AnalysisState.objects.filter(claim_token=None).exists())

    mortal_redis.kill()
    push_weakness(phone, now)
    assert hints._Broker.away_until > 0  # the hint was tried, and is lost
    assert not Flag.objects.filter(rule="R06").exists()

    mortal_redis.start()
    send_sweep(mortal_redis.url)
    wait_for(lambda: Flag.objects.filter(rule="R06").exists())
    state = AnalysisState.objects.get(pk=patient.pk)
    assert state.analysed_seq == SyncCounter.objects.get(pk=patient.pk).diary_seq


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
