"""Every page fits: a telephone, a laptop at 200 %, 400 %, and letters twice as large."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import log_in
from tests.browser.test_accessibility import broken_rules
from tracker.models import Treatment


pytestmark = pytest.mark.slow


#: A phone; a laptop at 200 %; at 400 % of 1280, which WCAG 1.4.10 asks for.
WIDTHS = (390, 640, 320)
UNFOLD = """() => {
  for (const folded of document.querySelectorAll("main details")) folded.open = true;
}"""
#: Text that cannot be read: cut off by a box, or beyond the edge of the page.
CUT_OFF = """() => {
  const hides = (box) => getComputedStyle(box).overflowX !== "visible";
  const beyond = (text, box) => text.right > box.right + 1 || text.left < box.left - 1;
  const page = { left: 0, right: innerWidth };
  const isCut = (part) => {
    if (!part.checkVisibility({ visibilityProperty: true })) return false;
    if (part.closest(".unseen, svg, [popover], #charts")) return false;
    if (![...part.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) return false;
    const area = part.getBoundingClientRect();
    if (beyond(area, page)) return true;
    if (hides(part) && (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)) return true;
    for (let box = part.parentElement; box; box = box.parentElement)
      if (hides(box) && box !== document.body && beyond(area, box.getBoundingClientRect())) return true;
    return false;
  };
  // What is chosen has to be read; the arrow beside it takes some 24 pixels.
  const paper = document.createElement("canvas").getContext("2d");
  const isShort = (field) => {
    if (!field.checkVisibility({ visibilityProperty: true })) return false;
    const style = getComputedStyle(field);
    paper.font = style.font;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - 24;
    return paper.measureText(field.selectedOptions[0]?.text ?? "").width > room;
  };
  const parts = [...document.querySelectorAll("header *, main *, footer *")].filter(isCut);
  return [...parts, ...[...document.querySelectorAll("select")].filter(isShort)]
    .map((part) => `${part.tagName} ${part.textContent.trim().slice(0, 40)}`);
}"""


def faults(page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 844})
    found = page.evaluate(CUT_OFF)[:4]
    for media in ("print", "screen"):
        page.emulate_media(media=media)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} pixels wide ({media})")
    return found


def paths(scene) -> list[str]:
    """Return the addresses of all pages that the nurse can open, if she may do all."""
    patient = f"/patients/{scene.emergency.patient_id}/"
    treatment = Treatment.objects.get(patient=scene.emergency.patient_id)
    kinds = [
        "exam",
        "treatment",
        "imaging",
        "nerve-study",
        "outcome",
        "episode",
        "message",
    ]
    return [
        *("/", "/?search=nobody", "/told/", "/joining/"),
        *("/accounts/2fa/", "/accounts/password/change/", "/accounts/logout/"),
        *("/clinic/", "/clinic/figures/", "/clinic/on-call/", "/clinic/people/"),
        *("/clinic/rules/", "/clinic/rules/R11/rise_points/", "/clinic/simulator/"),
        *(patient, f"{patient}looking-back/", f"{patient}caregivers/"),
        *(f"{patient}rules/", f"{patient}rules/R11/rise_points/"),
        *(f"{patient}baselines/new/", f"{patient}treatments/{treatment.pk}/"),
        *(f"{patient}record/{kind}/" for kind in kinds),
    ]


@pytest.fixture
def large_letters(browser_type, browser_type_launch_args, live_server, administrator):
    """Return a page of a browser that is set to letters twice as large."""
    arguments = [
        *browser_type_launch_args["args"],
        "--blink-settings=defaultFontSize=32",
    ]
    browser = browser_type.launch(**browser_type_launch_args | {"args": arguments})
    page = browser.new_page()
    log_in(page, live_server.url, administrator.email)
    yield page
    browser.close()


def look_at_all(page, address: str, scene, widths: tuple[int, ...]):
    """Open each page and all that is folded, and return what is wrong at which width."""
    wrong = {}
    for path in paths(scene):
        page.goto(f"{address}{path}")
        page.wait_for_load_state("networkidle")
        page.evaluate(UNFOLD)
        for width in widths:
            found = faults(page, width)
            if found:
                wrong[path, width] = found
    return wrong


def test_nothing_scrolls_sideways_or_is_cut_off(everybody, live_server, scene):
    assert look_at_all(everybody, live_server.url, scene, WIDTHS) == {}


def test_letters_twice_as_large_are_not_cut_off(large_letters, live_server, scene):
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    assert large_letters.evaluate(size) == 32
    assert look_at_all(large_letters, live_server.url, scene, (1280, 960)) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_on_a_telephone(everybody, live_server, scene, scheme):
    page, wrong = everybody, {}
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    for path in paths(scene):
        page.goto(f"{live_server.url}{path}")
        found = broken_rules(page)
        if found:
            wrong[path] = found
    assert wrong == {}


def test_on_a_telephone_the_menu_takes_one_row(everybody, live_server, complaints):
    page = everybody
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("header.top").bounding_box()["height"] < 70
    menu, figures = (
        page.get_by_role("button", name="Menu"),
        page.get_by_role("link", name="Figures"),
    )
    expect(figures).to_be_hidden()
    menu.press("Enter")
    expect(figures).to_be_visible()
    assert broken_rules(page) == []
    page.keyboard.press("Escape")
    expect(figures).to_be_hidden()
    expect(menu).to_be_focused()
    menu.press("Enter")
    for name in ("Worklist", "Clinic", "On call", "Figures", "Security", "Nora Nurse"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/told/")
    page.set_viewport_size({"width": 1280, "height": 844})
    expect(menu).to_be_hidden()
    expect(figures).to_be_visible()
    assert complaints == []
