"""Reading requests: JSON bodies, bearer tokens, numbers in the query. Everything odd becomes a Problem."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from starlette.requests import Request

from bot.gateway.problems import bad_request, not_signed_in, not_valid

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_BUTTON_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_TOKEN: Final = re.compile(r"Bearer ([A-Za-z0-9_-]{20,200})", re.IGNORECASE)


def bearer_token(request: Request) -> str:
    match = _TOKEN.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise not_signed_in()
    return match.group(1)


async def json_object(request: Request) -> dict[str, Any]:
    body = await request.body()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise bad_request("The body must be a JSON object.")
    return value


async def wanted_region(request: Request, known: frozenset[str], default: str) -> str:
    """The region that a page asks for in an optional body; the clinic's own when it asks for none that we know."""
    if not await request.body():
        return default
    wanted = (await json_object(request)).get("region")
    code = region_code(wanted) if isinstance(wanted, str) else ""
    return code if code in known else default


def region_code(wanted: str) -> str:
    """As our regions are called: `gb` is `UK`. What it is no code of stays unknown."""
    code = wanted[:8].upper()
    return "UK" if code == "GB" else code


def client_id(body: dict[str, Any]) -> str:
    value = body.get("client_id")
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise not_valid("client_id must be 1 to 64 letters, digits, dots, colons, hyphens or underscores.")
    return value


def text_or_button(body: dict[str, Any]) -> tuple[str | None, str | None]:
    """(text, None) or (None, button_id): exactly one of them."""
    text, button_id = body.get("text"), body.get("button_id")
    if (text is None) == (button_id is None):
        raise not_valid("Send either text or button_id, not both.")
    if text is not None and not isinstance(text, str):
        raise not_valid("text must be a string.")
    if button_id is not None and not (isinstance(button_id, str) and _BUTTON_ID.fullmatch(button_id)):
        raise not_valid("button_id must be the id of a button that you were shown.")
    return text, button_id


def sequence_number(value: str | None, name: str) -> int:
    """A message number; 0 when absent."""
    if value is None or value == "":
        return 0
    if not _NUMBER.fullmatch(value):
        raise bad_request(f"{name} must be the number of a message.")
    return int(value)
