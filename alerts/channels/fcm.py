"""Firebase Cloud Messaging, HTTP v1: Android apps, and iOS apps that use it."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from alerts.channels import http, message
from alerts.channels.base import ChannelError, Outgoing
from alerts.channels.points import PointGone, ToPoints, doubtful
from alerts.domain.contacts import FCM
from alerts.models import ContactPoint


if TYPE_CHECKING:
    import httpx
    from google.oauth2.service_account import Credentials

SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
#: How long FCM is left alone when it has had too much and does not say for how long.
#: Source: Firebase, "Scale your FCM messages": 60 seconds without a retry-after.
REST: Final = timedelta(seconds=60)
_TOO_MANY: Final = 429
#: What FCM says of a token that will never work again. INVALID_ARGUMENT is not among
#: them: it may be a fault of ours, which must not retire every telephone.
_GONE: Final = "UNREGISTERED"
#: The token belongs to another project, or the service account does.
_ELSEWHERE: Final = "SENDER_ID_MISMATCH"


class Fcm(ToPoints):
    """Apps that have registered a token with FCM."""

    name = FCM

    @property
    def is_set_up(self) -> bool:
        """Return whether there is a service account to sign in with."""
        return bool(settings.FCM_SERVICE_ACCOUNT)

    def push(self, point: ContactPoint, delivery: Outgoing) -> None:
        """Send one message to one token."""
        account = credentials(settings.FCM_SERVICE_ACCOUNT)
        answer = http.post(
            f"{settings.FCM_URL}/v1/projects/{account.project_id}/messages:send",
            json={"message": _message(point.address, delivery)},
            headers={"Authorization": f"Bearer {_token(account)}"},
        )
        code = error_code(answer)
        if code == _GONE:
            raise PointGone(code.lower())
        if code == _ELSEWHERE:
            raise doubtful(point, code.lower())
        refused = http.refusal(answer, code=code.lower())
        if refused and answer.status_code == _TOO_MANY:
            refused.retry_after = refused.retry_after or REST
        if refused:
            raise refused


@cache
def credentials(path: str) -> Credentials:
    """Return the service account of a key file, read once."""
    from google.oauth2.service_account import Credentials

    info = json.loads(Path(path).read_text(encoding="utf-8"))
    return Credentials.from_service_account_info(  # type: ignore[no-untyped-call,no-any-return]
        info, scopes=[SCOPE]
    )


def error_code(answer: httpx.Response) -> str:
    """Return FCM's own code for a refusal, empty for none."""
    try:
        error = answer.json().get("error", {})
        details: list[dict[str, Any]] = error.get("details", [])
        codes = [detail["errorCode"] for detail in details if "errorCode" in detail]
        return str((codes or [error.get("status", "")])[0])[:40]
    except (ValueError, AttributeError, TypeError):
        return ""


def _token(account: Credentials) -> str:
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    if not account.valid:
        try:
            account.refresh(Request())  # type: ignore[no-untyped-call]
        except GoogleAuthError:
            code = "login_refused"
            raise ChannelError(code, permanent=False) from None
    return str(account.token)


def _message(token: str, delivery: Outgoing) -> dict[str, Any]:
    collapse, presses = message.collapse_key(delivery), message.presses(delivery)
    return {
        "token": token,
        "notification": {"title": message.TITLE, "body": message.body(delivery)},
        "data": message.data(delivery),
        "android": {
            "priority": "HIGH" if presses else "NORMAL",
            "ttl": f"{message.seconds_kept(delivery)}s",
            "collapse_key": collapse,
            "notification": {
                "default_sound": True,
                "notification_priority": "PRIORITY_MAX"
                if presses
                else "PRIORITY_DEFAULT",
            },
        },
        "apns": {
            "headers": {
                "apns-priority": "10" if presses else "5",
                "apns-collapse-id": collapse,
            },
            "payload": {"aps": message.heard(delivery)},  # else iPhones stay silent
        },
    }
