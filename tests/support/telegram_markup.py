"""Telegram's HTML as its Bot API reads it, as strictly: what it would refuse is refused here."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAGS = {
    "b": (), "strong": (), "i": (), "em": (), "u": (), "ins": (), "s": (), "strike": (), "del": (),
    "tg-spoiler": (), "code": (), "pre": (), "a": ("href",), "blockquote": ("expandable",),
}  # fmt: skip
_TOKEN = re.compile(
    r"<(/?)([a-z-]+)((?:\s+[a-z]+(?:=\"[^\"<>]*\")?)*)\s*>|&(lt|gt|amp|quot|#\d+|#x[0-9a-f]+);"
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class MarkupError(ValueError):
    """What Telegram answers with: Bad Request: can't parse entities."""


@dataclass(frozen=True)
class Entity:
    """`offset` and `length` in UTF-16 code units."""

    type: str
    offset: int
    length: int


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """The text that is shown, and what is marked up in it. Raises MarkupError."""
    plain, entities, opened, at = "", [], [], 0
    for match in _TOKEN.finditer(html):
        plain += _text(html[at : match.start()])
        at = match.end()
        closing, tag, attributes, entity = match.groups()
        if entity:
            plain += _NAMED.get(entity) or chr(int(entity[2:], 16) if entity[1] == "x" else int(entity[1:]))
        elif tag not in TAGS:
            raise MarkupError(f"unsupported start tag {tag}")
        elif not closing:
            for attribute in attributes.split():
                if attribute.partition("=")[0] not in TAGS[tag]:
                    raise MarkupError(f"attribute {attribute} of {tag}")
            if tag == "blockquote" and any(name == "blockquote" for name, _ in opened):
                raise MarkupError("blockquotes cannot be nested")
            opened.append((tag, utf16(plain)))
        else:
            if not opened or opened[-1][0] != tag or attributes:
                raise MarkupError(f"unexpected end tag {tag}")
            _, start = opened.pop()
            entities.append(Entity(tag, start, utf16(plain) - start))
    plain += _text(html[at:])
    if opened:
        raise MarkupError(f"can't find end tag of {opened[-1][0]}")
    return plain, entities


def _text(raw: str) -> str:
    if any(character in raw for character in "<>&"):
        raise MarkupError("a character that must be escaped")
    return raw
