"""A patient at the demo page and a clinician at the desk, in a real browser."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Visitors
from tests.support.stack import Stack

FOCUSED = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.className || element.tagName.toLowerCase();
}"""


def newest(page: Page) -> Locator:
    return page.locator(".message.assistant").last


def ask(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_role("button", name="Send").click()


def sign_in(page: Page, stack: Stack) -> None:
    email, password = stack.clinician
    page.goto(f"{stack.address}/desk")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()


def has_no_barriers(page: Page) -> None:
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def test_from_a_question_to_a_case_that_a_clinician_acknowledges(stack: Stack, visitors: Visitors) -> None:
    patient = visitors.open()
    patient.goto(stack.address)
    expect(patient.get_by_text("Nobody watches this chat live")).to_be_visible()

    ask(patient, "Can I drink alcohol while I take isotretinoin?")
    expect(newest(patient)).to_contain_text("liver damage")
    citation = newest(patient).get_by_role("button", name=re.compile("^Source 1: "))
    citation.first.click()
    expect(citation.first).to_have_attribute("aria-expanded", "true")
    expect(newest(patient).locator(".sources")).to_contain_text("Section: Serious Side Effects")

    newest(patient).get_by_role("button", name="Liver", exact=True).click()
    expect(patient.locator(".message.patient").last).to_contain_text("Liver")
    expect(newest(patient)).to_contain_text("liver")
    has_no_barriers(patient)

    ask(patient, "I think I'm pregnant")
    urgent = patient.locator(".message.urgent")
    expect(urgent).to_contain_text("Please read this now")
    expect(urgent).to_contain_text("badly harm an unborn baby")
    expect(urgent.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    told = patient.locator(".message.assistant", has_text="Your clinic has been told")
    expect(told).to_be_visible()
    found = re.search(r"reference ([A-Z0-9]{3}-[A-Z0-9]{3})", told.inner_text())
    assert found is not None
    has_no_barriers(patient)

    clinician = visitors.open()
    sign_in(clinician, stack)
    has_no_barriers(clinician)
    link = clinician.get_by_role("link", name=f"Possible pregnancy {found[1]}")
    expect(link).to_be_visible()
    link.click()
    expect(clinician.locator("blockquote")).to_have_text("think I'm pregnant")
    expect(clinician.get_by_role("region", name="Conversation").locator("mark")).to_have_text(
        "think I'm pregnant"
    )
    has_no_barriers(clinician)
    clinician.get_by_role("button", name="Acknowledge").click()
    expect(clinician.get_by_text("You have acknowledged this case.")).to_be_visible()
    expect(clinician.get_by_role("row", name="Acknowledged Demo clinician")).to_be_visible()
    has_no_barriers(clinician)


def test_with_the_keyboard_alone_on_a_small_screen(stack: Stack, visitors: Visitors) -> None:
    page = visitors.open(PHONE)
    page.goto(stack.address)
    launcher = page.get_by_role("button", name="Ask about isotretinoin")
    expect(launcher).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if "launcher" in page.evaluate(FOCUSED):
            break
    assert "launcher" in page.evaluate(FOCUSED)

    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    has_no_barriers(page)
    page.keyboard.type("do I need to wear sunscreen on isotretinoin?")
    page.keyboard.press("Enter")
    expect(newest(page)).to_contain_text("high-SPF sunscreen")
    expect(page.get_by_label("Your message")).to_be_focused()

    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(newest(page)).to_contain_text("high-SPF sunscreen")


def test_a_reload_keeps_the_conversation_and_deleting_ends_it(stack: Stack, visitors: Visitors) -> None:
    page = visitors.open()
    page.goto(stack.address)
    ask(page, "How should I store the capsules?")
    expect(newest(page)).to_contain_text("room temperature")
    page.reload()
    expect(newest(page)).to_contain_text("room temperature")

    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="Delete my conversation").click()
    has_no_barriers(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".message")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("deleted")


def test_what_is_typed_stays_text(stack: Stack, visitors: Visitors) -> None:
    page = visitors.open()
    page.goto(stack.address)
    typed = "<img src=x onerror=alert(1)> can I drink alcohol on isotretinoin?"
    ask(page, typed)
    expect(page.locator(".message.patient").last).to_contain_text(typed)
    expect(newest(page)).to_contain_text("alcohol")
    assert page.locator(".message img").count() == 0
