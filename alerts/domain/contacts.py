"""What an address of each kind must look like, and how many a person may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit


WEB_PUSH: Final = "web_push"
FCM: Final = "fcm"
APNS: Final = "apns"
SMS: Final = "sms"
WEBHOOK: Final = "webhook"
KINDS: Final = (WEB_PUSH, FCM, APNS, SMS, WEBHOOK)
#: An app instance: who logs in on it takes it over from whoever was there before.
OF_A_DEVICE: Final = frozenset({WEB_PUSH, FCM, APNS})
#: What only staff may register, unless the operator opens it.
FOR_STAFF: Final = frozenset({SMS, WEBHOOK})

#: Each address of these may lie on another server: what fails is one person's.
OF_MANY_SERVERS: Final = frozenset({WEB_PUSH, WEBHOOK})

#: How many a person may have of one kind; a new one beyond retires the oldest.
#: Unit: addresses. Source: our choice: a telephone, a tablet, a computer, two spares.
MOST: Final = 5
#: Longest address. Unit: characters.
#: Source: FCM tokens and push endpoints are a few hundred; an index row holds 2,700.
ADDRESS_LENGTH: Final = 2000
#: The keys of a web push subscription (RFC 8291): a P-256 point of 65 bytes and a
#: secret of 16, base64url without padding.
_KEY_LENGTHS: Final = {"p256dh": 87, "auth": 22}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_FORMS: Final = {
    FCM: (re.compile(r"[A-Za-z0-9_:.-]{20,}"), "a registration token of FCM"),
    APNS: (re.compile(r"(?:[0-9a-fA-F]{2}){32,100}"), "a device token in hexadecimal"),
    SMS: (re.compile(r"\+[1-9][0-9]{6,14}"), "a number such as +441632960123"),
}


def problem(kind: str, address: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong by field, in words; empty when it can be used."""
    if kind in (WEB_PUSH, WEBHOOK):
        wrong = {} if _is_https(address) else {"address": "Send an https address."}
    else:
        form, words = _FORMS[kind]
        wrong = {} if form.fullmatch(address) else {"address": f"Send {words}."}
    if kind == WEB_PUSH and not all(_is_key(keys, name) for name in _KEY_LENGTHS):
        wrong["keys"] = "Send p256dh and auth as the browser's subscription has them."
    return wrong


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return (
            parts.scheme == "https"
            and bool(parts.hostname)
            and parts.username is None
            and (parts.port or 443) > 0
        )
    except ValueError:
        return False


def _is_key(keys: Mapping[str, str], name: str) -> bool:
    key = str(keys.get(name, "")).rstrip("=")
    return len(key) == _KEY_LENGTHS[name] and bool(_BASE64URL.fullmatch(key))
