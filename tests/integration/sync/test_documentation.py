"""What docs/sync-protocol.md shows is what the server does."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import playwright
import pytest

from tests.integration.sync.conftest import pain
from tracker.services.sync import envelope


pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sync-protocol.md"
NODE = Path(playwright.__file__).parent / "driver" / "node"
OMITTED = "..."


def example(name: str) -> str:
    found = re.search(
        rf"<!-- example: {name} -->\n```\w+\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    assert found, name
    return found[1]


def alike(shown: object, real: object) -> bool:
    """Return whether a reply is as shown; `...` stands for whatever comes."""
    if shown == OMITTED:
        return real is not None
    if isinstance(shown, dict) and isinstance(real, dict):
        return shown.keys() == real.keys() and all(
            alike(shown[key], real[key]) for key in shown
        )
    if isinstance(shown, list) and isinstance(real, list):
        return len(shown) == len(real) and all(map(alike, shown, real))
    return shown == real


def test_the_example_is_answered_as_shown(phone):
    response = phone.post(example("request").encode())
    assert response.status_code == 200
    reply = response.json()
    shown = json.loads(example("reply"))
    differing = {
        key: reply.get(key) for key in shown if not alike(shown[key], reply.get(key))
    }
    assert not differing
    assert shown.keys() == reply.keys()


@pytest.fixture
def collections(phone) -> dict[str, list[dict[str, object]]]:
    phone.full_sync(
        {
            "pain_logs": [pain(worst=9), pain(note='ü — 🙂 "\\\n\u2028')],
            "day_logs": [
                {
                    "id": f"day-000{n}",
                    "recorded_at": "2026-03-01T21:00:00.5Z",
                    "weight_kg": weight,
                }
                for n, weight in enumerate((82, 82.5))
            ],
        }
    )
    held: dict[str, list[dict[str, object]]] = {"pain_logs": [], "day_logs": []}
    for (name, _), record in phone.held.items():
        held.setdefault(name, []).append(record)
    return held


@pytest.fixture
def told(phone, collections, client):
    reply = client.get(
        "/api/v1/sync/digest", headers={"X-Session-Token": phone.token}
    ).json()
    return {name: reply[name] for name in collections}


def test_the_python_snippet_computes_the_digest(collections, told):
    scope: dict[str, object] = {}
    exec(example("python"), scope)  # noqa: S102
    digest = scope["digest"]
    assert {name: digest(rows) for name, rows in collections.items()} == told


def test_the_javascript_snippet_computes_the_digest(collections, told):
    program = (
        "globalThis.crypto ??= require('crypto').webcrypto;\n"
        + example("javascript")
        + "(async () => { const all = JSON.parse(require('fs').readFileSync(0));"
        "const out = {}; for (const name in all) out[name] = await digest(all[name]);"
        "console.log(JSON.stringify(out)); })();"
    )
    answer = subprocess.run(
        [NODE, "-e", program],
        input=json.dumps(collections),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == told


def test_the_limits_are_those_of_the_code():
    text = PAGE.read_text()
    assert f"| {envelope.MAX_BODY_BYTES // 1024**2} MiB |" in text
    assert f"| records in one push | {envelope.MAX_NATIVE_RECORDS:,} |" in text
    assert f"cannot split | {envelope.MAX_RECORDS:,} |" in text
    assert f"| records in one reply | {envelope.MAX_LIMIT:,} |" in text
    assert f"{envelope.DEFAULT_LIMIT:,} when left out" in text
