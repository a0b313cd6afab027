"""The way into the care desk in a real browser: inviting, choosing a password, the second factor, coming back."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bot.accounts import totp
from bot.conversations.service import utc_now
from tests.browser.conftest import DESKTOP, PHONE, Light, Visitors
from tests.support.desk import COOKIES, desk_user, session_of

NEW_PASSWORD = "seven green umbrellas"


def has_no_barriers(page: Page) -> None:
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def come_in(page: Page, light: Light, email: str, role: str) -> None:
    """Signed in without the form."""
    token = session_of(light.database, desk_user(light.database, email, role))
    page.context.add_cookies(
        [{"name": next(iter(COOKIES)), "value": token, "url": f"{light.door.address}/desk"}]
    )


def code_of(page: Page, steps: int = 0) -> str:
    """What an app that has scanned the picture shows."""
    secret = page.locator("code.key").inner_text().replace(" ", "")
    return totp.code_at(secret, totp.step_at(utc_now()) + steps)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_from_the_invitation_to_the_second_factor_and_back_in(
    light: Light, visitors: Visitors, colours: str
) -> None:
    email = f"browser.{colours}@clinic.example"
    admin = visitors.open(DESKTOP, color_scheme=colours)
    come_in(admin, light, "admin@clinic.example", "administrator")
    admin.goto(f"{light.door.address}/desk")
    expect(admin.get_by_role("heading", name="Accounts")).to_be_visible()
    admin.get_by_label("Name", exact=True).fill("Nia New")
    admin.get_by_label("Email address").fill(email)
    admin.get_by_label("Role").last.select_option("clinician")
    admin.get_by_role("button", name="Add and make an invitation link").click()
    link = admin.locator("#link").inner_text()
    admin.get_by_role("row").filter(has_text=email).locator("summary").click()
    has_no_barriers(admin)

    page = visitors.open(PHONE, color_scheme=colours)
    page.goto(link)
    has_no_barriers(page)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("The same again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()

    page.goto(f"{light.door.address}/desk/account")
    has_no_barriers(page)
    page.get_by_role("link", name="Set up an authenticator app").click()
    expect(page.locator(".qr-frame svg")).to_be_visible()
    has_no_barriers(page)
    assert page.locator(".qr-frame svg").bounding_box()["width"] > 100  # type: ignore[index]
    secret = page.locator("code.key").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(code_of(page, -1))
    page.get_by_role("button", name="Switch it on").click()
    codes = page.locator(".codes code")
    expect(codes).to_have_count(10)
    kept = codes.nth(4).inner_text()
    has_no_barriers(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_focused()
    has_no_barriers(page)
    page.get_by_label("Code").fill(totp.code_at(secret, totp.step_at(utc_now()) + 1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").fill(kept)
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/desk$"))


def test_a_wrong_password_and_a_wait_are_said_so_that_everybody_notices(
    light: Light, visitors: Visitors
) -> None:
    page = visitors.open(server_may_fail=True)
    page.goto(f"{light.door.address}/desk")
    for _ in range(6):
        page.get_by_label("Email address").fill("nobody@clinic.example")
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#problem")).to_be_visible()
    expect(page.locator("#problem")).to_contain_text(re.compile(r"Wait \d+ seconds and try again"))
    has_no_barriers(page)
