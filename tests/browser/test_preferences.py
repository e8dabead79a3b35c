"""What a reader's system asks for: nothing moves, and nothing is told by colour alone."""

from __future__ import annotations

import pytest

from tests.browser.test_keyboard import step


pytestmark = pytest.mark.slow

MOVING = """() => [...document.querySelectorAll("*")].filter((part) => {
  const style = getComputedStyle(part);
  const lasts = (spans) => spans.split(",").some((span) => parseFloat(span) > 0);
  return lasts(style.transitionDuration)
    || (style.animationName !== "none" && lasts(style.animationDuration))
    || style.scrollBehavior === "smooth";
}).map((part) => part.outerHTML.slice(0, 90))"""
#: The colours that the system may use for what has no border of its own.
EDGES = """(selector) => [...document.querySelectorAll(selector)].map((part) => {
  const style = getComputedStyle(part);
  return parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none";
})"""
#: Of each bar: what is gone stands out from the ground that it lies on.
BARS = """() => [...document.querySelectorAll(".bar")].map((bar) => {
  const ground = getComputedStyle(document.body).backgroundColor;
  return getComputedStyle(bar.querySelector(".bar-gone, .bar-root")).fill !== ground;
})"""  #: Where one is: shown by a line, for the ground is the system's.
CURRENT = """() => [...document.querySelectorAll("[aria-current]")]
  .filter((part) => part.checkVisibility())
  .map((part) => getComputedStyle(part).outlineStyle === "solid")"""


def pages(scene) -> list[str]:
    return [
        "/",
        f"/patients/{scene.emergency.patient_id}/",
        "/clinic/figures/",
        "/clinic/on-call/",
        "/told/",
    ]


def test_nothing_moves_for_whoever_wants_no_motion(logged_in, live_server, scene):
    page = logged_in
    page.goto(live_server.url)
    assert page.evaluate(MOVING), "with motion something does, or this proves nothing"
    page.emulate_media(reduced_motion="reduce")
    for path in pages(scene):
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate(MOVING) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_colours_of_the_system_tiers_bars_and_focus_are_seen(
    logged_in, live_server, scene, scheme
):
    page = logged_in
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    for path in pages(scene):
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        for selector in (".tier", ".button:not(.quiet)", "input:not([type=hidden])"):
            shown = page.locator(f"{selector} >> visible=true").count()
            assert not shown or any(page.evaluate(EDGES, selector)), (path, selector)
        assert all(page.evaluate(EDGES, ".tier")), path
        assert all(page.evaluate(BARS)), path
        assert page.evaluate(CURRENT) != [], path
        assert set(page.evaluate(CURRENT)) == {True}, path
        page.evaluate("document.activeElement.blur()")
        for _ in range(8):  # the outline of each stop is looked at on the way
            step(page)
