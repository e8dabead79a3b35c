"""How the self-tests of a phone are read, whatever it sends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.self_tests import DROP, NONE, REPEAT, fired, history, log, state
from tracker.domain.red_flags import TestHistory


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, "0", " 0 "], ids=repr)
def test_a_score_is_read_in_every_spelling(zero: object) -> None:
    assert fired(log(zero, zero), known=state(history())) == DROP


@pytest.mark.parametrize(
    "wrong",
    [-1, 4, 0.5, True, False, None, "", "zero", [0], {"a": 0}, 10**400, float("nan")],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_score_is_silence(wrong: object) -> None:
    assert fired(log(wrong, wrong), known=state(history())) == NONE


@pytest.mark.parametrize("at", [None, "", "yesterday", 0, "9999-99-99", [], "1" * 5000])
def test_a_report_without_a_time_is_of_now(at: object) -> None:
    assert fired(log(0, 0) | {"recorded_at": at}, known=state(history())) == DROP


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:12Z",
        "2019-12-31T23:59:59Z",
        "2026-03-21T09:00:01Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_clock_that_cannot_be_believed_never_hides_a_drop(at: str) -> None:
    assert fired(log(0, 0) | {"recorded_at": at}, known=state(history())) == DROP


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z"])
def test_an_old_report_is_old(at: str) -> None:
    assert fired(log(0, 0) | {"recorded_at": at}, known=state(history())) == NONE


def test_a_known_report_of_an_impossible_time_confirms_nothing() -> None:
    at = datetime.max.replace(tzinfo=UTC)
    odd = TestHistory(baseline=3.0, recent=((at, 0, None, "known-0000"),))
    assert fired(log(0), known=state(odd)) == REPEAT


def test_a_time_without_an_offset_is_read_as_utc() -> None:
    old = log(0, 0) | {"recorded_at": "2026-03-01T09:00:00"}
    assert fired(old, known=state(history())) == NONE


def test_codes_are_read_in_every_spelling() -> None:
    odd = log(0, 0) | {"side": " Left", "test": "HEEL_WALK "}
    assert fired(odd, known=state(history())) == DROP
