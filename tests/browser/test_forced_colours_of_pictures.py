"""With the colours of the system charts, body maps, marks and codes can still be read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.test_keyboard import step


pytestmark = pytest.mark.slow

#: WCAG 1.4.11: what a picture needs to be understood, against what lies beside it.
LEAST_CONTRAST = 3
#: Of each part that matches: the better contrast of its line, fill or letters.
CONTRASTS = r"""([selector, what]) => {
  const light = (colour) => {
    const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    paper.fillStyle = colour;
    paper.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...paper.getImageData(0, 0, 1, 1).data].slice(0, 3).map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (part) => {
    for (let box = part.parentElement; box; box = box.parentElement) {
      const colour = getComputedStyle(box).backgroundColor;
      if (!/^rgba.*, 0\)$/.test(colour)) return colour; // see-through, whichever colour it has
    }
    return "Canvas";
  };
  return [...document.querySelectorAll(selector)].map((part) => {
    const under = light(ground(part));
    const style = getComputedStyle(part);
    const over = what.map((each) => style[each]).filter((each) => each !== "none").map(light);
    const ratios = over.map((each) => (Math.max(each, under) + 0.05) / (Math.min(each, under) + 0.05));
    return Math.max(0, ...ratios);
  });
}"""


@pytest.fixture(params=["light", "dark"])
def forced(request, logged_in) -> Page:
    logged_in.emulate_media(forced_colors="active", color_scheme=request.param)
    return logged_in


def contrasts(page: Page, selector: str, *what: str) -> list[float]:
    found = page.evaluate(CONTRASTS, [selector, what])
    assert found, f"nothing is {selector}: this proves nothing"
    return found


def test_lines_and_dots_of_charts_are_seen(forced, live_server, scene):
    page = forced
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    for selector, what in (
        ("#charts .mark-line path", "stroke"),
        ("#charts svg text", "fill"),
        (".legend .key-left, .legend .key-right", "stroke"),
        (".legend .key-missed", "stroke"),
    ):
        assert min(contrasts(page, selector, what)) >= LEAST_CONTRAST, selector


def test_legs_differ_by_more_than_their_colour(forced, live_server, scene):
    page = forced
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    expect(page.locator("#charts[data-drawn]")).to_be_visible()
    dashes = page.locator("[data-chart=pain] .mark-line path").evaluate_all(
        "lines => [...new Set(lines.map(line => getComputedStyle(line).strokeDasharray))]"
    )
    assert len(dashes) > 1
    keys = (".legend .key-left", ".legend .key-right")
    shown = [page.locator(key).first for key in keys]
    of_dash = "line => getComputedStyle(line).strokeDasharray"
    assert shown[0].evaluate(of_dash) != shown[1].evaluate(of_dash)


def test_bodies_and_tiers_are_seen(forced, live_server, scene):
    page = forced
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    for selector, what in (
        (".body .body-line", "stroke"),
        (".body .body-root, .body .body-side", "fill"),
        (".tier .icon", "color"),
        (".tier", "color"),
    ):
        assert min(contrasts(page, selector, what)) >= LEAST_CONTRAST, selector
    for tier in page.locator(".tier").all():
        expect(tier).not_to_be_empty()  # a word, beside its shape
    page.goto(live_server.url)
    assert page.locator(".tier .icon use").count() == 3
    shapes = page.locator(".tier .icon use").evaluate_all(
        "all => all.map(one => one.getAttribute('href').split('#')[1])"
    )
    assert shapes == ["emergency", "urgent", "soon"]


def test_the_focus_is_seen_and_of_another_colour(forced, live_server, scene):
    page = forced
    page.goto(f"{live_server.url}/patients/{scene.emergency.patient_id}/")
    page.evaluate("document.activeElement.blur()")
    for _ in range(25):
        step(page)  # an outline of two pixels or more
        assert min(contrasts(page, ":focus", "outlineColor")) >= LEAST_CONTRAST


def test_the_authenticators_picture_stays_dark_on_white(forced, live_server, scene):
    page = forced
    page.goto(f"{live_server.url}/accounts/2fa/totp/activate/")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("main img")).to_be_visible()
    ground = page.locator("main img").evaluate(
        "i => getComputedStyle(i).backgroundColor"
    )
    assert ground == "rgb(255, 255, 255)"
