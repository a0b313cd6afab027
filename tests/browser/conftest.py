"""Chromium at the live stack."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bot.runtime.services import ROOT
from tests.support.live import stack

__all__ = ["stack"]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for longer than a module: while playwright runs, no other test can have an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=ARGUMENTS)
        yield browser
        browser.close()


def _executable() -> str:
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    found = subprocess.run([ROOT / "scripts" / "find-chromium"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@dataclass
class Visitor:
    """A browser window of its own, and what went wrong in it."""

    page: Page
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Visitors:
    """Opens windows; none of them may show an error by the end of the test."""

    browser: Browser
    opened: list[Visitor] = field(default_factory=list)

    def open(self, viewport: ViewportSize = DESKTOP) -> Page:
        page = self.browser.new_context(viewport=viewport).new_page()
        page.set_default_timeout(20_000)
        visitor = Visitor(page)
        page.on(
            "console",
            lambda message: visitor.errors.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        self.opened.append(visitor)
        return page


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    found = Visitors(chromium)
    yield found
    errors = [error for visitor in found.opened for error in visitor.errors]
    for visitor in found.opened:
        visitor.page.context.close()
    assert errors == []
