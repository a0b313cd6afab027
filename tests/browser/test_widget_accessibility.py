"""By keyboard, by ear, by touch and under magnification."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import PHONE, Light, Visitors
from tests.browser.widget import FOCUSED, Widget

# What a screen reader is given, in order: [kind of region, words].
LISTEN = """() => {
  const root = document.querySelector('isotretinoin-assistant').shadowRoot;
  window.heard = [];
  const live = (node) => {
    for (let part = node.nodeType === 1 ? node : node.parentElement; part; part = part.parentElement) {
      if (part.ariaLive === 'off') return '';
      if (part.ariaLive) return part.ariaLive;
      if (part.role === 'status') return 'status';
    }
    return '';
  };
  const note = (node, words) => {
    const kind = live(node);
    if (kind && words.trim()) window.heard.push([kind, words.replace(/\\s+/g, ' ').trim()]);
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const added of change.addedNodes) note(added, added.textContent);
      if (change.type === 'characterData') note(change.target, change.target.data);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true });
}"""


def test_the_whole_way_with_the_keyboard_alone(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page)
    page.goto(light.site.page())
    expect(chat.launcher).to_be_visible()
    keys = page.keyboard

    def go_to(name: str, key: str = "Tab") -> None:
        for _ in range(30):
            if page.evaluate(FOCUSED) == name:
                return
            keys.press(key)
        raise AssertionError(f"{name!r} is never reached")

    go_to("Ask about isotretinoin")
    keys.press("Enter")
    expect(chat.input).to_be_focused()
    keys.type("Can I drink wine?")
    keys.press("Shift+Enter")
    keys.type("At a wedding.")
    keys.press("Enter")
    expect(chat.newest).to_contain_text("liver")
    expect(chat.input).to_be_focused()

    go_to("Source 1: Isotretinoin: What You Need to Know", "Shift+Tab")
    keys.press("Space")
    expect(page.locator(".sources:visible")).to_be_visible()
    go_to("Missed dose")
    keys.press("Enter")
    expect(chat.newest).to_contain_text("You said: Missed dose")
    expect(page.locator(".reply", has_text="Missed dose").first).to_be_focused()

    go_to("Urgent help", "Shift+Tab")
    keys.press("Enter")
    expect(chat.sheet).to_be_focused()
    keys.press("Escape")
    expect(chat.button("Urgent help")).to_be_focused()
    go_to("Options")
    keys.press("Enter")
    go_to("Delete my conversation")
    keys.press("Enter")
    expect(chat.sheet).to_be_focused()
    go_to("Keep it")
    keys.press("Enter")
    expect(chat.button("Options")).to_be_focused()

    keys.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    keys.press("Enter")
    expect(chat.input).to_be_focused()


def test_what_is_read_out_and_when(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page())
    assert page.locator("[role=log]").count() == page.locator("[role=status]").count() == 1
    page.evaluate(LISTEN)

    def heard(words: str) -> list[list[str]]:
        """What has been read out since the last look, once these words are among it."""
        page.wait_for_function("(words) => window.heard.some((one) => one[1].includes(words))", arg=words)
        found: list[list[str]] = page.evaluate("window.heard.splice(0)")
        return found

    chat.ask("hello")
    said = heard("You said: hello")
    assert [kind for kind, words in said if "You said" in words] == ["polite"]
    assert [words for kind, words in said if kind == "status"] in ([], ["The assistant is writing"])
    # The patient's own words are not read back.
    assert not any(words.startswith("You: hello") for _, words in said)
    # A citation's mark is not read out as an announcement of its own.
    chat.ask("I am pregnant")
    chat.button("Skip").wait_for()
    said = heard("How can your clinic reach you")
    urgent = [index for index, (kind, words) in enumerate(said) if kind == "assertive"]
    assert len(urgent) == 1
    words = said[urgent[0]][1]
    assert words.startswith("Please read this now: ")
    assert "[1]" not in words
    follow_up = next(
        index for index, (_, words) in enumerate(said) if "How can your clinic reach you" in words
    )
    assert said[follow_up][0] == "polite"
    assert urgent[0] < follow_up
    # Urgent words are read out once, not by the log as well.
    assert not any(kind == "polite" and "unborn" in words for kind, words in said)

    page.context.set_offline(True)
    assert ["status", "Connection lost. Trying again…"] in heard("Connection lost")
    page.context.set_offline(False)
    assert ["status", "Connected again."] in heard("Connected again")
    page.keyboard.press("Escape")
    light.as_clinician("Hello")
    assert ["status", "New message from your clinic’s care team"] in heard("care team")

    # After a reload nothing old is read out.
    page.add_init_script(
        f"addEventListener('DOMContentLoaded', () => setTimeout({LISTEN}, 0))",
    )
    page.reload()
    chat.launcher.click()
    expect(chat.messages.filter(has_text="How can your clinic reach you")).to_be_visible()
    assert [one for one in page.evaluate("window.heard") if one[0] != "status"] == []


STOPS = "button, a, input, textarea, label, [tabindex='0']"
SIZES = """(stops) => [...document.querySelector('isotretinoin-assistant').shadowRoot.querySelectorAll(stops)]
  .filter((stop) => stop.getClientRects().length && !stop.matches('.cite, .bubble a, .scroll, input'))
  .map((stop) => [stop.className || stop.innerText, stop.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
# The ring of the focused element, against everything around it that clips.
CLIPPED = """() => {
  const root = document.querySelector('isotretinoin-assistant').shadowRoot;
  const element = root.activeElement;
  if (!element) return 'no focus inside';
  const style = getComputedStyle(element);
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return `no ring: ${element.className}`;
  element.scrollIntoView({ block: 'nearest' });
  const out = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  const box = element.getBoundingClientRect();
  for (let part = element.parentElement; part; part = part.parentElement) {
    if (getComputedStyle(part).overflowX === 'visible') continue;
    const edge = part.getBoundingClientRect();
    // Upwards and downwards what scrolls can be scrolled; sideways nothing can.
    const name = element.className || element.tagName;
    if (box.left - out < edge.left - 0.5 || box.right + out > edge.right + 0.5) return name;
    const cut = box.top - out < edge.top - 0.5 || box.bottom + out > edge.bottom + 0.5;
    if (part.className === 'panel' && cut) return name;
  }
  return '';
}"""


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, PHONE, {"width": 320, "height": 480}])
def test_targets_are_large_and_the_focus_is_seen(
    light: Light, visitors: Visitors, viewport: ViewportSize
) -> None:
    page = visitors.open(viewport)
    chat = Widget(page).open(light.site.page())
    assert page.evaluate(SIZES, STOPS) == []
    chat.asked("Can I drink wine?", "liver")
    chat.toggle("Options")
    assert page.evaluate(SIZES, STOPS) == []
    for _ in range(16):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.localName") == "isotretinoin-assistant":
            assert page.evaluate(CLIPPED) == ""
    chat.toggle("Urgent help")
    assert page.evaluate(SIZES, STOPS) == []


def test_tab_stays_in_a_chat_that_covers_the_page(light: Light, visitors: Visitors) -> None:
    page = visitors.open(PHONE)
    chat = Widget(page).open(light.site.page())
    expect(chat.panel).to_have_attribute("aria-modal", "true")
    reached = set()
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 12:
        page.keyboard.press(key)
        reached.add(page.evaluate("document.activeElement.localName"))
    assert reached == {"isotretinoin-assistant"}


SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important }
    * { word-spacing: 0.16em !important }
    p { margin-block-end: 2em !important }`);
  document.querySelector('isotretinoin-assistant').shadowRoot.adoptedStyleSheets.push(sheet);
}"""
OVERFLOWING = """() => [...document.querySelector('isotretinoin-assistant').shadowRoot.querySelectorAll('.panel *')]
  .filter((part) => part.getClientRects().length && !part.matches('.unseen, svg, svg *, textarea, .cite'))
  .filter((part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== 'inline')
  .map((part) => part.className || part.localName)"""


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, {"width": 320, "height": 640}])
def test_wider_spacing_cuts_nothing_off(light: Light, visitors: Visitors, viewport: ViewportSize) -> None:
    page = visitors.open(viewport)
    chat = Widget(page).open(light.site.page())
    page.evaluate(SPACING)
    assert page.evaluate(OVERFLOWING) == []
    chat.asked("Can I drink wine?", "liver")
    chat.ask("I am pregnant")
    expect(chat.banner).to_be_visible()
    assert page.evaluate(OVERFLOWING) == []
    for sheet in ("Urgent help", "Options"):
        chat.toggle(sheet)
        assert page.evaluate(OVERFLOWING) == []
    expect(chat.input).to_be_in_viewport(ratio=1)


def test_an_on_screen_keyboard_leaves_the_input_in_view(light: Light, visitors: Visitors) -> None:
    page = visitors.open(PHONE, is_mobile=True, has_touch=True)
    page.add_init_script(
        """
        const view = Object.assign(new EventTarget(), { scale: 1, height: 800, offsetTop: 0 });
        Object.defineProperty(window, 'visualViewport', { value: view });
        window.keyboard = (height, offsetTop) => {
          Object.assign(view, { height, offsetTop });
          view.dispatchEvent(new Event('resize'));
        };
        """
    )
    chat = Widget(page).open(light.site.page())
    chat.asked("Can I drink wine?", "liver")

    def box() -> dict[str, Any]:
        found = chat.panel.bounding_box()
        assert found is not None
        return dict(found)

    assert (box()["y"], box()["height"]) == (0, 800)
    page.evaluate("window.keyboard(420, 60)")
    assert (box()["y"], box()["height"]) == (60, 420)
    place = chat.input.bounding_box()
    assert place is not None and place["y"] + place["height"] <= 480
    expect(chat.newest.locator(".replies")).to_be_in_viewport()
    page.evaluate("window.keyboard(800, 0)")
    assert (box()["y"], box()["height"]) == (0, 800)


def test_nothing_moves_for_those_who_want_no_motion(light: Light, visitors: Visitors) -> None:
    moving = "document.querySelector('isotretinoin-assistant').shadowRoot.getAnimations().length"
    for motion, count in (("no-preference", 1), ("reduce", 0)):
        page = visitors.open(reduced_motion=motion)
        page.goto(light.site.page())
        Widget(page).launcher.click()
        assert page.evaluate(moving) >= count
        assert motion != "reduce" or page.evaluate(moving) == 0
