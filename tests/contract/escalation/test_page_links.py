"""The link in a page, over real HTTP: to the sign-in for everybody, to the case for who has signed in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import httpx

from bot.database import Database
from bot.escalation.links import LIFETIME, CaseLinks
from bot.settings import Settings
from tests.support.desk import PASSWORD, desk_user, signed_in
from tests.support.patient import Patient
from tests.support.world import rows

EMAIL = "ana@clinic.example"


def link_of(database: Database, settings: Settings, patient: Patient, at: datetime) -> tuple[str, str]:
    """A page's link to a fresh case, and the case's reference."""
    patient.say("I think I am pregnant")
    [case] = rows(database, "SELECT id, reference FROM cases ORDER BY opened_at DESC LIMIT 1")
    links = CaseLinks(settings.secret_key, "")
    return links.to_case(case.id, at), case.reference


def test_a_link_leads_through_the_sign_in_to_the_case(
    door: str, database: Database, settings: Settings, patient: Patient
) -> None:
    desk_user(database, EMAIL)
    link, reference = link_of(database, settings, patient, datetime.now(timezone.utc))
    with httpx.Client(base_url=door, trust_env=False, follow_redirects=True) as browser:
        page = browser.get(link)
        assert page.url.path == "/desk/sign-in" and reference not in page.text
        form = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert form
        data = {"csrf": form[1], "email": EMAIL, "password": PASSWORD}
        page = browser.post("/desk/sign-in", data=data)
        assert page.url.path.startswith("/desk/cases/") and reference in page.text
        assert "desk_wanted" not in browser.cookies
        assert "Nobody is paged: no escalation policy is set" in page.text


def test_an_old_or_made_up_link_leads_nowhere(
    door: str, database: Database, settings: Settings, patient: Patient
) -> None:
    old, reference = link_of(
        database, settings, patient, datetime.now(timezone.utc) - LIFETIME - timedelta(minutes=1)
    )
    fresh = CaseLinks(settings.secret_key, "").to_case(uuid4(), datetime.now(timezone.utc))
    with signed_in(door, database, EMAIL) as browser:
        for link in (old, fresh[:-9] + "A" * 9, "/desk/page/AAAA.BBBB.CCCC"):
            page = browser.get(link)
            assert page.status_code == 404
            assert "expired or is damaged" in page.text and reference not in page.text
