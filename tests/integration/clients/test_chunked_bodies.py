"""Bodies that come in chunks, as a phone that streams sends them, to the real server."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.integration.sync.conftest import make_patient, pain, token_of
from tracker.models import PainLog


pytestmark = [
    pytest.mark.xdist_group("clients"),
    pytest.mark.django_db(transaction=True),
]
MEBIBYTE = 2**20


@pytest.fixture
def token(transactional_db) -> str:
    return token_of(make_patient("one@example.org").user)


def send(port: int, parts: Iterator[bytes], **headers: str) -> tuple[int, Any]:
    """Push in chunks; return status and answer, also of a server that hangs up on us."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        line.putrequest("POST", "/api/v1/sync")
        for name, value in ({"Transfer-Encoding": "chunked"} | named).items():
            line.putheader(name, value)
        line.endheaders(parts, encode_chunked=True)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())


def in_parts(body: bytes, size: int = 100) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


@pytest.mark.parametrize("squeezed", [False, True], ids=["plain", "gzip"])
def test_a_push_in_chunks_is_stored(web_server, token, squeezed) -> None:
    body = json.dumps({"changes": {"pain_logs": [pain() for _ in range(20)]}}).encode()
    encoding = {"Content_Encoding": "gzip"} if squeezed else {}
    sent = gzip.compress(body) if squeezed else body
    status, reply = send(
        web_server.port, in_parts(sent), X_Session_Token=token, **encoding
    )
    assert (status, reply["outcomes"]["new"]) == (200, 20)
    assert PainLog.objects.count() == 20


def test_beyond_the_bound_it_is_too_large(web_server, token) -> None:
    parts = (b" " * MEBIBYTE for _ in range(21))
    status, answer = send(web_server.port, parts, X_Session_Token=token)
    assert (status, answer["code"]) == (413, "body_too_large")


def test_an_empty_one_and_a_stranger_are_refused_as_ever(web_server, token) -> None:
    assert send(web_server.port, iter(()), X_Session_Token=token)[0] == 400
    assert send(web_server.port, in_parts(b"{}"))[0] == 401
    assert not PainLog.objects.exists()
