"""The watcher outside hears of us only while every promise is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.test import override_settings

from alerts.services import sweeping
from backend import dead_man
from backend.celery import PATIENCE
from tests.integration.alerts.conftest import NOW, Ward, make_alert
from tests.integration.alerts.conftest import ward as ward
from tracker.services.heartbeat import beat


class Watcher(ThreadingHTTPServer):
    """A dead-man service on this machine; it remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/an-id"


class Asked(BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep the tests quiet."""


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    with Watcher() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        with override_settings(DEAD_MAN_URL=server.url):
            yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def at_work(ward: Ward) -> Ward:
    """A ward whose jobs have all just run."""
    for job in PATIENCE:
        beat(job, now=NOW)
    return ward


def test_a_sign_of_life_goes_out_while_all_is_well(watcher: Watcher, at_work: Ward):
    make_alert(at_work)
    sweeping.sweep(now=NOW)
    assert dead_man.ping(now=NOW)
    assert watcher.asked == ["/ping/an-id"]


def test_none_while_an_alert_is_behind_schedule(watcher: Watcher, at_work: Ward):
    make_alert(at_work, now=NOW - timedelta(minutes=3))
    assert not dead_man.ping(now=NOW)
    assert watcher.asked == []


def test_none_while_a_job_is_late(watcher: Watcher, at_work: Ward):
    assert not dead_man.ping(now=NOW + timedelta(minutes=6))
    assert watcher.asked == []


def test_a_watcher_that_refuses_or_is_gone_breaks_nothing(
    watcher: Watcher, at_work: Ward
):
    watcher.status = 500
    assert not dead_man.ping(now=NOW)
    with override_settings(DEAD_MAN_URL="http://127.0.0.1:1/"):
        assert not dead_man.ping(now=NOW)


def test_without_an_address_nobody_is_asked(at_work: Ward):
    assert not dead_man.ping(now=NOW)
