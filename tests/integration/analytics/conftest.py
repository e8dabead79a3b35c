"""A patient whose left leg loses power, told by a phone through the real sync."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_patient
from tests.integration.sync.conftest import Phone
from tests.integration.sync.conftest import token_of as sync_token


def _iso(at: datetime) -> str:
    return at.isoformat()


def heel_walk(day: datetime, score: int, repeat: int | None = None, name: str = ""):
    return {
        "id": name or f"heel-walk-{day:%Y%m%d%H%M}",
        "recorded_at": _iso(day),
        "note": None,
        "withdrawn_at": None,
        "side": "left",
        "test": "heel_walk",
        "score": score,
        "repeat_score": repeat,
        "not_done_reason": None,
        "felt_weakness": None,
    }


def check(day: datetime, **answers: str):
    return {
        "id": f"red-flags-{day:%Y%m%d%H%M}",
        "recorded_at": _iso(day),
        "note": None,
        "withdrawn_at": None,
        **answers,
    }


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def patient(db):
    return make_patient()


@pytest.fixture
def phone(patient) -> Phone:
    return Phone(sync_token(patient.user))


@pytest.fixture
def weak(phone, now) -> Phone:
    """A patient whose left heel walk crept down over the last days."""
    push_weakness(phone, now)
    return phone


def push_weakness(phone: Phone, now: datetime) -> None:
    tests = [heel_walk(now - timedelta(days=ago), 3) for ago in range(30, 6, -1)]
    tests += [heel_walk(now - timedelta(days=ago), 2) for ago in range(6, 0, -1)]
    phone.sync({"weakness_logs": tests})
