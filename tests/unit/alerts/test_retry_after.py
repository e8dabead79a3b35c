"""What a provider asks for with `Retry-After`: seconds, or a date."""

from __future__ import annotations

import httpx
import pytest

from alerts.channels import http


DATE = "Mon, 02 Mar 2026 09:00:00 GMT"
DAY = 24 * 60 * 60


def asked(text: str, *, date: str = DATE, status: int = 429) -> float | None:
    headers = [(b"Retry-After", text.encode("latin-1")), (b"Date", date.encode())]
    refused = http.refusal(httpx.Response(status, headers=headers))
    assert refused
    wait = refused.retry_after
    return None if wait is None else wait.total_seconds()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("9" * 5000, DAY),
        ("Mon, 02 Mar 2026 09:02:00 GMT", 120),
        ("Monday, 02-Mar-26 09:02:00 GMT", 120),
        ("Mon Mar  2 09:02:00 2026", 120),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ("Mon, 02 Mar 2026 11:02:00 +0200", 120),
    ],
)
def test_seconds_and_each_form_of_a_date(text: str, seconds: int) -> None:
    assert asked(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "1e3",
        "²",
        DATE,
        "Mon, 02 Mar 2026 08:59:00 GMT",
        "Mon, 31 Feb 2026 09:02:00 GMT",
        "Mon, 02 Mar 2026 09:02:00 +9999",
        "1 Jan 99999999999999999999 00:00:00",
        "Mon, 02 Mar",
    ],
)
def test_garbage_and_what_is_past_ask_for_nothing(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize("date", ["", "garbage"])
def test_a_date_says_nothing_without_the_clock_that_it_is_by(date: str) -> None:
    assert asked("Mon, 02 Mar 2026 09:02:00 GMT", date=date) is None


def test_what_will_never_pass_asks_for_nothing() -> None:
    assert asked("120", status=400) is None
