"""Every address that the server answers, tried by every role, against url_table.py."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from alerts.models import ContactPoint
from tests.clinic_scene import make_alert
from tests.factories import (
    make_administrator,
    make_baseline,
    make_caregiver,
    make_clinic,
    make_clinician,
    make_entry,
    make_episode,
    make_patient,
    make_quarantined,
    make_team,
    make_treatment,
    token_of,
)
from tests.integration import url_table
from tracker.models import PainLog
from tracker.services import caregivers


METHODS = ("get", "post", "put", "patch", "delete")


def routes(resolver: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route, pattern


def methods_of(pattern: URLPattern) -> list[str]:
    """Return what a class-based view implements; what a function does is not known."""
    view = getattr(pattern.callback, "view_class", None) or getattr(
        pattern.callback, "cls", None
    )
    return [method.upper() for method in METHODS if hasattr(view, method)]


@pytest.fixture
def scene(db):
    """One patient with one of everything, and the words to fill addresses with."""
    clinic = make_clinic()
    team = make_team(clinic)
    clinician = make_clinician(team=team)
    administrator = make_administrator(clinic)
    patient = make_patient(team=team)
    caregiver = make_caregiver(patient, may_write=True)
    code, _ = caregivers.invite_caregiver(
        patient.pk, may_write=False, by=patient.user, now=timezone.now()
    )
    episode = make_episode(patient)
    alert = make_alert(patient, tier="urgent", hours=1, now=timezone.now())
    words = {
        "patient_id": patient.pk,
        "clinic_id": clinic.pk,
        "team_id": team.pk,
        "episode_id": episode.pk,
        "treatment_id": make_treatment(episode, by=clinician).pk,
        "baseline_id": make_baseline(episode, by=clinician).pk,
        "quarantine_id": make_quarantined(patient).pk,
        "collection": "pain_logs",
        "kind": "exam",
        "what": "covers",
        "membership_id": clinician.memberships.get().pk,
        "rule_id": "R11",
        "setting": "rise_points",
        "entry_id": make_entry(PainLog, patient, local_day=date(2026, 3, 1)).pk,
        "alert_id": alert.pk,
        "message_id": alert.deliveries.get(recipient=clinician).pk,
        "point_id": ContactPoint.objects.create(
            user=patient.user, kind="apns", address="ab" * 32, created_at=timezone.now()
        ).pk,
        "caregiver_id": caregiver.pk,
        "code_id": code.pk,
        "flag_id": alert.flags.get().pk,
    }
    people = {
        "anonymous": None,
        "patient": patient.user,
        "other patient": make_patient(make_clinic()).user,
        "caregiver": caregiver.user,
        "stranger": make_clinician(),
        "clinician": clinician,
        "administrator": administrator,
    }
    assert tuple(people) == url_table.ROLES
    return {role: _client(user) for role, user in people.items()}, words


def _client(user):
    """Return a browser and an app in one: session cookie and session token."""
    if user is None:
        return Client(raise_request_exception=False)
    client = Client(
        headers={"X-Session-Token": token_of(user)}, raise_request_exception=False
    )
    client.force_login(user)
    return client


def address(route: str, words: dict[str, Any]) -> str:
    """Fill a route's parameters; where the scene has no word, anything will do."""
    filled = re.sub(
        r"<(?:(\w+):)?(\w+)>",
        lambda found: str(
            words.get(found[2], "1" if found[1] in ("int", "path") else "x")
        ),
        re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route),
    )
    return "/" + filled.replace("^", "").replace("$", "").replace("\\Z", "")


def status_of(client: Client, row: url_table.Row, route: str, words) -> int:
    """Return the status; what the request changed is undone."""
    body = url_table.BODIES.get((row.method, route))
    if route.startswith(("api/", "_allauth/")):
        kind, sent = "application/json", json.dumps({} if body is None else body)
    else:
        kind, sent = "application/x-www-form-urlencoded", ""
    sent = "" if row.method == "GET" else sent
    with transaction.atomic():
        response = client.generic(row.method, address(route, words), sent, kind)
        if response.streaming:
            # Not response.close(): that would end the test's transaction, too.
            for close in vars(response)["_resource_closers"]:
                close()
        transaction.set_rollback(True)
    return response.status_code


@pytest.fixture
def no_log():
    """Keep a thousand lines about requests out of the report of a failure."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_address_answers_every_role_as_declared(scene, no_log):
    clients, words = scene
    problems = []
    used = set()
    for route, pattern in routes(get_resolver()):
        rows = url_table.rows_for(route)
        used.update(rows)
        if not rows:
            problems.append(f"{route}: not in url_table.py")
        if route.startswith(("api/", "_allauth/")) and url_table.is_exact(rows):
            missing = set(methods_of(pattern)) - {row.method for row in rows}
            problems += [f"{method} {route}: not in url_table.py" for method in missing]
        for row in rows:
            got = tuple(
                status_of(client, row, route, words) for client in clients.values()
            )
            if got != row.statuses:
                problems.append(
                    f"{row.method:6}{route}\n    expected {row.statuses}\n"
                    f"    got      {got}"
                )
    problems += [
        f"{row.method:6}{row.route}: in url_table.py, but served no longer"
        for row in url_table.TABLE
        if row not in used
    ]
    if problems:
        pytest.fail("\n".join([f"roles: {url_table.ROLES}", *problems]), pytrace=False)
