"""A clinic's own web site: pages of another origin than the front door's, with the headers and styles of a test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.support.servers import serving

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
    '<circle cx="20" cy="20" r="18" fill="#0b6670"/></svg>'
)


@dataclass
class ClinicSite:
    """`page` puts a page on the site and returns its address."""

    port: int
    door: str
    _pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    _styles: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        # Another host name than the front door's: cross-site, not only cross-origin.
        return f"http://localhost:{self.port}"

    def page(self, *, policy: str = "", style: str = "", body: str = "", **data: str | bool) -> str:
        """A page with the widget's tag; `data` are its data attributes (`_` for `-`), True for one without a value."""
        name = f"/{len(self._pages)}"
        attributes = "".join(
            f" data-{key.replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
            for key, value in data.items()
        )
        self._styles[f"{name}.css"] = style
        html = (
            f'<!doctype html><html lang="en"><head><title>A clinic</title><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><link rel="icon" href="/logo.svg">'
            f'<link rel="stylesheet" href="{name}.css"></head><body><main><h1>A clinic</h1>'
            f'<p>Words of the page. <a href="#more">More</a></p>{body}</main>'
            f'<script src="{self.door}/widget.js"{attributes} defer></script></body></html>'
        )
        headers = {"Content-Security-Policy": policy} if policy else {}
        self._pages[name] = (html, headers)
        return self.origin + name

    def raw(self, html: str) -> str:
        """A page of this markup; its address."""
        name = f"/{len(self._pages)}"
        self._pages[name] = (html, {})
        return self.origin + name

    async def _serve(self, request: Request) -> Response:
        path = request.url.path
        if path == "/logo.svg":
            return Response(LOGO, media_type="image/svg+xml")
        if path in self._styles:
            return Response(self._styles[path], media_type="text/css")
        if path not in self._pages:
            return Response(status_code=404)
        html, headers = self._pages[path]
        return HTMLResponse(html, headers=headers)

    @contextlib.contextmanager
    def up(self) -> Iterator[ClinicSite]:
        app = Starlette(routes=[Route("/{path:path}", self._serve)])
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error", ws="none")
        server = uvicorn.Server(config)
        with serving(server, lambda: setattr(server, "should_exit", True)):
            yield self
