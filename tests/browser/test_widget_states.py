"""Every state of the widget: no barrier that axe can find, and nothing that it cannot decide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Light, Visitors
from tests.browser.widget import Widget, picture, violations

QUESTION = "Can I drink alcohol while I take isotretinoin?"
# On a small screen the page lies under the chat: axe cannot tell which of them a line of text stands on.
NOTHING_BEHIND = "html, body { margin: 0; min-height: 100vh } main { display: none }"


def has_no_barriers(page: Page, name: str) -> None:
    broken, undecided = violations(page)
    assert broken == [], name
    assert undecided == [], name
    picture(page, name)


def concerned(chat: Widget) -> None:
    chat.ask("I think I'm pregnant. What now?")
    expect(chat.urgent).to_contain_text("Please read this now")
    expect(chat.button("Skip")).to_be_visible()


def test_the_way_through_a_conversation(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page)
    page.goto(light.site.page())
    expect(chat.launcher).to_be_visible()
    has_no_barriers(page, "closed")

    chat.open(light.site.page())
    expect(page.get_by_text("Nobody watches this chat live")).to_be_visible()
    has_no_barriers(page, "open")
    chat.toggle("Urgent help")
    expect(chat.sheet.get_by_role("link", name="Call 116 123, Samaritans")).to_be_visible()
    has_no_barriers(page, "urgent-help")
    page.keyboard.press("Escape")

    chat.asked(QUESTION, "liver")
    has_no_barriers(page, "answer")
    chat.messages.last.get_by_role("button", name=re.compile("^Source 1: ")).first.click()
    expect(page.locator(".sources:visible")).to_contain_text("Section: ")
    has_no_barriers(page, "citation")
    chat.toggle("Options")
    expect(chat.sheet.get_by_label("Remember me on this device")).to_be_visible()
    has_no_barriers(page, "options")
    chat.sheet.get_by_role("button", name="Delete my conversation").click()
    expect(chat.sheet).to_contain_text("Delete this conversation?")
    has_no_barriers(page, "delete")
    page.keyboard.press("Escape")

    concerned(chat)
    expect(chat.banner).to_contain_text("Your clinic has been told at ")
    has_no_barriers(page, "contact-form")
    light.as_clinician("Please call us today on (202) 555-0123. We have time for you until five.")
    expect(chat.messages.last).to_contain_text("Dermatology nurse")
    # The urgent words stay in view until the patient goes on.
    expect(chat.urgent.locator(".who")).to_be_in_viewport()
    chat.button("New messages").click()
    expect(chat.messages.last).to_be_in_viewport()
    has_no_barriers(page, "clinician")

    page.keyboard.press("Escape")
    light.as_clinician("One more thing: please bring your pills.")
    expect(chat.launcher).to_contain_text("1 new message")
    has_no_barriers(page, "unread")
    chat.launcher.click()
    chat.toggle("Options")
    chat.sheet.get_by_role("button", name="Delete my conversation").click()
    chat.sheet.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.status).to_contain_text("Your messages here have been deleted. The clinic keeps the words")
    has_no_barriers(page, "deleted")


def test_when_messages_cannot_be_sent(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page())
    chat.asked("hello", "You said: hello")
    page.context.set_offline(True)
    chat.ask("Is anybody there?")
    expect(chat.messages.last).to_contain_text("Not sent. We could not reach the server.")
    expect(page.locator(".bar")).to_have_text("Connection lost. Trying again…")
    has_no_barriers(page, "offline")
    page.context.set_offline(False)
    expect(chat.messages.last).to_contain_text("You said: Is anybody there?")


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("right-to-left", {"dir": "rtl"}, {}),
        ("dark", {}, {"color_scheme": "dark"}),
        ("spanish", {"lang": "es", "region": "US"}, {}),
        ("forced-colours", {}, {"forced_colors": "active"}),
        ("branded", {"heading": "Northside skin chat", "logo": "/logo.svg"}, {}),
        ("phone", {}, {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
        ("zoom-200", {}, {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}),
        ("zoom-400", {}, {"viewport": {"width": 320, "height": 225}, "device_scale_factor": 4}),
    ],
)
def test_however_it_is_shown(
    light: Light, visitors: Visitors, name: str, data: dict[str, str], options: dict[str, object]
) -> None:
    page = visitors.open(**options)
    chat = Widget(page)
    chat.open(light.site.page(style=NOTHING_BEHIND, **data))
    has_no_barriers(page, f"{name}-notice")
    chat.asked(QUESTION, "liver")
    chat.ask("I think I'm pregnant")
    expect(chat.urgent).to_be_visible()
    expect(chat.banner).to_be_visible()
    expect(chat.input).to_be_in_viewport(ratio=1)
    has_no_barriers(page, name)
