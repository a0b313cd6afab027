"""The insight pages in Chromium: accessible, wide and narrow, dark and light, and readable on paper."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from bot.database import Database
from bot.gateway.desk.sign_in import SESSION_COOKIE
from bot.settings import Settings
from tests.browser.conftest import DESKTOP, PHONE, Visitors
from tests.browser.widget import TAGS
from tests.conftest import new_database
from tests.support.desk import desk_user, session_of
from tests.support.light_door import LightDoor
from tests.support.made_up_clinic import month
from tests.support.reader import DATA
from tests.support.servers import free_port
from tests.support.world import rows

PAGES = ("/desk/insight", "/desk/insight/questions", "/desk/insight/samples")


class Clinic:
    """A front door over a month of made-up work."""

    def __init__(self, door: LightDoor, database: Database) -> None:
        self.door, self.database = door, database

    def sign_in(self, context: BrowserContext, role: str) -> None:
        user = desk_user(self.database, f"{role}@clinic.example", role)
        token = session_of(self.database, user)
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": self.door.address}])

    def page(
        self, visitors: Visitors, path: str, role: str = "lead", size: ViewportSize = DESKTOP, **more: object
    ) -> Page:
        page = visitors.open(size, **more)
        self.sign_in(page.context, role)
        page.goto(self.door.address + path)
        return page


@pytest.fixture(scope="module")
def clinic(postgres_url: str) -> Iterator[Clinic]:
    with new_database(postgres_url) as url:
        database = Database(url)
        settings = Settings(
            database_url=url,
            port=free_port(),
            rasa_token="rasa-token-for-tests-0123456789abcdef",
            secret_key="a-secret-key-for-tests-0123456789abcdef",
            clinic_name="Northside Dermatology",
            data_dir=Path(DATA),
        )
        month(database, datetime.now(timezone.utc))
        door = LightDoor(settings)
        try:
            door.start()
            yield Clinic(door, database)
        finally:
            door.stop()
            database.dispose()


def picture(page: Page, name: str) -> None:
    """Renews a picture of the documents where PICTURES says so."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def broken(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, with where."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def sample_path(clinic: Clinic) -> str:
    found = rows(
        clinic.database,
        "SELECT message_id FROM review_samples WHERE concern IS NULL ORDER BY message_id LIMIT 1",
    )
    return f"/desk/insight/samples/{found[0].message_id}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_are_accessible(
    visitors: Visitors, clinic: Clinic, size: ViewportSize, scheme: str
) -> None:
    page = clinic.page(visitors, PAGES[0], size=size, color_scheme=scheme)
    for path in (*PAGES, sample_path(clinic)):
        page.goto(clinic.door.address + path)
        assert broken(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is wider than the window"
        picture(
            page,
            f"insight-{path.split('/')[3] if path.count('/') > 2 else 'figures'}-{scheme}-{size['width']}",
        )


def test_every_chart_has_a_name_and_a_table_with_its_figures(visitors: Visitors, clinic: Clinic) -> None:
    page = clinic.page(visitors, "/desk/insight?days=30")
    charts = page.locator("svg.chart")
    assert charts.count() >= 9
    for chart in charts.all():
        expect(chart.locator("xpath=..").locator("table caption")).to_be_visible()
        assert chart.get_attribute("aria-labelledby")
    for text in page.locator("svg.chart text").all():
        box, edge = text.bounding_box(), text.locator("xpath=ancestor::*[local-name()='svg']").bounding_box()
        assert box is not None and edge is not None
        assert box["x"] >= edge["x"] - 1 and box["x"] + box["width"] <= edge["x"] + edge["width"] + 1, (
            text.inner_html()
        )
    page.set_viewport_size({"width": 1280, "height": 1000})
    if folder := os.environ.get("PICTURES"):
        page.screenshot(
            path=Path(folder) / "insight.png",
            clip={"x": 0, "y": 0, "width": 1280, "height": 1560},
            full_page=True,
        )


def test_the_period_is_chosen_and_kept_in_the_files(visitors: Visitors, clinic: Clinic) -> None:
    page = clinic.page(visitors, "/desk/insight")
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.get_by_role("link", name="Last 7 days")).to_have_attribute("aria-current", "page")
    first = page.get_by_label("From").input_value()
    with page.expect_download() as download:
        page.get_by_role("link", name="Messages a day as CSV").click()
    assert first in download.value.suggested_filename
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 8
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_label("to", exact=True).fill("2026-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Insight 1 Jan 2026 to 31 Jan 2026")


def test_on_paper_there_are_figures_and_nothing_to_press(visitors: Visitors, clinic: Clinic) -> None:
    page = clinic.page(visitors, "/desk/insight?days=30", color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Messages a day as CSV")).to_be_hidden()
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    days = page.locator(".block", has=page.get_by_role("region", name="Messages a day")).locator(".scroll")
    assert days.evaluate("part => part.scrollHeight <= part.clientHeight"), "rows are cut on paper"
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    picture(page, "insight-on-paper")


def test_a_group_of_questions_is_decided_with_the_keyboard(visitors: Visitors, clinic: Clinic) -> None:
    page = clinic.page(visitors, "/desk/insight/questions", role="content_owner")
    groups = page.locator(".groups > li")
    before = groups.count()
    group = groups.first
    group.get_by_role("combobox").focus()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_have_text("Saved: Ignored.")
    expect(groups).to_have_count(before - 1)


def test_a_missed_concern_is_labelled_and_opened_as_a_case(visitors: Visitors, clinic: Clinic) -> None:
    path = sample_path(clinic)
    owner = clinic.page(visitors, path, role="content_owner")
    owner.get_by_label("Low or changed mood").check()
    owner.get_by_role("button", name="Save these labels").click()
    expect(owner.get_by_role("alert").first).to_contain_text("nobody has been told")
    assert broken(owner) == []
    picture(owner, "insight-missed")
    lead = clinic.page(visitors, path)
    lead.get_by_role("button", name="Open a case now").click()
    expect(lead.get_by_role("heading", level=1)).to_contain_text("Low or changed mood")
