"""Patients and RxDB phones for the tests that run the real client."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from tests.integration.clients.node import NodePhone
from tests.integration.sync.conftest import make_patient, token_of
from tracker.models import Patient


SCRIPT = "rxdb/phone.mjs"


def new_patient() -> Patient:
    return make_patient(f"{uuid.uuid4()}@example.org")


def open_phone(
    start_phone: Callable[..., NodePhone], patient: Patient, **settings: Any
) -> NodePhone:
    phone = start_phone(SCRIPT)
    reopen(phone, patient, **settings)
    return phone


def reopen(phone: NodePhone, patient: Patient, **settings: Any) -> None:
    named = {
        "token": token_of(patient.user),
        "device": str(uuid.uuid4()),
        "patient": str(patient.pk),
    }
    phone.do("open", **named | settings)


def by_id(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {document["id"]: document for document in documents}
