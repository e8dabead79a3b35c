"""The conformance kit: our server and our TypeScript client keep every promise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clients.conformance.driven import scene
from clients.conformance.of_phones import PHONE
from clients.conformance.of_servers import SERVER
from clients.conformance.promises import Promise, judge
from clients.conformance.server import Server
from tests.integration.clients.node import ROOT, node
from tests.integration.sync.conftest import make_patient, token_of


OUR_CLIENT = f"{node()} {ROOT}/clients/typescript/conformance.mjs"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("conformance"),
]


@pytest.fixture
def server(web_server) -> Server:
    patient, other = make_patient("one@example.org"), make_patient("two@example.org")
    return Server(web_server.url, token_of(patient.user), token_of(other.user))


@pytest.mark.parametrize("promise", list(SERVER), ids=lambda promise: promise.name)
def test_our_server_keeps(promise: Promise[Server], server):
    verdict = judge(promise, server)
    assert verdict.outcome == "kept", verdict.reason


@pytest.mark.parametrize("promise", list(PHONE), ids=lambda promise: promise.name)
def test_our_client_keeps(promise, server):
    with scene(server, OUR_CLIENT) as stage:
        verdict = judge(promise, stage)
    assert verdict.outcome == "kept", verdict.reason


def kit(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clients.conformance", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_command_judges_a_server(server):
    done = kit("--url", server.url, "--token", server.token)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "needs a second patient" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("0 broken, 1 not judged")


def test_the_command_needs_a_token(server):
    done = kit("--url", server.url, TOKEN="")
    assert done.returncode == 2
    assert "issue_token" in done.stderr
