"""A patient with a phone, for the sync tests."""

from __future__ import annotations

import gzip
import json
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.client import ClientHandler

from backend.embedded import Home
from tests.own_postgres import OwnPostgres
from tracker.models import Clinic, Patient, SyncCounter, User
from tracker.services.sessions import open_session


CANARY = "CANARY"
#: Its middleware is loaded once, not for each request of each phone.
_handler = ClientHandler(enforce_csrf_checks=False)


def make_patient(email: str) -> Patient:
    clinic, _ = Clinic.objects.get_or_create(name=f"Clinic {CANARY}")
    user = User.objects.create_user(email, "correct horse battery")
    patient = Patient.objects.create(
        user=user,
        clinic=clinic,
        name=f"Patient {CANARY}",
        timezone="Europe/Berlin",
        enrolled_at=datetime.now(UTC),
    )
    SyncCounter.objects.create(patient=patient)
    return patient


def token_of(user: User) -> str:
    return open_session(user, ip="127.0.0.1", user_agent="tests")


@dataclass
class Phone:
    """What a phone does: keeps a cursor and sends what it has."""

    token: str
    device: str = field(default_factory=lambda: str(uuid.uuid4()))
    cursor: str | None = None
    held: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def post(self, body: bytes | dict[str, Any], **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        client = Client()
        client.handler = _handler
        return client.post(
            "/api/v1/sync",
            data=raw,
            content_type="application/json",
            headers={"X-Session-Token": self.token, **headers},
        )

    def sync(self, changes: dict[str, Any] | None = None, **more: Any) -> Any:
        body = {
            "cursor": self.cursor,
            "device": self.device,
            "changes": changes or {},
            **more,
        }
        response = self.post(body)
        assert response.status_code == 200, response.content
        return response.json()

    def full_sync(self, changes: dict[str, Any] | None = None, **more: Any) -> Any:
        """Sync and keep what comes, page by page, as a phone does."""
        first = reply = self.sync(changes, **more)
        while True:
            for name, records in reply["changes"].items():
                for record in records:
                    self.held[name, record["id"]] = record
            self.cursor = reply["cursor"]
            if not reply["has_more"]:
                return first
            reply = self.sync(**more)

    def gzip_sync(self, changes: dict[str, Any]) -> Any:
        body = json.dumps({"device": self.device, "changes": changes}).encode()
        return self.post(gzip.compress(body), **{"Content-Encoding": "gzip"})


@pytest.fixture
def patient(db) -> Patient:
    return make_patient("patient@example.org")


@pytest.fixture
def phone(patient) -> Phone:
    return Phone(token_of(patient.user))


@pytest.fixture
def second_phone(patient) -> Phone:
    return Phone(token_of(patient.user))


@pytest.fixture
def stranger(db) -> Phone:
    return Phone(token_of(make_patient("stranger@example.org").user))


@pytest.fixture
def postgres(transactional_db: None, tmp_path: Path) -> Iterator[OwnPostgres]:
    """Give this process a PostgreSQL of the test's own, with empty tables.

    Not in pytest's folder: another run of pytest closes that to PostgreSQL's account.
    """
    with tempfile.TemporaryDirectory(
        prefix="rootwatch-postgres-", ignore_cleanup_errors=True
    ) as folder:
        server = OwnPostgres(Home(Path(folder) / "servers"))
        try:
            server.copy_of_the_test_database(tmp_path)
            with server.used_by_django():
                yield server
        finally:
            server.kill()


def pain(record_id: str | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": record_id or str(uuid.uuid4()),
        "recorded_at": "2026-03-01T07:30:00+01:00",
        "note": None,
        "withdrawn_at": None,
        "site": "leg",
        "side": "left",
        "intensity": 5,
        "worst": None,
        "regions": ["lateral_calf"],
        "qualities": ["shooting"],
        "triggers": None,
        "relievers": None,
    } | fields
