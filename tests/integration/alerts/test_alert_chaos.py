"""Everything is killed or fails in the middle, and still everybody is told, in order.

Workers, web process, Redis and PostgreSQL die with -9, the clock of the workers is set
wrong, mail server, gateway and webhook receiver fail as such things do. That clock runs
fast, so that half an hour of waiting for an answer takes seconds. `make chaos` is the
same with 200 alerts and more of everything; CHAOS_SEED repeats a run.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from alerts.models import Alert, ContactPoint, Delivery
from analytics.models import CATEGORIES
from backend.embedded import Home
from tests.integration.alerts.chaos import laws
from tests.integration.alerts.chaos.actors import Hand, Web, Workers, wait_until
from tests.integration.alerts.chaos.clock import Clock
from tests.integration.alerts.chaos.faulty import FaultyProvider
from tests.integration.alerts.conftest import Ward, make_flag, make_ward
from tests.integration.alerts.providers import provider
from tests.integration.alerts.smtp_server import Mailbox, mail_server
from tests.integration.sync.conftest import token_of
from tests.integration.sync.test_acceptance import SocketPhone
from tests.own_postgres import OwnPostgres
from tests.own_redis import OwnRedis


LARGE = "CHAOS" in os.environ
SEED = int(os.environ.get("CHAOS_SEED") or (time.time() if LARGE else 7))
SPEED = 120 if LARGE else 500
WARDS, PHONES, HANDS = (5, 8, 3) if LARGE else (1, 2, 2)
SIDES = ("", "left", "right", "both") if LARGE else ("", "left")
KILLS = (
    {"worker": 15, "webserver": 4, "redis": 4, "postgres": 4}
    if LARGE
    else {"worker": 2, "webserver": 1, "redis": 1, "postgres": 1}
)
#: How wrong the clock of the workers is, one after the other. Unit: minutes.
JUMPS = [120, 0, -60, 0, 20, 0] if LARGE else [120, 0, -60, 0]
FAULTS = (
    {"500": 30, "429": 30, "reset": 20, "accepted, but lost": 20, "hangs": 4}
    if LARGE
    else {"500": 4, "429": 4, "reset": 4, "accepted, but lost": 4, "hangs": 1}
)
PATIENCE = 400 if LARGE else 90
SECRET = "whsec_" + "c2VjcmV0" * 6


@dataclass
class Scene:
    """Servers of this test alone, and those who stand in for the world outside."""

    workers: Workers
    web: Web
    box: Mailbox
    provider: FaultyProvider


@pytest.fixture
def scene(transactional_db: None) -> Iterator[Scene]:
    with contextlib.ExitStack() as stack:
        # Not pytest's folder: another run that begins shuts it to the servers.
        folder = tempfile.TemporaryDirectory(prefix="rootwatch-chaos-")
        tmp_path = Path(stack.enter_context(folder))
        postgres = OwnPostgres(Home(tmp_path / "servers"))
        stack.callback(postgres.kill)
        redis = OwnRedis(Home(tmp_path / "redis"))
        stack.callback(redis.kill)
        postgres.copy_of_the_test_database(tmp_path)
        stack.enter_context(postgres.used_by_django())
        outside = FaultyProvider()
        stack.enter_context(provider(outside))
        box = stack.enter_context(mail_server())
        clock = Clock(str(tmp_path / "clock"), timezone.now().isoformat(), SPEED)
        clock.write()
        workers = Workers(
            clock,
            {
                "DATABASE_URL": postgres.url,
                "REDIS_URL": redis.url,
                "EMAIL_URL": f"smtp://127.0.0.1:{box.port}",
                "SMS_GATEWAY_URL": f"{outside.url}/send",
                "OUTGOING_PRIVATE": "yes",
            },
            stack.enter_context((tmp_path / "workers.log").open("w+")),
        )
        stack.callback(workers.kill_all)
        web = Web(postgres, redis)
        web.start()
        stack.callback(web.kill)
        yield Scene(workers, web, box, outside)


@pytest.mark.slow
def test_killed_servers_wrong_clocks_and_bad_providers_lose_nobody(
    scene: Scene,
) -> None:
    print(f"CHAOS_SEED={SEED}")  # noqa: T201 - shown when the test fails
    chance = random.Random(SEED)  # noqa: S311 - what to break, the same every time
    wards = [reachable_ward(scene) for _ in range(WARDS + PHONES)]
    flags = [
        make_flag(ward.patient, category=category, side=side)
        for ward in wards[:WARDS]
        for category, _ in CATEGORIES
        for side in SIDES
    ]
    phones = [
        SocketPhone(token_of(ward.patient.user), port=scene.web.port)
        for ward in wards[WARDS:]
    ]
    misbehave(scene, chance)
    with ThreadPoolExecutor(PHONES) as threads:
        pushes = [threads.submit(keep_sending, phone, chance) for phone in phones]
        break_everything(scene, chance)
        for push in pushes:
            push.result()
    let_it_end(scene, count=len(flags) + PHONES)

    assert Alert.objects.count() == len(flags) + PHONES
    clock = scene.workers.clock
    scene.workers.log.seek(0)
    laws.at_least_once(scene.box, scene.provider)
    laws.in_order_and_not_early(clock)
    laws.nobody_skipped(wards)
    laws.nothing_clinical_outside(scene.box, scene.provider, scene.workers.log.read())
    assert not scene.provider.plan, "the provider has not failed in every way"


def reachable_ward(scene: Scene) -> Ward:
    """Make a ward whose first has a webhook and whose second has a telephone."""
    ward = make_ward()
    now = timezone.now()
    for user, kind, address, keys in (
        (ward.duty, "webhook", f"{scene.provider.url}/hook", {"secret": SECRET}),
        (ward.second, "sms", "+441632960123", {}),
    ):
        ContactPoint.objects.create(
            user=user, kind=kind, address=address, keys=keys, created_at=now
        )
    return ward


def misbehave(scene: Scene, chance: random.Random) -> None:
    later, no = ["451 later"] * 6 * WARDS, ["250 OK"] * 9 + ["421 no"]
    scene.box.answers = {"DATA": later, "MAIL": no * WARDS}
    scene.box.accept_and_hang_up, scene.box.delay = 4 * WARDS, 0.01
    scene.provider.will_fail(FAULTS, chance)


def keep_sending(phone: SocketPhone, chance: random.Random) -> None:
    """Push a danger in the middle of all that, until the server says that it has it."""
    time.sleep(chance.uniform(0, 5))
    danger = {
        "id": "safety.check.1",
        "recorded_at": timezone.now().isoformat(),
        "saddle_anal_numbness": "new",
    }
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(
            OSError, http.client.HTTPException, json.JSONDecodeError
        ):
            if phone.post({"changes": {"red_flag_checks": [danger]}}).status_code < 300:
                return
        time.sleep(0.1)
    pytest.fail("the server did not come back")


def break_everything(scene: Scene, chance: random.Random) -> None:
    for _ in range(HANDS):
        scene.workers.start()
    Hand(scene.workers, scene.web, chance).act(KILLS, JUMPS)


def let_it_end(scene: Scene, *, count: int) -> None:
    """Wait for the last step of every alert, and then for what still is to be sent."""
    clock = scene.workers.clock

    def escalated() -> bool:
        return Alert.objects.filter(step=laws.LAST_STEP).count() == count

    def sent() -> bool:
        clock.set_wrong(minutes=clock.offsets[-1] + 10)  # no waiting for back-off
        return not Delivery.objects.filter(state__in=("queued", "leased")).exists()

    wait_until(escalated, patience=PATIENCE, what="everybody is told of every alert")
    clock.sending_only = True
    clock.write()
    wait_until(sent, patience=PATIENCE, what="every message is sent")
    scene.workers.kill_all()
    connection.close()
