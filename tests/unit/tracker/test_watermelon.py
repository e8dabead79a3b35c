"""Rows of WatermelonDB and records of ours: there and back, and what is repaired."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import watermelon
from tracker.domain.diary import COLLECTIONS


BERLIN = ZoneInfo("Europe/Berlin")
EMPTY = {
    name: dict.fromkeys(("note", "withdrawn_at", *each.field_names))
    for name, each in COLLECTIONS.items()
}


def there_and_back(table: str, document: dict[str, Any]) -> dict[str, Any]:
    row = watermelon.flat(table, document, patient_id="p")
    return watermelon.document(table, row, zone=BERLIN, held=document)


@pytest.mark.parametrize("table", COLLECTIONS)
@given(
    microseconds=st.integers(10**11, 7 * 10**15),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_a_record_that_came_down_goes_up_as_it_was(
    table, microseconds, minutes
) -> None:
    at = watermelon.EPOCH + timedelta(microseconds=microseconds)
    at = at.astimezone(timezone(timedelta(minutes=minutes)))
    document = {
        "id": "entry001",
        "recorded_at": at.isoformat(),
        **EMPTY[table],
        "withdrawn_at": "2026-03-01T06:30:00.123456+00:00",
    }
    back = there_and_back(table, document)
    assert document.items() <= back.items()


def test_columns_are_flat_and_types_are_those_of_watermelondb() -> None:
    for columns in watermelon.TABLES.values():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert {column.type for column in columns} <= {"string", "number", "boolean"}
        assert not {"id", "_status", "_changed"} & set(names)


@pytest.mark.parametrize(
    ("row", "field", "becomes"),
    [
        ({"regions": '["heel"]'}, "regions", ["heel"]),
        ({"regions": ""}, "regions", None),
        ({"regions": "[heel"}, "regions", "[heel"),
        ({"regions": "[" * 100_000}, "regions", "[" * 100_000),
        ({"site": ""}, "site", None),
        ({"note": ""}, "note", ""),
        ({"intensity": 0}, "intensity", 0),
        ({"withdrawn_at": 0}, "withdrawn_at", None),
        ({"withdrawn_at": 1000}, "withdrawn_at", "1970-01-01T00:00:01+00:00"),
        ({"withdrawn_at": True}, "withdrawn_at", True),
        ({"recorded_at": 10**30}, "recorded_at", 10**30),
        ({"recorded_at": "1772323200000"}, "recorded_at", "1772323200000"),
        (
            {"recorded_at": 0, "recorded_offset_minutes": "x"},
            "recorded_at",
            "1970-01-01T01:00:00+01:00",
        ),
        (
            {"recorded_at": 0, "recorded_offset_minutes": -300},
            "recorded_at",
            "1969-12-31T19:00:00-05:00",
        ),
        (
            {"recorded_at": 0, "recorded_offset_minutes": 9999},
            "recorded_at",
            "1970-01-01T01:00:00+01:00",
        ),
    ],
)
def test_what_can_be_read_is_and_the_rest_goes_on_as_it_came(
    row, field, becomes
) -> None:
    record = watermelon.document("pain_logs", row, zone=BERLIN, held={})
    assert record[field] == becomes


def test_what_the_client_keeps_for_itself_does_not_go_on() -> None:
    row = {"_status": "created", "_changed": "note", "revision": 7, "recorded_at": 0}
    record = watermelon.document("pain_logs", row, zone=BERLIN, held={})
    assert set(record) == {"recorded_at"}
