"""Workers are killed in the middle, mail fails, and still everybody is told, in order.

The clock of the workers runs five hundred times faster, so that half an hour of
waiting for an answer takes less than four seconds. `make chaos` is the same with 200
alerts and more of everything; CHAOS_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection

from alerts.models import Alert, Delivery
from alerts.services import sending
from analytics.models import CATEGORIES
from tests.integration.alerts.conftest import NOW, make_flag, make_ward
from tests.integration.alerts.smtp_server import Mailbox, mail_server


ROOT = Path(__file__).resolve().parents[3]
MODULE = "tests.integration.alerts.sweeper_process"
SPEED = 500
LARGE = "CHAOS" in os.environ
WARDS, KILLS, HANDS = (5, 25, 3) if LARGE else (1, 5, 2)
SEED = int(os.environ.get("CHAOS_SEED") or (time.time() if LARGE else 7))
PATIENCE = 300 if LARGE else 60
SIDES = ("", "left", "right", "both")
LAST_STEP = 3


class Workers:
    """Sweeping processes, and a hand that kills them."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.started = time.time()
        self.running: list[subprocess.Popen[str]] = []

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=(time.time() - self.started) * SPEED)

    def start(self) -> None:
        arguments = (
            connection.settings_dict["NAME"],
            str(self.box.port),
            str(self.started),
            NOW.isoformat(),
            str(SPEED),
        )
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.running.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """Kill the older one with signal 9."""
        process = self.running.pop(0)
        process.kill()
        process.communicate()


def wait_for(count: int) -> None:
    """Wait until that many alerts have come to the last resort."""
    deadline = time.time() + PATIENCE
    while time.time() < deadline:
        if Alert.objects.filter(step__gte=3).count() == count:
            return
        time.sleep(0.2)
    pytest.fail("the escalation did not come to its end")


def run_and_kill(box: Mailbox, *, alerts: int) -> datetime:
    """Let workers sweep, kill them again and again; return the time it is then."""
    chance = random.Random(SEED)  # noqa: S311 - when to kill, the same every time
    print(f"CHAOS_SEED={SEED}")  # noqa: T201 - shown when the test fails
    workers = Workers(box)
    try:
        for _ in range(HANDS):
            workers.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.6))
            workers.kill()
            workers.start()
        wait_for(alerts)
    finally:
        while workers.running:
            workers.kill()
    return workers.now


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_no_alert_and_no_step(settings) -> None:
    wards = [make_ward() for _ in range(WARDS)]
    flags = [
        make_flag(ward.patient, category=category, side=side)
        for ward in wards
        for category, _ in CATEGORIES
        for side in SIDES
    ]
    with mail_server() as box:
        later, no = ["451 later"] * 6 * WARDS, ["250 OK"] * 9 + ["421 no"]
        box.answers = {"DATA": later, "MAIL": no * WARDS}
        box.accept_and_hang_up, box.delay = 4 * WARDS, 0.01
        now = run_and_kill(box, alerts=len(flags))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        for half_hours in range(8):  # what the killed ones held, and what failed
            while sending.send_due(now=now + half_hours * timedelta(minutes=31)):
                pass

    assert Alert.objects.count() == len(flags)
    assert not Delivery.objects.exclude(state="sent").exists()
    arrived = {str(mail["Message-ID"]) for mail in box.mails}
    for row in Delivery.objects.filter(channel="email"):
        assert f"<{row.pk}@localhost>" in arrived
    for alert in Alert.objects.all():
        told = alert.log.filter(action__in=("told", "escalated")).order_by("pk")
        hops = list(told.values_list("detail__step", "at"))
        assert [step for step, _ in hops][:3] == [1, 2, 3]
        for (step, before), (_, after) in pairwise(hops):
            minutes = 30 if step == LAST_STEP else 15
            assert after - before >= timedelta(minutes=minutes)
