"""The audit trail's page in a real browser: no barriers, by keyboard, wide and narrow, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from bot.audit import Entry, record
from bot.conversations.service import utc_now
from tests.browser.conftest import DESKTOP, PHONE, Light, Visitors
from tests.support.desk import desk_user, session_of
from tests.support.patient import Patient
from tests.support.world import rows

AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
KIM = "kim@clinic.example"


@pytest.fixture
def case(light: Light) -> Any:
    """A case that Kim has looked at twice, among many entries."""
    patient = Patient(light.door.address)
    message_id = patient.say("I think I am pregnant")
    patient.http.close()
    found = rows(light.database, "SELECT * FROM cases WHERE message_id = :m", m=message_id)[0]
    desk_user(light.database, KIM, "clinician", "Kim Lee")
    with light.database.transaction() as session:
        for number in range(120):
            record(session, Entry(KIM, "case_noted", "case", str(found.id), {"note": number}), utc_now())
        for _ in range(2):
            record(session, Entry(KIM, "case_viewed", "case", str(found.id), {"refreshed": False}), utc_now())
    return found


def page_of(light: Light, visitors: Visitors, viewport: ViewportSize, **options: Any) -> Page:
    page = visitors.open(viewport, server_may_fail=True, **options)
    token = session_of(light.database, desk_user(light.database, "lead@clinic.example", "lead", "Dr Lead"))
    address = f"{light.door.address}/desk"
    page.context.add_cookies([{"name": "desk_session", "value": token, "url": address}])
    page.goto(address)
    return page


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    ids=["wide", "dark", "phone"],
)
def test_who_has_seen_a_case_is_found_without_barriers(
    light: Light, visitors: Visitors, case: Any, viewport: ViewportSize, scheme: Any
) -> None:
    page = page_of(light, visitors, viewport, color_scheme=scheme)
    page.get_by_role("link", name="Audit trail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit trail")
    page.get_by_label("Case", exact=True).fill(case.reference.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Who has seen case {case.reference}")).to_be_visible()
    expect(page.get_by_role("row", name="Kim Lee (kim@clinic.example) 2")).to_be_visible()
    result = Axe().run(page, options=AXE)
    assert result.violations_count == 0, result.generate_report()
    page.get_by_role("link", name="Older entries").click()
    expect(page.get_by_role("link", name="Newest entries")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_label("From day (UTC)").fill("2026-11-20")
    page.get_by_label("To day (UTC)").fill("2026-11-01")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("p[role=alert]")).to_have_text("The first day is after the last.")
    result = Axe().run(page, options=AXE)
    assert result.violations_count == 0, result.generate_report()
