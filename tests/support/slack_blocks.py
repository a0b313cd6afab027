"""What Slack refuses in blocks, as its reference states the limits: unknown fields too, which Slack itself ignores."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MOST_BLOCKS = {"message": 50, "home": 100}
# Slack refuses a message whose blocks are too long taken together; it gives no figure, this is below what was seen.
LONGEST_MESSAGE = 12_000
_BARE = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")
_URL = re.compile(r"https?://[^\s<>]+")


class Refused(Exception):
    """One thing that is wrong, in words that name its place."""


def check_blocks(blocks: object, surface: str = "message") -> None:
    """Raises Refused for what Slack would answer with `invalid_blocks`."""
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= MOST_BLOCKS[surface]:
        raise Refused(f"blocks: must be a list of 1 to {MOST_BLOCKS[surface]}")
    ids: list[str] = []
    actions: list[str] = []
    for number, block in enumerate(blocks):
        where = f"blocks[{number}]"
        kind = _member(block, "type", where)
        if kind not in _BLOCKS:
            raise Refused(f"{where}: unsupported type {kind!r}")
        if "block_id" in block:
            _length(block["block_id"], 1, 255, f"{where}.block_id")
            ids.append(block["block_id"])
        _BLOCKS[kind](block, where, actions)
    if len(set(ids)) != len(ids):
        raise Refused("blocks: block_id must be unique")
    if surface == "message" and _characters(blocks) > LONGEST_MESSAGE:
        raise Refused("msg_blocks_too_long")


def check_text(value: object, where: str, limit: int, *, plain_only: bool = False) -> None:
    kind = _member(value, "type", where)
    if kind not in (("plain_text",) if plain_only else ("plain_text", "mrkdwn")):
        raise Refused(f"{where}.type: {kind!r} is not allowed here")
    assert isinstance(value, dict)
    _fields(value, {"type", "text"}, {"emoji"} if kind == "plain_text" else {"verbatim"}, where)
    _length(value["text"], 1, limit, f"{where}.text")
    check_escaping(value["text"], f"{where}.text")


def check_escaping(text: str, where: str) -> None:
    """Slack does not refuse a bare control character: it shows something else than was meant."""
    if _BARE.search(text):
        raise Refused(f"{where}: a control character is not escaped")


def _section(block: dict[str, Any], where: str, actions: list[str]) -> None:
    _fields(block, {"type"}, {"text", "fields", "accessory", "block_id", "expand"}, where)
    if "text" not in block and "fields" not in block:
        raise Refused(f"{where}: needs text or fields")
    if "text" in block:
        check_text(block["text"], f"{where}.text", 3_000)
    for number, field in enumerate(_list(block, "fields", 10, where) if "fields" in block else ()):
        check_text(field, f"{where}.fields[{number}]", 2_000)
    if "accessory" in block:
        _button(block["accessory"], f"{where}.accessory", actions)


def _context(block: dict[str, Any], where: str, actions: list[str]) -> None:
    _fields(block, {"type", "elements"}, {"block_id"}, where)
    for number, element in enumerate(_list(block, "elements", 10, where)):
        check_text(element, f"{where}.elements[{number}]", 3_000)


def _actions(block: dict[str, Any], where: str, actions: list[str]) -> None:
    _fields(block, {"type", "elements"}, {"block_id"}, where)
    for number, element in enumerate(_list(block, "elements", 25, where)):
        _button(element, f"{where}.elements[{number}]", actions)


def _header(block: dict[str, Any], where: str, actions: list[str]) -> None:
    _fields(block, {"type", "text"}, {"block_id", "level"}, where)
    check_text(block["text"], f"{where}.text", 150, plain_only=True)


def _divider(block: dict[str, Any], where: str, actions: list[str]) -> None:
    _fields(block, {"type"}, {"block_id"}, where)


_BLOCKS: dict[str, Callable[[dict[str, Any], str, list[str]], None]] = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "header": _header,
    "divider": _divider,
}


def _button(element: object, where: str, actions: list[str]) -> None:
    if _member(element, "type", where) != "button":
        raise Refused(f"{where}: only buttons are used here")
    assert isinstance(element, dict)
    allowed = {"action_id", "url", "value", "style", "confirm", "accessibility_label"}
    _fields(element, {"type", "text"}, allowed, where)
    check_text(element["text"], f"{where}.text", 75, plain_only=True)
    if "action_id" in element:
        _length(element["action_id"], 1, 255, f"{where}.action_id")
        if element["action_id"] in actions:
            raise Refused(f"{where}.action_id: must be unique in the message")
        actions.append(element["action_id"])
    if "value" in element:
        _length(element["value"], 1, 2_000, f"{where}.value")
    if "url" in element:
        _length(element["url"], 1, 3_000, f"{where}.url")
        if not _URL.fullmatch(element["url"]):
            raise Refused(f"{where}.url: no valid URL")
    if element.get("style", "primary") not in ("primary", "danger"):
        raise Refused(f"{where}.style: primary or danger")
    if "confirm" in element:
        confirm = element["confirm"]
        _fields(confirm, {"title", "text", "confirm", "deny"}, {"style"}, f"{where}.confirm")
        for name, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            check_text(confirm[name], f"{where}.confirm.{name}", limit, plain_only=name != "text")


def _member(value: object, name: str, where: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get(name), str):
        raise Refused(f"{where}: must be an object with {name}")
    return str(value[name])


def _fields(value: dict[str, Any], required: set[str], optional: set[str], where: str) -> None:
    missing, unknown = required - set(value), set(value) - required - optional
    if missing or unknown:
        raise Refused(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def _list(block: dict[str, Any], name: str, most: int, where: str) -> list[Any]:
    items = block[name]
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        raise Refused(f"{where}.{name}: must be a list of 1 to {most}")
    return items


def _length(value: object, least: int, most: int, where: str) -> None:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise Refused(f"{where}: must be {least} to {most} characters")
    if not value.strip():
        raise Refused(f"{where}: must hold more than blanks")


def _characters(value: object) -> int:
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_characters(item) for item in value.values())
    return sum(_characters(item) for item in value) if isinstance(value, list) else 0
