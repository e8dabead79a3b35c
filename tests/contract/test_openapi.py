"""The API keeps its own schema: no warnings, no 500, nothing that is not described."""

from __future__ import annotations

from io import StringIO

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from backend.wsgi import application
from tests.factories import make_clinic, make_clinician, make_patient, make_team
from tracker.services.sessions import open_session


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_the_schema_is_valid_and_without_warnings():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


schema = schemathesis.openapi.from_wsgi("/api/schema/", application)


@pytest.fixture
def one_connection():
    """Keep the test's transaction open between requests, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(db, one_connection):
    team = make_team(make_clinic())
    people = [make_patient(team=team).user, make_clinician(team=team)]
    return [open_session(user, ip="127.0.0.1", user_agent="tests") for user in people]


# A stream lasts for minutes; tests/integration/sync/test_live.py reads some.
@schema.exclude(path_regex="/stream$").parametrize()
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case, tokens):
    for token in tokens:
        case.call_and_validate(headers={"X-Session-Token": token}, checks=CHECKS)
