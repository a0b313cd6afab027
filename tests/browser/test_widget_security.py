"""On hostile and on careful pages: policies hold, text stays text, nobody else is asked for anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Light, Visitors
from tests.browser.widget import Widget

WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
window.print = () => undefined;
window.alert = () => window.violations.push('alert');
"""
# Typed by a patient and by a clinician. Each would do something if it became markup or a link.
CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe srcdoc="<script>parent.alert(1)</script>">',
    '<a href="javascript:alert(1)">press</a> javascript:alert(1)',
    "</textarea></style><style>*{display:none}</style>",
    "${alert(1)} {{constructor.constructor('alert(1)')()}} <!--?lit$123$-->",
    "https://evil.example/<script>alert(1)</script> [1](javascript:alert(1)) [1]",
    "https://localhost@evil.example/ data:text/html,<script>alert(1)</script>",
    "&lt;b&gt; &#x3C;script&#x3E; \\u003cscript\\u003e",
    "<math><mtext></p><mglyph><style><img src=x onerror=alert(1)>",
    "<isotretinoin-assistant server='https://evil.example'></isotretinoin-assistant>",
]


@pytest.mark.parametrize(
    "trusted_types", ["", "; trusted-types lit-html"], ids=["any policy", "listed policy"]
)
def test_a_strict_page_sees_no_violation(light: Light, visitors: Visitors, trusted_types: str) -> None:
    page = visitors.open(accept_downloads=True)
    page.add_init_script(WATCH)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    door = light.door.address
    address = light.site.page(
        policy=(
            f"default-src 'self'; script-src 'self' {door}; style-src 'self'; connect-src 'self' {door};"
            f" require-trusted-types-for 'script'{trusted_types}"
        ),
        lang="es",
        logo="/logo.svg",
        heading="Chat",
    )
    chat = Widget(page).open(address)
    expect(chat.panel).to_contain_text("Antes de empezar")
    chat.asked("Can I drink wine?", "liver")
    chat.newest.locator(".cite").first.click()
    chat.ask("I am pregnant")
    expect(chat.banner).to_be_visible()
    chat.toggle("Ayuda urgente")
    expect(chat.sheet.get_by_role("link", name="Llamar al 112, Emergencias")).to_be_visible()
    chat.toggle("Opciones")
    with page.expect_download():
        chat.sheet.get_by_role("button", name="Guardar este chat como texto").click()
    chat.sheet.get_by_role("button", name="Imprimir este chat").click()
    expect(page.locator("iframe.paper")).to_have_count(1)
    chat.sheet.get_by_role("button", name="Borrar mi conversación").click()
    chat.sheet.get_by_role("button", name="Borrar", exact=True).click()
    expect(chat.messages).to_have_count(0)
    assert page.evaluate("window.violations") == []
    # The page's own site and the front door, and nobody else.
    assert {url.split("/")[2] for url in asked if not url.startswith(("blob:", "data:"))} == {
        light.site.origin.split("/")[2],
        door.split("/")[2],
    }


def test_the_same_policy_does_refuse_what_is_not_allowed(light: Light, visitors: Visitors) -> None:
    """So that the test above can fail."""
    page = visitors.open(server_may_fail=True)
    page.add_init_script(WATCH)
    door = light.door.address
    policy = (
        f"default-src 'self'; script-src 'self' {door}; style-src 'self'; require-trusted-types-for 'script'"
    )
    page.goto(light.site.page(policy=policy))
    page.evaluate("try { document.body.innerHTML += '<b>x</b>' } catch {}")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_function("window.violations.length >= 2")
    found = page.evaluate("window.violations")
    assert any("require-trusted-types-for" in one for one in found)
    assert any("style-src" in one for one in found)
    visitors.opened[-1].errors.clear()


def test_text_stays_text_whoever_writes_it(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    page.add_init_script(WATCH)
    chat = Widget(page).open(light.site.page())
    chat.asked("hello", "You said: hello")
    for text in CORPUS:
        chat.asked(text, "You said: " + text.lstrip("/")[:12])
        light.as_clinician(text, role=text[:40])
        expect(page.locator(".message.clinician")).to_have_count(CORPUS.index(text) + 1)
    for kind in ("patient", "clinician"):
        shown = [one.inner_text() for one in page.locator(f".message.{kind} .bubble").all()][-len(CORPUS) :]
        assert shown == CORPUS
    inside = "iframe, img, script, style, math, svg[onload], isotretinoin-assistant, b, a"
    written = page.locator(".message.patient, .message.clinician")
    assert written.locator(".bubble").locator(inside).count() == 0
    assert written.locator("[href], [src], [style]").count() == 0
    assert page.evaluate("window.violations") == []


def test_links_lead_only_where_the_clinic_allows(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page).open(light.site.page(links="clinic.example"))
    chat.asked("hello", "You said: hello")
    light.as_clinician("See https://clinic.example/care, https://evil.example/ or call 112. Take 112 mg? No.")
    expect(chat.newest).to_contain_text("clinic.example")
    links = chat.newest.get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == ["https://clinic.example/care", "tel:112"]
    assert links.first.get_attribute("rel") == "noopener noreferrer"
    # A patient's own words never become a link.
    chat.asked("https://clinic.example/care", "You said: https://clinic.example/care")
    assert page.locator(".message.patient a").count() == 0


def test_a_page_that_is_not_on_the_list_cannot_use_the_chat(light: Light, visitors: Visitors) -> None:
    page = visitors.open(server_may_fail=True)
    chat = Widget(page)
    # The same site under a name that ALLOWED_ORIGINS does not have.
    page.goto(light.site.page().replace("localhost", "127.0.0.1"))
    chat.launcher.click()
    before = len(light.conversations)
    chat.ask("hello")
    expect(chat.newest).to_contain_text("Not sent.")
    assert len(light.conversations) == before
    # Whom to call is there all the same: without a region every country's number.
    chat.toggle("Urgent help")
    expect(chat.sheet.get_by_role("link", name="Call 112, Ireland")).to_be_visible()
    visitors.opened[-1].errors.clear()


HOSTILE = """
* { all: unset !important; }
* { display: inline !important; color: red !important; font-size: 3px !important; position: static !important;
    visibility: hidden !important; animation: none !important; }
isotretinoin-assistant { transform: rotate(20deg) !important; visibility: visible !important; }
"""


def test_a_pages_own_styles_do_not_get_in(light: Light, visitors: Visitors) -> None:
    page = visitors.open()
    chat = Widget(page)
    chat.open(light.site.page(style=HOSTILE))
    hostile, hostile_sizes = page.evaluate(LOOKS)
    chat.open(light.site.page())
    plain, plain_sizes = page.evaluate(LOOKS)
    assert hostile == plain
    assert hostile_sizes == pytest.approx(plain_sizes, abs=1)


LOOKS = """() => {
  const root = document.querySelector('isotretinoin-assistant').shadowRoot;
  // The root is as wide as the page leaves it; what is in it stands apart from the page.
  const parts = ['.panel', '.header', '.title', '.help-toggle', '.notice', 'textarea', '.send'].map((part) =>
    root.querySelector(part));
  const looks = [root.querySelector('.root'), ...parts].map((part) => {
    const { color, font, display, visibility, position, letterSpacing } = getComputedStyle(part);
    return [color, font, display, visibility, position, letterSpacing];
  });
  return [looks, parts.flatMap(({ offsetWidth, offsetHeight }) => [offsetWidth, offsetHeight])];
}"""
