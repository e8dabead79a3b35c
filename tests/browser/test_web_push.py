"""A message of ours, encrypted for keys that Chromium made, becomes a notification.

The service worker is the one that docs/channels.md shows. Chromium does not subscribe
without Google's push service, so the subscription's keys are made by its WebCrypto, the
push service is a server of this test, and the message is decrypted here and handed to
the service worker by the DevTools protocol, as Chromium itself would.
"""

from __future__ import annotations

import re
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from playwright.sync_api import BrowserContext, Page

from alerts.channels import http
from alerts.models import ContactPoint
from alerts.services import sending
from tests.integration.alerts.conftest import NOW, make_alert, make_ward
from tests.integration.alerts.providers import provider


PAGE = Path(__file__).resolve().parents[2] / "docs" / "channels.md"
AUTH = b"0123456789abcdef"
MAKE_KEYS = """async () => {
  const keys = await crypto.subtle.generateKey(
    {name: "ECDH", namedCurve: "P-256"}, true, ["deriveBits"]);
  return {
    public: [...new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey))],
    secret: (await crypto.subtle.exportKey("jwk", keys.privateKey)).d,
  };
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  let shown = [];
  for (let i = 0; i < 100 && !shown.length; i++) {
    shown = await registration.getNotifications();
    await new Promise(done => setTimeout(done, 50));
  }
  return shown.map(({title, body, tag, data}) => ({title, body, tag, data}));
}"""


@pytest.fixture
def app() -> Iterator[str]:
    """Serve an app that has nothing but the service worker of the docs."""
    found = re.search(r"```js\n(// sw\.js.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    worker = found[1].encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/sw.js"
            self.send_response(200)
            kind = "text/javascript" if script else "text/html"
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(worker if script else b"<!doctype html><title>app</title>")

        def log_message(self, *args: object) -> None:
            """Keep the tests quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_it_is_shown_with_the_id_of_its_alert(
    app: str,
    page: Page,
    context: BrowserContext,
    settings: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("vapid_key")
    settings.VAPID_PRIVATE_KEY = capsys.readouterr().out.strip().partition("=")[2]
    settings.OUTGOING_PRIVATE = True
    context.grant_permissions(["notifications"], origin=app)
    page.goto(app)
    made = page.evaluate(MAKE_KEYS)

    ward = make_ward()
    keys = {"p256dh": _base64(bytes(made["public"])), "auth": _base64(AUTH)}
    with provider() as service:
        ContactPoint.objects.create(
            user=ward.duty,
            kind="web_push",
            address=f"{service.url}/push",
            keys=keys,
            created_at=NOW,
        )
        alert = make_alert(ward)
        sending.send_due(now=NOW)
        http.close()
    (asked,) = service.asked
    secret = int.from_bytes(urlsafe_b64decode(made["secret"] + "=="), "big")
    plain = http_ece.decrypt(
        asked.body,
        private_key=ec.derive_private_key(secret, ec.SECP256R1()),
        auth_secret=AUTH,
    ).decode()

    _push(context, page, app, plain)
    (shown,) = page.evaluate(SHOWN)
    assert (shown["title"], shown["body"]) == ("Rootwatch", "Please open Rootwatch.")
    assert shown["tag"] == shown["data"]["alert_id"] == str(alert.pk)


def _push(context: BrowserContext, page: Page, app: str, plain: str) -> None:
    """Hand a message to the service worker, as the push service's client would."""
    known: list[Any] = []
    devtools = context.new_cdp_session(page)
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate(
        "async () => { await navigator.serviceWorker.register('/sw.js');"
        " await navigator.serviceWorker.ready; }"
    )
    assert known
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": app, "registrationId": known[0]["registrationId"], "data": plain},
    )


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
