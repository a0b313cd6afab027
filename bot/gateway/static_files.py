"""The widget's file and its words in other languages, the desk's files under /static/, and the demo pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.gateway.problems import Problem

_HERE: Final = Path(__file__).resolve().parent
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_DEMO_PAGES: Final = {"index.html": "/", "playground.html": "/playground"}


@dataclass(frozen=True)
class StaticFile:
    """One file in memory, with the validator that lets browsers keep it."""

    content: bytes
    media_type: str
    etag: str

    @classmethod
    def read(cls, path: Path) -> StaticFile:
        content = path.read_bytes()
        return cls(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def static_routes(*, demo: bool) -> list[Route]:
    """A route for each file: nothing else can be asked for, whatever the path."""
    routes = [
        _route(f"/static/{path.name}", path)
        for path in sorted((_HERE / "static").iterdir())
        if path.suffix in _TYPES and path.name != "widget.js"
    ]
    # Clinics' own pages load the widget from here.
    anywhere = {"Cross-Origin-Resource-Policy": "cross-origin"}
    routes.append(_route("/widget.js", _HERE / "static" / "widget.js", anywhere))
    for path in sorted((_HERE / "static" / "words").glob("*.json")):
        routes.append(_route(f"/widget/v1/words/{path.name}", path, anywhere))
    if demo:
        for path in sorted((_HERE / "demo").iterdir()):
            if path.suffix in _TYPES:
                routes.append(_route(_DEMO_PAGES.get(path.name, f"/{path.name}"), path))
    return routes


def _route(address: str, path: Path, headers: dict[str, str] | None = None) -> Route:
    return Route(address, partial(_serve, path=path, headers=headers or {}), methods=["GET"])


async def _serve(request: Request, path: Path, headers: dict[str, str]) -> Response:
    if not path.exists():
        raise Problem(404, "not-found", "Not Found", "This file has not been built.")
    file = StaticFile.read(path)
    headers = {**headers, "ETag": file.etag, "Cache-Control": "public, max-age=300, must-revalidate"}
    if file.etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
