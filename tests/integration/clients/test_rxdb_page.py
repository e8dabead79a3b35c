"""What docs/sync-rxdb.md shows is what the tests run, and fits the table of fields."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from tests.integration.clients.node import ROOT
from tracker.api.rxdb_schema import rx_json_schema
from tracker.domain.rxdb import VERSIONS
from tracker.services.rxdb.checkpoint import MAX_BATCH


PAGE = (ROOT / "docs" / "sync-rxdb.md").read_text()
SCHEMAS: dict[str, Any] = json.loads((ROOT / "docs" / "rxdb-schemas.json").read_text())


def test_the_code_on_the_page_is_the_file_that_the_tests_run() -> None:
    shown = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in shown] == ["tests/clients/rxdb/handlers.mjs"]
    for name, code in shown:
        assert code == (ROOT / name).read_text()


def test_the_published_schemas_are_those_of_the_field_table() -> None:
    made = {
        name: [rx_json_schema(name, version) for version in VERSIONS]
        for name in VERSIONS[0]
    }
    assert made == SCHEMAS


@pytest.mark.parametrize("number", [MAX_BATCH])
def test_the_page_names_the_servers_limits(number: int) -> None:
    assert f"{number:,}" in PAGE


def test_a_published_version_never_changes() -> None:
    """Frozen: one more field in a document would stop the pull of every app."""
    digest = hashlib.sha256(json.dumps(VERSIONS[0]).encode()).hexdigest()
    assert digest == "97e2e3671e152c89b9bf031273360567c8c0e2d1670441f26cc56b73ecec017c"
