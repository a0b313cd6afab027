"""Slack's text markup, both ways: what patients' text means, and our text without any meaning of its own. Pure."""

from __future__ import annotations

import re
from typing import Final

# Slack turns links, phone numbers, mail addresses and mentions into <…>; a label follows after the bar.
_TAG: Final = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_MENTIONS: Final = {"@": "@someone", "#": "#a channel", "!": "@everyone"}


def readable(text: str) -> str:
    """What a person typed, from what Slack made of it.

    'call <tel:2025550123|(202) 555-0123> &amp; ask' -> 'call (202) 555-0123 & ask'. A link keeps its address, and
    its label when that says something else.
    """
    plain = _TAG.sub(_meaning, text)
    for entity, character in _ENTITIES:
        plain = plain.replace(entity, character)
    return plain


def _meaning(match: re.Match[str]) -> str:
    target, label = match[1], match[2] or ""
    if target[:1] in _MENTIONS:
        if not label or target.startswith("!date"):
            return label or _MENTIONS[target[0]]
        return target[0].replace("!", "@") + label.lstrip("@#")
    scheme, _, rest = target.partition(":")
    if scheme in ("mailto", "tel"):
        return label or rest
    return f"{label} ({target})" if label and label not in target else target


def escaped(text: str) -> str:
    """The text for any of Slack's text objects: its three control characters as entities, everything else as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """The text, shortened to `limit` characters as Slack counts them: after escaping."""
    if len(escaped(text)) <= limit:
        return text
    kept = text
    while len(escaped(kept)) > limit - 1:
        kept = kept[: -max(1, (len(escaped(kept)) - limit) // 5)]
    return kept.rstrip() + "…"
