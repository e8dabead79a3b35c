"""A log line holds what the allow-list names, and never what a patient wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from uuid import UUID

import pytest

from backend.logging import JsonLines, Readable, begin, request_id


SECRET = "Mrs Example cannot feel her left foot"

Log = Callable[[], str]


@pytest.fixture(params=[JsonLines, Readable])
def logger_and_text(
    request: pytest.FixtureRequest,
) -> tuple[logging.Logger, Log]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logger = logging.Logger("tests.private")  # noqa: LOG001  (apart from the root)
    logger.addHandler(handler)
    return logger, stream.getvalue


def test_no_way_of_logging_lets_a_patients_words_out(
    logger_and_text: tuple[logging.Logger, Log],
) -> None:
    logger, text = logger_and_text
    logger.info("note", extra={"note": SECRET})
    logger.info("note", extra={"patient_id": SECRET, "code": "nurse@demo.example"})
    logger.info("note %s", SECRET)
    logger.info("note %(note)s", {"note": SECRET, "name": SECRET})
    logger.info("note", extra={"error": {"note": SECRET}})
    logger.error(ValueError(SECRET))
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("failed")
    lines = text()
    assert "Example" not in lines
    assert "foot" not in lines
    assert "nurse" not in lines
    assert "ValueError" in lines


def test_ids_counts_and_codes_are_kept(
    logger_and_text: tuple[logging.Logger, Log],
) -> None:
    logger, text = logger_and_text
    patient_id = UUID(int=7)
    logger.info("pushed", extra={"patient_id": patient_id, "record_count": 3})
    assert str(patient_id) in text()
    assert "3" in text()


def test_a_line_is_one_json_object_with_its_request() -> None:
    begin("abcdef-123456")
    record = logging.makeLogRecord({"msg": "two\nlines", "levelname": "INFO"})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["request_id"] == "abcdef-123456"
    assert json.loads(line)["event"] == "two"


@pytest.mark.parametrize(
    "bad", [None, "", "short", "x" * 65, "a b c d e f g", "a\nb" * 5]
)
def test_a_strange_request_id_is_replaced(bad: str | None) -> None:
    assert begin(bad) != bad
    assert len(request_id()) == 32
