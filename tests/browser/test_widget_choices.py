"""What the tag may say, and what a patient may do with the chat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Light, Visitors
from tests.browser.widget import Widget, picture, violations


def test_a_tag_without_a_region_leaves_it_to_the_clinics_setting(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data}"))
    chat = Widget(page).open(light.site.page())
    chat.toggle("Urgent help")
    # The front door of these tests has REGION=IE.
    expect(chat.sheet.locator(".dial").first).to_have_text("112")
    expect(chat.sheet).to_contain_text("Public Poisons Line")
    chat.ask("I am pregnant")
    expect(chat.urgent).to_contain_text("call 112 or 999")
    sent = [one for one in asked if "/session" in one or "/help" in one]
    assert len(sent) == 2 and not any("region" in one for one in sent)


def test_a_region_on_the_tag_is_followed_everywhere(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page).open(light.site.page(region="AU"))
    chat.toggle("Urgent help")
    expect(chat.sheet.locator(".dial").first).to_have_text("000")
    chat.ask("I am pregnant")
    expect(chat.urgent).to_contain_text("call 000")


def test_without_the_server_urgent_help_is_there_all_the_same(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    page.route("**/widget/v1/help*", lambda route: route.abort())
    chat = Widget(page).open(light.site.page(region="UK"))
    chat.toggle("Urgent help")
    expect(chat.sheet.get_by_role("link", name="Call 999, Emergency services")).to_have_attribute(
        "href", "tel:999"
    )
    expect(chat.sheet.get_by_role("link", name="Call 116 123, Samaritans")).to_be_visible()


def test_spanish_is_fetched_only_when_it_is_asked_for(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    Widget(page).open(light.site.page(lang="en-GB"))
    assert not any("/words/" in url for url in asked)
    chat = Widget(page).open(light.site.page(lang="es-MX"))
    assert sum("/words/es.json" in url for url in asked) == 1
    expect(page.locator(".root")).to_have_attribute("lang", "es-MX")
    expect(chat.panel).to_contain_text("Solo entiende y escribe inglés")
    chat.asked("Can I drink wine?", "liver")
    # What the assistant says is English, and is marked as that.
    expect(chat.newest.locator(".bubble")).to_have_attribute("lang", "en")


def test_a_language_that_is_not_there_gets_english(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page(lang="xx"))
    expect(chat.panel).to_contain_text("Before you start")
    # Nor is it read out with the voice of another language.
    expect(page.locator(".root")).to_have_attribute("lang", "en")


@pytest.mark.parametrize(("written", "understood"), [("en_US", "en-US"), ("es_MX", "es-MX"), ("?", "en")])
def test_a_language_written_in_another_way_does_not_break_the_chat(
    light: Light, visitors: Visitors, written: str, understood: str
) -> None:
    page = visitors.open()
    chat = Widget(page).open(light.site.page(lang=written))
    expect(page.locator(".root")).to_have_attribute("lang", understood)
    chat.asked("hello", "You said: hello")


def test_a_citation_stays_on_the_line_of_its_word(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    page.goto(light.site.page(body='<div id="chat"></div>', inline="#chat"))
    chat = Widget(page)
    chat.asked("Can I drink wine?", "liver")
    for width in range(330, 460, 10):
        page.set_viewport_size({"width": width, "height": 900})
        assert chat.newest.locator(".bubble").evaluate(ALONE) == []


# Citations that begin a line of text.
ALONE = """(bubble) => [...bubble.querySelectorAll('.cite')].filter((cite) => {
  const before = document.createTreeWalker(bubble, NodeFilter.SHOW_TEXT);
  before.currentNode = cite;
  let words = before.previousNode();
  while (words && !words.data.replace('\\u2060', '')) words = before.previousNode();
  if (!words.data.endsWith('\\u00a0')) return false;
  const last = document.createRange();
  last.setStart(words, words.data.length - 2);
  last.setEnd(words, words.data.length - 1);
  return cite.getBoundingClientRect().top > last.getBoundingClientRect().bottom;
}).map((cite) => cite.innerText)"""


def test_title_logo_and_colours_are_the_clinics(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    style = "isotretinoin-assistant { --ia-accent: rgb(122, 31, 162) }"
    chat = Widget(page).open(light.site.page(style=style, heading="Northside skin chat", logo="/logo.svg"))
    expect(chat.panel.get_by_role("heading", name="Northside skin chat")).to_be_visible()
    assert page.evaluate(
        "document.querySelector('isotretinoin-assistant').shadowRoot.querySelector('img').naturalWidth"
    )
    expect(chat.button("Send")).to_have_css("background-color", "rgb(122, 31, 162)")
    missing = Widget(visitors.open(server_may_fail=True)).open(light.site.page(logo="/nowhere.svg"))
    expect(missing.page.locator("img")).to_have_count(0)


def test_a_retention_period_is_named_when_the_clinic_has_one(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page).open(light.site.page(retention_days="90"))
    expect(chat.panel).to_contain_text("deletes them after 90 days")
    chat.open(light.site.page())
    expect(chat.panel).to_contain_text("they stay until you or the clinic delete them")


@pytest.fixture
def talked(light: Light, visitors: Visitors) -> Widget:
    page = visitors.open(accept_downloads=True)
    # What is in the frame when it is printed.
    page.add_init_script("window.print = () => { parent.printed = document.body.innerText }")
    chat = Widget(page).open(light.site.page())
    chat.asked("Can I drink wine?", "liver")
    light.as_clinician("Please call us.")
    expect(chat.newest).to_contain_text("Please call us.")
    chat.toggle("Options")
    return chat


def test_the_chat_can_be_saved_as_text(talked: Widget, tmp_path: Path) -> None:
    with talked.page.expect_download() as download:
        talked.sheet.get_by_role("button", name="Save this chat as text").click()
    assert re.fullmatch(r"chat-\d{4}-\d\d-\d\d\.txt", download.value.suggested_filename)
    download.value.save_as(tmp_path / "chat.txt")
    text = (tmp_path / "chat.txt").read_text(encoding="utf-8")
    assert text.startswith("Isotretinoin assistant\nCopy of a chat, saved ")
    assert re.search(r"\n\nYou, .+\nCan I drink wine\?\n", text)
    assert re.search(r"\n\nAssistant, .+\nIt is best to avoid alcohol", text)
    assert "[1] Isotretinoin: What You Need to Know. Section: Serious Side Effects" in text
    assert re.search(r"\n\nDermatology nurse, .+\nPlease call us\.\n", text)


def test_the_chat_can_be_printed_and_nothing_else_with_it(talked: Widget) -> None:
    talked.sheet.get_by_role("button", name="Print this chat").click()
    talked.page.wait_for_function("window.printed")
    printed = talked.page.evaluate("window.printed")
    assert "Can I drink wine?" in printed and "Please call us." in printed and "Section: " in printed
    for absent in ("Words of the page", "Urgent help", "Before you start", "Send", "Missed dose"):
        assert absent not in printed
    assert violations(talked.page)[0] == []


def test_the_playground_builds_a_tag_that_works(light: Light, visitors: Visitors) -> None:
    page = visitors.open({"width": 1280, "height": 1900})
    page.goto(f"{light.door.address}/playground")
    chat = Widget(page)
    expect(chat.panel).to_contain_text("Before you start")
    page.get_by_label("Title").fill("Northside skin chat")
    page.get_by_label("Help lines of").select_option("UK")
    page.get_by_label("Language of the widget’s own words").select_option("es")
    page.get_by_label("Accent").fill("#7a1fa2")
    expect(chat.panel).to_contain_text("Antes de empezar")
    expect(chat.panel.get_by_role("heading", name="Northside skin chat")).to_be_visible()
    expect(chat.button("Enviar")).to_have_css("background-color", "rgb(122, 31, 162)")
    assert violations(page) == ([], [])
    picture(page, "playground", of="main")
    page.get_by_label("Title").fill('Dr "A" & <b>')
    expect(page.locator("#tag")).to_contain_text("&lt;b>")
    tag = page.locator("#tag").inner_text()
    assert tag == (
        f'<div id="chat"></div>\n<script src="{light.door.address}/widget.js" data-lang="es" data-region="UK" '
        'data-heading="Dr &quot;A&quot; &amp; &lt;b>" data-inline="#chat" defer></script>'
    )
    expect(page.locator("#style")).to_contain_text("--ia-accent: #7a1fa2;")

    # The tag does on another page what the playground showed.
    host = visitors.open()
    host.goto(light.site.raw(f'<!doctype html><title>x</title><link rel="icon" href="/logo.svg">{tag}'))
    expect(Widget(host).panel.get_by_role("heading", name='Dr "A" & <b>')).to_be_visible()
    expect(Widget(host).panel).to_contain_text("Antes de empezar")


def test_in_a_container_the_chat_is_part_of_the_page(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    page.goto(light.site.page(body='<div id="chat"></div>', style="#chat { height: 600px }", inline="#chat"))
    chat = Widget(page)
    expect(chat.panel).to_be_visible()
    assert page.locator("#chat isotretinoin-assistant").count() == 1
    expect(chat.launcher).to_have_count(0)
    assert chat.panel.get_attribute("role") is None
    chat.asked("hello", "You said: hello")
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_visible()
