"""Nothing lost and nothing twice: tabs, restarts, lost networks, reloads."""

from __future__ import annotations

import re
from collections import Counter

from playwright.sync_api import BrowserContext, Request, Route, expect

from tests.browser.conftest import Light, Visitors
from tests.browser.widget import Widget

TABS = 12
STORED = "(name) => JSON.stringify({...window[name]})"


class Streams:
    """The event streams that a profile has open."""

    def __init__(self, context: BrowserContext) -> None:
        self.opened: list[Request] = []
        self._ended: list[Request] = []
        context.on("request", lambda request: self.opened.append(request) if _is_stream(request) else None)
        context.on("requestfailed", lambda request: self._ended.append(request))
        context.on("requestfinished", lambda request: self._ended.append(request))

    @property
    def open(self) -> int:
        living = [request for request in self.opened if not request.frame.page.is_closed()]
        return len([request for request in living if request not in self._ended])


def _is_stream(request: Request) -> bool:
    return request.url.endswith("/widget/v1/events")


def shows_once(chat: Widget, *texts: str) -> None:
    """These messages stand in the chat, each once."""
    for text in texts:
        expect(chat.page.locator(".bubble").get_by_text(text, exact=True)).to_have_count(1)
    assert max(Counter(chat.texts()).values(), default=1) == 1


def test_twelve_tabs_share_one_stream(light: Light, visitors: Visitors) -> None:
    address = light.site.page(open=True)
    first = visitors.open()
    streams = Streams(first.context)
    pages = [first, *(visitors.tab(first.context) for _ in range(TABS - 1))]
    for page in pages:
        page.goto(address)
    chats = [Widget(page) for page in pages]

    chats[0].asked("one", "You said: one")
    for chat in chats:
        shows_once(chat, "one", "You said: one")
    assert streams.open == 1

    # The tab with the stream is closed; another takes over.
    pages.pop(0).close()
    chats.pop(0)
    chats[4].asked("two", "You said: two")
    for chat in chats:
        shows_once(chat, "one", "You said: one", "two", "You said: two")
    assert streams.open == 1

    # A tab that comes later has the conversation at once.
    late = visitors.tab(pages[0].context)
    late.goto(address)
    shows_once(Widget(late), "one", "You said: two")
    assert light.messages()[-1] == ("assistant", "You said: two")

    # Deleted in one, gone in all.
    chats[2].toggle("Options")
    chats[2].sheet.get_by_role("button", name="Delete my conversation").click()
    chats[2].sheet.get_by_role("button", name="Delete", exact=True).click()
    for chat in [*chats, Widget(late)]:
        expect(chat.messages).to_have_count(0)


def test_two_tabs_that_begin_at_once_begin_one_conversation(light: Light, visitors: Visitors) -> None:
    before = len(light.conversations)
    one = visitors.open()
    other = visitors.tab(one.context)
    chats = []
    for page in (one, other):
        page.goto(light.site.page(open=True))
        chats.append(Widget(page))
        chats[-1].input.fill(f"from tab {len(chats)}")
    press = "document.querySelector('isotretinoin-assistant').shadowRoot.querySelector('.send').click()"
    one.evaluate(f"setTimeout(() => {press}, 50)")
    other.evaluate(press)
    for chat in chats:
        expect(chat.messages.filter(has_text="You said: from tab")).to_have_count(2)
        shows_once(chat, "from tab 1", "from tab 2")
    assert len(light.conversations) == before + 1


def test_a_frozen_tab_does_not_keep_the_others_waiting(light: Light, visitors: Visitors) -> None:
    """The tab with the stream stops running; one that is used takes the stream over."""
    leader = visitors.open()
    chat = Widget(leader).open(light.site.page())
    chat.asked("one", "You said: one")
    other = visitors.tab(leader.context)
    other.clock.install()
    second = Widget(other)
    other.goto(light.site.page(open=True))
    shows_once(second, "one")
    browser = leader.context.new_cdp_session(leader)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    light.as_clinician("Hello from the clinic")
    expect(second.messages.filter(has_text="Hello from the clinic")).to_have_count(0)
    other.clock.fast_forward(60_000)
    expect(second.messages.filter(has_text="Hello from the clinic")).to_have_count(1)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    shows_once(chat, "Hello from the clinic")


def test_a_killed_server_loses_nothing_and_doubles_nothing(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page())
    chat.asked("before", "You said: before")
    light.door.kill()
    try:
        expect(chat.status).to_have_text("Connection lost. Trying again…")
        chat.ask("meanwhile")
        expect(chat.newest).to_contain_text("Not sent.")
        expect(chat.newest.get_by_role("button", name="Try again")).to_be_visible()
        light.as_clinician("Written while the server was away")
    finally:
        light.door.start()
    expect(chat.messages.filter(has_text="You said: meanwhile")).to_be_visible(timeout=40_000)
    shows_once(chat, "before", "Written while the server was away", "meanwhile", "You said: meanwhile")
    assert [text for author, text in light.messages() if author == "patient"] == ["before", "meanwhile"]
    page.reload()
    Widget(page).launcher.click()
    shows_once(chat, "before", "Written while the server was away", "meanwhile", "You said: meanwhile")


def test_a_message_pushed_while_offline_arrives(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page())
    chat.asked("hello", "You said: hello")
    page.context.set_offline(True)
    expect(chat.status).to_have_text("Connection lost. Trying again…")
    light.as_clinician("Please call us")
    chat.ask("written offline")
    expect(chat.newest).to_contain_text("Not sent.")
    page.context.set_offline(False)
    expect(chat.messages.filter(has_text="You said: written offline")).to_be_visible()
    shows_once(chat, "hello", "Please call us", "written offline", "You said: written offline")


def test_a_stream_that_slept_is_opened_anew(light: Light, visitors: Visitors) -> None:
    """After a sleep the connection looks alive and is dead: the clock has jumped and nothing was heard."""
    page = visitors.open()
    streams = Streams(page.context)
    page.clock.install()
    chat = Widget(page).open(light.site.page())
    chat.asked("hello", "You said: hello")
    opened = len(streams.opened)
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 3600"))
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.clock.resume()
    light.as_clinician("Good morning")
    expect(chat.messages.filter(has_text="Good morning")).to_have_count(1)
    assert len(streams.opened) == opened + 1


def test_an_answer_lost_on_the_way_does_not_double_the_message(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    lost: list[str] = []

    def take_and_lose(route: Route) -> None:
        if lost:
            route.fallback()
            return
        route.fetch()
        lost.append("the answer")
        route.abort()

    page.route("**/widget/v1/messages", take_and_lose)
    chat = Widget(page).open(light.site.page())
    chat.asked("only once", "You said: only once")
    page.reload()
    Widget(page).launcher.click()
    shows_once(chat, "only once", "You said: only once")
    assert lost and light.messages().count(("patient", "only once")) == 1


def test_a_reload_in_the_middle_of_sending_sends_once(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page())
    chat.asked("hello", "You said: hello")
    page.route("**/widget/v1/messages", lambda route: route.abort())
    chat.ask("on its way")
    expect(chat.newest).to_contain_text("Not sent.")
    page.unroute("**/widget/v1/messages")
    page.reload()
    Widget(page).launcher.click()
    expect(chat.messages.filter(has_text="You said: on its way")).to_be_visible()
    shows_once(chat, "hello", "on its way")
    assert light.messages().count(("patient", "on its way")) == 1


def test_a_refused_message_can_be_changed(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page).open(light.site.page())
    chat.ask("\u200b///")
    expect(chat.newest).to_contain_text("There is nothing to read in this message.")
    chat.newest.get_by_role("button", name="Change and send again").click()
    expect(chat.input).to_be_focused()
    expect(chat.messages.filter(has_text="Not sent")).to_have_count(0)


def test_the_token_stays_in_the_tab_unless_the_patient_wants_to_be_remembered(
    light: Light, visitors: Visitors
) -> None:
    page = visitors.open()
    address = light.site.page()
    chat = Widget(page).open(address)
    chat.asked("hello", "You said: hello")
    assert "token" in page.evaluate(STORED, "sessionStorage")
    assert page.evaluate(STORED, "localStorage") == "{}"
    chat.toggle("Options")
    chat.sheet.get_by_label("Remember me on this device").check()
    assert "token" in page.evaluate(STORED, "localStorage")
    assert page.context.cookies() == []

    # The browser is closed and opened again: tabs are gone, what is kept on the device is not.
    kept = page.context.storage_state()
    page.close()
    again = visitors.open(storage_state=kept)
    chat = Widget(again).open(address)
    shows_once(chat, "hello", "You said: hello")
    chat.toggle("Options")
    expect(chat.sheet.get_by_label("Remember me on this device")).to_be_checked()
    chat.sheet.get_by_label("Remember me on this device").uncheck()
    assert again.evaluate(STORED, "localStorage") == "{}"
    chat.sheet.get_by_label("Remember me on this device").check()
    chat.sheet.get_by_role("button", name="Delete my conversation").click()
    chat.sheet.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.messages).to_have_count(0)
    assert again.evaluate(STORED, "localStorage") == again.evaluate(STORED, "sessionStorage") == "{}"


def test_where_storage_is_forbidden_the_chat_works_all_the_same(light: Light, visitors: Visitors) -> None:
    """As with all cookies blocked: storage and locks are there and refuse."""
    page = visitors.open()
    page.add_init_script(
        """
        const refuse = () => { throw new DOMException('denied', 'SecurityError'); };
        for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get: refuse });
        LockManager.prototype.request = async () => refuse();
        """
    )
    # Locks exist on this page: what is tested is that they are not needed.
    chat = Widget(page).open(light.site.page())
    assert page.evaluate("'locks' in navigator")
    chat.asked("hello", "You said: hello")
    light.as_clinician("Hello from the clinic")
    expect(chat.messages.filter(has_text="Hello from the clinic")).to_have_count(1)


def test_the_banner_says_what_the_case_says(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page).open(light.site.page(lang="en-GB"))
    expect(chat.banner).to_have_count(0)
    chat.asked("hello", "You said: hello")
    expect(chat.banner).to_have_count(0)
    chat.ask("I am pregnant")
    expect(chat.banner).to_have_text(
        re.compile(r"Your clinic has been told at \d\d:\d\d\. Reference \w{3}-\w{3}\.\s+We can’t say when")
    )
    reference = re.search(r"\w{3}-\w{3}", chat.banner.inner_text())
    assert reference
    case = light.case(reference.group())
    assert case.conversation_id == light.conversations[0]
    told = page.evaluate(
        "(at) => new Intl.DateTimeFormat('en-GB', {timeStyle: 'short'}).format(new Date(at))",
        case.opened_at.isoformat(),
    )
    expect(chat.banner).to_contain_text(f"told at {told}")
    light.acknowledge(case)
    expect(chat.banner).to_contain_text("A clinician has seen it at")
    light.resolve(case)
    expect(chat.banner).to_have_count(0)
