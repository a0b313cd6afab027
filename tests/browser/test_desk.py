"""The care desk in a real browser: the work of a shift, what arrives while one types, keys, and no barriers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from bot.accounts.users import DeskUser
from bot.cases import repository, work
from bot.cases.domain import Case, Resolution
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


@dataclass(frozen=True)
class Shift:
    """A clinic's desk with its patients."""

    light: Light
    visitors: Visitors

    @property
    def address(self) -> str:
        return self.light.door.address

    def person(self, name: str, role: str = "clinician") -> DeskUser:
        return desk_user(self.light.database, f"{name.split()[-1].lower()}@clinic.example", role, name)

    def page(
        self,
        name: str = "Dr Ana Silva",
        role: str = "clinician",
        viewport: ViewportSize = DESKTOP,
        **options: object,
    ) -> Page:
        """A browser of its own in which this person is signed in."""
        page = self.visitors.open(viewport, server_may_fail=True, **options)
        token = session_of(self.light.database, self.person(name, role))
        page.context.add_cookies([{"name": "desk_session", "value": token, "url": f"{self.address}/desk"}])
        return page

    def raised(self, text: str = "I think I am pregnant and I took one last night") -> tuple[Patient, Case]:
        patient = Patient(self.address)
        message = UUID(patient.say(text))
        with self.light.database.transaction() as session:
            case = next(
                case
                for case in repository.unresolved_of(session, self.light.conversations[0])
                if case.message_id == message
            )
        return patient, case

    def goto(self, page: Page, case: Case | None = None) -> None:
        page.goto(f"{self.address}/desk" + (f"/cases/{case.id}" if case else ""))

    def clear(self) -> None:
        """Every case is resolved."""
        user = self.person("Dr Clear")
        for row in rows(self.light.database, "SELECT id FROM cases WHERE state <> 'resolved'"):
            with self.light.database.transaction() as session:
                work.claim(session, row.id, self.person("Dr Clear", "lead"), utc_now(), take_over=True)
                work.resolve(session, row.id, user.email, Resolution.CONTACTED, "", utc_now())

    def event(self, case: Case, kind: str) -> None:
        with self.light.database.transaction() as session:
            repository.add_event(session, case.id, kind, "patient", utc_now())


@pytest.fixture
def shift(light: Light, visitors: Visitors) -> Shift:
    return Shift(light, visitors)


def no_barriers(page: Page) -> None:
    result = Axe().run(page, options=AXE)
    assert result.violations_count == 0, result.generate_report()


def test_the_main_work_with_the_keyboard_alone(shift: Shift) -> None:
    shift.clear()
    patient, case = shift.raised()
    page = shift.page()
    shift.goto(page)
    keys = page.keyboard
    keys.press("j")
    expect(page.get_by_role("link", name=f"Possible pregnancy {case.reference}")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Possible pregnancy {case.reference}")
    expect(page.locator("#transcript mark")).to_have_text("pregnant")
    keys.press("c")
    expect(page.get_by_text("You have this case now.")).to_be_visible()
    keys.press("r")
    reply = page.get_by_label("Your message")
    expect(reply).to_be_focused()
    keys.type("Please call me: a clear reply, and c or a do nothing here.")
    keys.press("Control+Enter")
    expect(page.get_by_text("Your message is on its way to the patient.")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("You are writing with the patient.")
    told = [message for message in patient.history() if message["author"] == "clinician"]
    assert [(message["role"], message["text"].startswith("Please call me")) for message in told] == [
        ("Dr Ana Silva", True)
    ]
    patient.say("thank you, I will")
    expect(page.locator("#transcript")).to_contain_text("thank you, I will")
    keys.press("n")
    keys.type("Will phone at five.")
    keys.press("Control+Enter")
    expect(page.locator("#notes-list")).to_contain_text("Will phone at five.")
    page.get_by_label("Talked or wrote with the patient").check()
    page.get_by_role("button", name="Resolve the case").click()
    expect(page.get_by_text("You have resolved this case.")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Resolved: Talked or wrote with the patient")
    page.keyboard.press("u")
    expect(page.get_by_text("There are no unresolved cases.")).to_be_visible()
    no_barriers(page)


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)])
def test_nothing_bars_the_way_in_any_state_of_a_case(
    shift: Shift, scheme: str, viewport: ViewportSize
) -> None:
    page = shift.page(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    patient, case = shift.raised("I am pregnant. " + scheme)
    shift.goto(page)
    no_barriers(page)
    for address in ("?tier=1&q=pregnant", "?q=nothing-like-it", "?show=resolved", "?who=mine"):
        page.goto(f"{shift.address}/desk{address}")
        no_barriers(page)
    shift.goto(page, case)
    no_barriers(page)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".badge")).to_have_text("Acknowledged")
    no_barriers(page)
    page.get_by_role("button", name="Claim").click()
    page.get_by_role("button", name="Start work").click()
    page.get_by_label("Your message").fill("Hello")
    page.get_by_role("button", name="Send to the patient").click()
    expect(page.locator("#answer")).to_contain_text("Hand the chat back")
    shift.event(case, "nobody_to_page")
    expect(page.locator("#history")).to_contain_text("Nobody paged")
    no_barriers(page)
    lead = shift.page("Dr Kim", "lead", viewport=viewport, color_scheme=scheme)
    shift.goto(lead, case)
    expect(lead.get_by_label("Take the chat over from Dr Ana Silva")).to_be_visible()
    no_barriers(lead)
    # Not complete: the page says so. The browser would not send it.
    page.evaluate("document.querySelectorAll('[required]').forEach((one) => { one.required = false; })")
    page.get_by_role("button", name="Resolve the case").click()
    expect(page.locator("#problem")).to_be_focused()
    no_barriers(page)
    page.get_by_label("Could not reach the patient").check()
    page.get_by_role("button", name="Resolve the case").click()
    expect(page.locator(".badge")).to_have_text("Resolved")
    no_barriers(page)
    patient.http.delete("/widget/v1/session")
    expect(page.locator("#transcript")).to_contain_text("The patient deleted this conversation.")
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".badge")).to_have_text("Reopened")
    no_barriers(page)


def test_what_is_typed_stays_while_news_arrives(shift: Shift) -> None:
    patient, case = shift.raised()
    page = shift.page()
    shift.goto(page, case)
    note, reply = page.get_by_label("New note"), page.get_by_label("Your message")
    note.fill("half a note")
    reply.fill("Please come at fivr")
    reply.evaluate("(field) => field.setSelectionRange(18, 19)")
    reply.evaluate("(one) => one.scrollIntoView({ block: 'center' })")
    before = reply.bounding_box()
    other = shift.page("Ben Okafor")
    shift.goto(other, case)
    patient.say("and I am pregnant for sure, the second test says so too")
    expect(page.locator("#transcript")).to_contain_text("the second test says so too")
    expect(page.locator("#announce")).to_contain_text("There is a new message in the conversation.")
    other.get_by_role("button", name="Claim").click()
    expect(page.locator("#actions")).to_contain_text("Ben Okafor has this case")
    expect(page.locator("#announce")).to_contain_text("Ben Okafor has it")
    expect(note).to_have_value("half a note")
    expect(reply).to_have_value("Please come at fivr")
    expect(reply).to_be_focused()
    after = reply.bounding_box()
    assert before is not None and after is not None and abs(before["y"] - after["y"]) < 4
    page.keyboard.type("e")
    expect(reply).to_have_value("Please come at five")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your message is on its way to the patient.")).to_be_visible()


def test_words_for_a_case_that_closes_meanwhile_are_not_lost(shift: Shift) -> None:
    _, case = shift.raised()
    page = shift.page()
    shift.goto(page, case)
    page.get_by_label("Your message").fill("Nearly done writing")
    user = shift.person("Ben Okafor")
    with shift.light.database.transaction() as session:
        work.claim(session, case.id, user, utc_now())
        work.resolve(session, case.id, user.email, Resolution.REFERRED, "", utc_now())
    expect(page.locator(".badge")).to_have_text("Resolved")
    expect(page.locator("#alarm")).to_contain_text("What you typed is still here.")
    expect(page.get_by_label("Your message")).to_have_value("Nearly done writing")
    page.get_by_role("button", name="Send to the patient").click()
    expect(page.locator("#problem")).to_be_visible()
    expect(page.get_by_label("What you had typed")).to_have_value("Nearly done writing")


def test_a_new_urgent_case_is_announced_and_the_list_keeps_its_place(shift: Shift) -> None:
    shift.clear()
    _, first = shift.raised("a real person please")
    page = shift.page()
    shift.goto(page)
    expect(page).to_have_title("Cases · Northside Dermatology")
    page.get_by_label("Search").fill("half a wo")
    link = page.get_by_role("link", name=f"Wants a person {first.reference}")
    link.focus()
    _, urgent = shift.raised("it is all hopeless")
    expect(page.locator("#alarm")).to_have_text(f"New urgent case {urgent.reference}: Low or changed mood.")
    expect(page.get_by_role("link", name=f"Low or changed mood {urgent.reference}")).to_be_visible()
    expect(page).to_have_title("(1 new urgent) Cases · Northside Dermatology")
    expect(link).to_be_focused()
    expect(page.get_by_label("Search")).to_have_value("half a wo")
    expect(page.locator("#totals")).to_have_text(re.compile(r"1\s*now\s*0\s*same day\s*1\s*routine"))
    page.keyboard.press("Tab")
    expect(page).to_have_title("Cases · Northside Dermatology")


def test_two_browsers_claim_and_one_is_told_who_has_it(shift: Shift) -> None:
    _, case = shift.raised()
    ana, ben = shift.page(), shift.page("Ben Okafor")
    for page in (ana, ben):
        # Whoever hears of the other's claim would not press.
        page.route("**/desk/events*", lambda route: route.abort())
        shift.goto(page, case)
    ana.get_by_role("button", name="Claim").click()
    expect(ana.get_by_text("You have this case now.")).to_be_visible()
    ben.get_by_role("button", name="Claim").click()
    expect(ben.locator("#problem")).to_contain_text("Dr Ana Silva has had this case since")
    expect(ben.locator("#problem")).to_be_focused()
    expect(ben.get_by_role("button", name="Claim")).to_have_count(0)


def test_keys_can_be_listed_and_switched_off_and_never_work_while_typing(shift: Shift) -> None:
    _, case = shift.raised()
    page = shift.page()
    shift.goto(page, case)
    page.get_by_label("New note").press("a")
    expect(page.get_by_label("New note")).to_have_value("a")
    expect(page.locator(".badge")).to_have_text("Open")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    no_barriers(page)
    page.keyboard.press("a")
    dialog.get_by_label("Use single keys in this browser").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    for key in ("a", "c", "?", "r"):
        page.keyboard.press(key)
    expect(page.locator(".badge")).to_have_text("Open")
    expect(dialog).to_be_hidden()
    shift.goto(page)
    page.keyboard.press("j")
    expect(page.locator("[data-row]:focus")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_label("Use single keys in this browser")).not_to_be_checked()
    page.get_by_label("Use single keys in this browser").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()


def test_the_arrows_go_through_the_list_from_a_case_only(shift: Shift) -> None:
    shift.clear()
    found = [shift.raised("a real person please")[1] for _ in range(3)]
    page = shift.page()
    shift.goto(page)
    links = page.locator("[data-row]")
    expect(links).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row]:focus")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(links.nth(2)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    expect(links.nth(0)).to_contain_text(found[0].reference)


def test_signed_out_elsewhere_the_page_hides_and_comes_back(shift: Shift) -> None:
    patient, case = shift.raised()
    page = shift.page()
    shift.goto(page, case)
    page.get_by_label("Your message").fill("half a sentence")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    patient.say("hi again")
    dialog = page.get_by_role("dialog", name="You have been signed out")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    no_barriers(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    page.context.add_cookies([{**cookie} for cookie in cookies])  # type: ignore[misc]
    dialog.get_by_role("button", name="I am signed in again").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#transcript")).to_contain_text("hi again")
    expect(page.get_by_label("Your message")).to_have_value("half a sentence")


def test_many_tabs_share_one_stream_and_all_hear_the_news(shift: Shift) -> None:
    shift.clear()
    patient, case = shift.raised()
    first = shift.page()
    streams: list[str] = []
    first.context.on(
        "request", lambda request: streams.append(request.url) if "/desk/events" in request.url else None
    )
    shift.goto(first)
    tabs = [first]
    for _ in range(7):
        tab = shift.visitors.tab(first.context, server_may_fail=True)
        shift.goto(tab, case)
        tabs.append(tab)
    expect(tabs[-1].locator(".badge")).to_have_text("Open")
    user = shift.person("Ben Okafor")
    with shift.light.database.transaction() as session:
        work.claim(session, case.id, user, utc_now())
    for tab in tabs[1:]:
        expect(tab.locator("#actions")).to_contain_text("Ben Okafor has this case")
    assert len(streams) == 1
    # When the tab with the stream closes, another goes on.
    first.close()
    with shift.light.database.transaction() as session:
        work.release(session, case.id, user, utc_now())
    for tab in tabs[1:]:
        expect(tab.locator("#actions")).to_contain_text("Nobody has claimed this case.")
    assert len(streams) == 2


def test_without_scripts_the_work_is_the_same(shift: Shift) -> None:
    patient, case = shift.raised()
    page = shift.page(java_script_enabled=False)
    page.goto(f"{shift.address}/desk?q={case.reference}")
    expect(page.locator("time[data-clock=left]")).to_have_text(re.compile("min left$"))
    page.get_by_role("link", name=case.reference).click()
    page.get_by_role("button", name="Claim").click()
    page.get_by_label("Your message").fill("Hello from a plain page")
    page.get_by_role("button", name="Send to the patient").click()
    expect(page.locator("#transcript")).to_contain_text("Hello from a plain page")
    assert patient.history()[-1]["text"] == "Hello from a plain page"


SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, .row')]
  .filter((one) => one.getClientRects().length && !one.matches('.skip, [data-row], p > a'))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 24 || box.width < 24).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_targets_are_large_and_nothing_is_wider_than_the_screen(shift: Shift, width: int) -> None:
    _, case = shift.raised()
    page = shift.page(viewport={"width": width, "height": 800})
    for where in (None, case):
        shift.goto(page, where)
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
