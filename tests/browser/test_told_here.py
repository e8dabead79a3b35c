"""Somebody switches messages on and off in their browser, with the keyboard.

Chromium does not subscribe in a private window, as a test's is, nor without Google's
push service, so PushManager is answered by a stub. The service worker, the permission, the page's policy and the
notification are Chromium's own.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alerts.models import ContactPoint
from tests.browser.conftest import log_in
from tests.browser.test_web_push import SHOWN


#: What stands in for the push service: one subscription, which outlives the page.
STUB = """(() => {
  const make = (options) => ({
    endpoint: "https://push.example/send/one",
    options: {applicationServerKey: Uint8Array.from(
      atob(options.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0)).buffer},
    unsubscribe: async () => { localStorage.removeItem("stub"); return true; },
    toJSON: () => ({endpoint: "https://push.example/send/one",
                    keys: {p256dh: "A".repeat(87), auth: "B".repeat(22)}}),
  });
  PushManager.prototype.getSubscription = async () =>
    localStorage.getItem("stub") ? make(localStorage.getItem("stub")) : null;
  PushManager.prototype.subscribe = async ({applicationServerKey}) => {
    localStorage.setItem("stub", applicationServerKey);
    return make(applicationServerKey);
  };
})()"""
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"


@pytest.fixture
def told(page: Page, live_server: Any, scene: Any, complaints: Any, settings: Any):
    """Log the nurse in where the operator has a key; the console stays silent."""
    settings.VAPID_PRIVATE_KEY = KEY
    log_in(page, live_server.url, scene.nurse.email)
    yield f"{live_server.url}/told/"
    assert complaints == []


def in_use() -> int:
    return ContactPoint.objects.filter(retired_at=None).count()


def test_on_an_example_and_off_by_the_keyboard(told, page, context):
    context.grant_permissions(["notifications"])
    page.add_init_script(STUB)
    page.goto(told)
    expect(page.get_by_text("You are not told in this browser.")).to_be_visible()
    page.get_by_role("button", name="Tell me in this browser", exact=True).press(
        "Enter"
    )
    expect(page.get_by_text("You are told in this browser.")).to_be_visible()
    expect(page.get_by_text("this browser", exact=True)).to_be_visible()
    assert in_use() == 1

    found: list[Any] = []
    for _ in range(3):  # a busy machine starts the worker late; the tag makes them one
        if not found:
            page.get_by_role("button", name="Show me an example").press("Enter")
            found = page.evaluate(SHOWN)
    (shown,) = found
    assert shown["title"] == "Rootwatch"

    page.get_by_role("button", name="Stop telling me in this browser").press("Enter")
    expect(page.get_by_text("You are not told in this browser.")).to_be_visible()
    assert in_use() == 0
    assert page.evaluate("localStorage.getItem('stub')") is None


def test_a_subscription_for_another_key_does_not_count_as_told(told, page, context):
    context.grant_permissions(["notifications"])
    page.add_init_script(STUB)
    page.goto(told)
    page.get_by_role("button", name="Tell me in this browser", exact=True).click()
    expect(page.get_by_text("You are told in this browser.")).to_be_visible()
    page.evaluate("localStorage.setItem('stub', 'B' + 'A'.repeat(86))")
    page.reload()
    expect(page.get_by_text("You are not told in this browser.")).to_be_visible()
    page.get_by_role("button", name="Tell me in this browser", exact=True).click()
    expect(page.get_by_text("You are told in this browser.")).to_be_visible()
    assert in_use() == 1


def test_a_push_service_that_does_not_answer_is_said_in_words(
    told, page, context, complaints
):
    context.grant_permissions(["notifications"])
    page.goto(told)  # without the stub: Chromium refuses a private window
    page.get_by_role("button", name="Tell me in this browser", exact=True).click()
    expect(page.get_by_text("could not be subscribed")).to_be_visible()
    assert in_use() == 0
    assert all("Push API in incognito" in complaint for complaint in complaints)
    complaints.clear()


def test_a_browser_that_blocks_or_lacks_them_says_what_to_do(told, page):
    blocked = "{get: () => 'denied', configurable: true}"
    page.add_init_script(
        f"Object.defineProperty(Notification, 'permission', {blocked})"
    )
    page.goto(told)
    expect(page.get_by_text("blocks notifications of these pages")).to_be_visible()
    page.add_init_script("delete window.PushManager")
    page.goto(told)
    expect(page.get_by_text("offers no notifications here")).to_be_visible()
    button = page.get_by_role("button", name="Tell me in this browser", exact=True)
    expect(button).to_be_hidden()


def test_the_worker_shows_a_push_and_nothing_clinical(told, page, context):
    context.grant_permissions(["notifications"])
    page.goto(told)
    known: list[Any] = []
    devtools = context.new_cdp_session(page)
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate(
        "async () => { await navigator.serviceWorker.register('/told/worker.js');"
        " await navigator.serviceWorker.ready; }"
    )
    message = (
        '{"title": "Rootwatch", "body": "Please open Rootwatch.", "alert_id": "a"}'
    )
    found: list[Any] = []
    for _ in range(3):  # a busy machine starts the worker late; the tag makes them one
        if not found:
            devtools.send(
                "ServiceWorker.deliverPushMessage",
                {
                    "origin": told.removesuffix("/told/"),
                    "registrationId": known[-1]["registrationId"],
                    "data": message,
                },
            )
            found = page.evaluate(SHOWN)
    (shown,) = found
    assert (shown["title"], shown["body"], shown["tag"]) == (
        "Rootwatch",
        "Please open Rootwatch.",
        "a",
    )
    assert shown["data"] == {"alert_id": "a"}


#: What the browser hands to the worker when it ends a subscription; some hand over nothing.
ENDED = """async (old) => {
  PushManager.prototype.subscribe = async ({applicationServerKey}) => ({
    toJSON: () => ({endpoint: "https://push.example/send/two",
                    keys: {p256dh: "C".repeat(87), auth: "D".repeat(22)}}),
  });
  await subscribeAnew({oldSubscription: old && {endpoint: old, options: {}}});
}"""


@pytest.mark.parametrize("old", ["https://push.example/send/one", None])
def test_a_subscription_that_the_browser_ends_is_renewed_without_a_session(
    told, page, context, old
):
    context.grant_permissions(["notifications"])
    page.add_init_script(STUB)
    page.goto(told)
    page.get_by_role("button", name="Tell me in this browser", exact=True).click()
    expect(page.get_by_text("You are told in this browser.")).to_be_visible()
    context.clear_cookies()
    (worker,) = context.service_workers
    worker.evaluate(ENDED, old)
    (point,) = ContactPoint.objects.filter(retired_at=None)
    assert (point.address, point.keys["auth"]) == (
        "https://push.example/send/two",
        "D" * 22,
    )
