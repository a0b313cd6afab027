"""The widget as a visitor sees it, for the tests of this folder."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FOCUSED: Final = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.getAttribute('aria-label') || element.innerText?.trim() || element.className || element.tagName;
}"""


class Widget:
    """Its parts and what can be done with them. `language` is that of the interface."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.input = page.get_by_label(re.compile("^(Your message|Su mensaje)$"))
        self.launcher = page.locator(".launcher")
        self.panel = page.locator(".panel")
        self.sheet = page.locator(".sheet")
        self.banner = page.locator(".banner")
        self.messages = page.locator(".message")
        self.newest = page.locator(".message").last
        self.status = page.locator(".root").get_by_role("status")
        self.urgent = page.locator(".message.urgent")

    def open(self, address: str) -> Widget:
        """Goes to a page and opens the chat there."""
        self.page.goto(address)
        self.launcher.click()
        expect(self.input).to_be_focused()
        return self

    def ask(self, text: str) -> None:
        self.input.fill(text)
        self.page.keyboard.press("Enter")

    def asked(self, text: str, answer: str) -> None:
        """Asks and waits for the answer."""
        self.ask(text)
        expect(self.messages.filter(has_text=answer).last).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def toggle(self, name: str) -> None:
        self.button(name).click()

    def texts(self) -> list[str]:
        """The words of every message, in order, without labels and times."""
        return [found.inner_text().strip() for found in self.page.locator(".message .bubble").all()]


# Until what comes into view has done so: half transparent, nothing has its contrast. The typing sign never ends.
SETTLED: Final = """() => Promise.all(
  [...document.querySelectorAll('isotretinoin-assistant')]
    .flatMap((host) => host.shadowRoot.getAnimations())
    .filter((animation) => animation.effect.getTiming().iterations !== Infinity)
    .map((animation) => animation.finished))"""
# Whether an element is cut by the edge of a part that scrolls: axe cannot see the colours behind it then.
CUT: Final = """([host, inner]) => {
  const element = document.querySelector(host).shadowRoot.querySelector(inner);
  const box = element.getBoundingClientRect();
  for (let part = element.parentElement; part; part = part.parentElement) {
    const edge = part.getBoundingClientRect();
    const cuts = getComputedStyle(part).overflowY !== 'visible';
    if (cuts && (box.top < edge.top || box.bottom > edge.bottom)) return true;
  }
  return false;
}"""


def violations(page: Page) -> tuple[list[str], list[str]]:
    """(rules broken, rules that axe could not decide) for WCAG 2.2 AA, with where.

    Left out is the contrast of what is just being scrolled out of sight: it is decided where it is in sight.
    """
    options = {
        "runOnly": {"type": "tag", "values": TAGS},
        "rules": {"target-size": {"enabled": True}},
        "resultTypes": ["violations", "incomplete"],
    }
    page.evaluate(SETTLED)
    result = Axe().run(page, options=options).response
    undecided = [
        (rule, node)
        for rule, node in _nodes(result["incomplete"])
        if not (rule == "color-contrast" and page.evaluate(CUT, node["target"][0]))
    ]
    return [_named(*found) for found in _nodes(result["violations"])], [_named(*found) for found in undecided]


def _nodes(rules: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(rule["id"], node) for rule in rules for node in rule["nodes"]]


def _named(rule: str, node: dict[str, Any]) -> str:
    reasons = [check["message"] for check in (*node["any"], *node["all"], *node["none"])]
    return f"{rule}: {json.dumps(node['target'])} {reasons}"


MARGIN: Final = 14


def picture(page: Page, name: str, of: str = ".panel") -> None:
    """Keeps a picture of a part where the variable PICTURES names a folder; docs/testing.md says more."""
    folder = os.environ.get("PICTURES")
    part = page.locator(of)
    if not folder or not part.is_visible():
        return
    box = part.bounding_box()
    assert box is not None and page.viewport_size is not None
    left, top = max(0, box["x"] - MARGIN), max(0, box["y"] - MARGIN)
    page.screenshot(
        path=Path(folder) / f"widget-{name}.png",
        animations="disabled",
        caret="hide",
        clip={
            "x": left,
            "y": top,
            "width": min(page.viewport_size["width"], box["x"] + box["width"] + MARGIN) - left,
            "height": min(page.viewport_size["height"], box["y"] + box["height"] + MARGIN) - top,
        },
    )
