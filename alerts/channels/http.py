"""One HTTP client for every provider: bounded in time, and never inwards.

The libraries of the providers are loaded when the first message is sent: a web process
sends none, and would carry 40 MB of them.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from alerts.channels.base import ChannelError


if TYPE_CHECKING:
    import httpx


#: How long a provider may take: to connect, and for each part of the answer.
#: Unit: seconds. Source: our choice; a batch of ten must end within its lease.
TIMEOUT: Final = 10
CONNECT_TIMEOUT: Final = 5

#: Answers that say "not now": time-out, too early, too many, and all of 5xx. With 401 to
#: 405 it is the operator who has to mend something (the login, the bill, the project or
#: path in the settings), and not the address.
_PASSING: Final = frozenset({401, 402, 403, 404, 405, 408, 425, 429})
_SERVER_ERRORS: Final = 500
_ONE_AT_A_TIME: Final = Lock()
_REFUSED: Final = 400
#: More is read as this much; what is then waited is bounded by `domain.retries`.
_LONGEST_ASKED: Final = timedelta(days=1)
#: Digits of seconds that are read. Unit: digits; a day has five.
_DIGITS: Final = 6


def client(*, http2_only: bool = False) -> httpx.Client:
    """Return this process's client; `http2_only` for a server without HTTP/1.1."""
    with _ONE_AT_A_TIME:  # a cache alone makes one for each thread that comes first
        return _client(http2_only=http2_only)


def close() -> None:
    """Hang up with every provider; the next message connects anew."""
    for http2_only in (False, True):
        client(http2_only=http2_only).close()
    _client.cache_clear()


@cache
def _client(*, http2_only: bool) -> httpx.Client:
    import httpx

    return httpx.Client(
        http1=not http2_only,
        http2=http2_only,
        timeout=httpx.Timeout(TIMEOUT, connect=CONNECT_TIMEOUT),
        trust_env=False,
    )


def post(url: str, *, http2_only: bool = False, **options: Any) -> httpx.Response:
    """Return the answer whatever its status; ChannelError when there is none."""
    import httpx

    try:
        return client(http2_only=http2_only).post(url, **options)
    except (httpx.TransportError, httpx.InvalidURL):
        code = "unreachable"
        raise ChannelError(code, permanent=False) from None


def refusal(
    answer: httpx.Response, *, code: str = "", operators: bool = False
) -> ChannelError | None:
    """Return what a status means when the provider says nothing more, None for fine.

    `operators` says that the code names a fault of the operator's, whatever the status.
    """
    status = answer.status_code
    if status < _REFUSED:
        return None
    passing = operators or status in _PASSING or status >= _SERVER_ERRORS
    return ChannelError(
        code or f"http_{status}",
        permanent=not passing,
        retry_after=_retry_after(answer) if passing else None,
    )


def post_outward(url: str, **options: Any) -> httpx.Response:
    """Post to an address that a person chose, never into the operator's own network.

    Whoever registers an address decides where this server knocks: it must not become
    a way to machines that only this server can see. The name is resolved once, and the
    address that was checked is the one that is connected to: a name that means another
    machine a moment later gains nothing.
    """
    if settings.OUTGOING_PRIVATE:
        return post(url, **options)
    return post_to(_outward_address(url), url, **options)


def post_to(address: str, url: str, **options: Any) -> httpx.Response:
    """Post to this address under the name of the URL; its certificate is checked."""
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    there = parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host)
    return post(
        there.geturl(),
        # Not kept open: another name at the same address must show its own certificate.
        headers=options.pop("headers", {})
        | {"Host": parts.netloc.rpartition("@")[2], "Connection": "close"},
        extensions={"sni_hostname": parts.hostname},
        **options,
    )


def _outward_address(url: str) -> str:
    """Return what the name means, checked; ChannelError when any of it is inside."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443)
    except OSError:
        code = "unreachable"
        raise ChannelError(code, permanent=False) from None
    addresses = [str(each[4][0]) for each in found]
    if not all(ipaddress.ip_address(each).is_global for each in addresses):
        code = "private_address"
        raise ChannelError(code, permanent=True)
    return min(addresses, key=lambda each: ":" in each)  # IPv4, which reaches most


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """Return the wait that is asked for, in seconds or until a date (RFC 9110, 10.2.3).

    A date counts from the provider's own `Date`, for its clock may differ from ours. What
    is neither, or not after that, asks for nothing.
    """
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return min(timedelta(seconds=int(asked[:_DIGITS])), _LONGEST_ASKED)
    until, sent = _date(asked), _date(answer.headers.get("Date", ""))
    if until is None or sent is None or until <= sent:
        return None
    return min(until - sent, _LONGEST_ASKED)


def _date(text: str) -> datetime | None:
    """Return an HTTP date; None for everything else."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
