"""What a pronoun stands for after an answer: "ours tore on Saturday" after contraception is about a condom.

The reviewed rules and the classifier know "our condom tore"; they cannot know "ours". So such a message is also read
with the thing put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_CONTRACEPTIVES: Final = re.compile(
    r"\b(condom|patch|pill|ring|coil|iud|implant|diaphragm|injection|shot|pregnancy test|test)s?\b",
    re.IGNORECASE,
)
_USUALLY: Final = {
    "contraception": "condom",
    "men_semen_condom": "condom",
    "pregnancy_tests": "pregnancy test",
    "pregnancy_education": "pregnancy test",
}
_OWNED: Final = {"ours": "our", "mine": "my", "hers": "her", "his": "his", "theirs": "their"}
_STANDS: Final = re.compile(
    r"\b(ours|mine|hers|theirs)\b|^\W*(?:(?:but|and|so|well|because|cause|oh|(?:the\s+)?thing\s+is)[\s,]+)*"
    r"\b(it|one|that\s+one|the\s+last\s+one|that|his)\b(?!\s*(?:'s|is|was|were|isn))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class StandIn:
    """`text`: the message with `thing` written out in place of a pronoun."""

    text: str
    thing: str


def with_the_thing_named(text: str, last_topics: Sequence[str], last_text: str) -> StandIn | None:
    """The message with its first pronoun written out; None when no pronoun of it can stand for such a thing."""
    usual = next((_USUALLY[topic] for topic in last_topics if topic in _USUALLY), None)
    found = _STANDS.search(text)
    if usual is None or found is None:
        return None
    named = _CONTRACEPTIVES.search(last_text)
    thing = named[1].lower() if named is not None else usual
    if thing == "test":
        thing = "pregnancy test"
    place = 1 if found[1] else 2
    owner = _OWNED.get(found[place].lower(), "the")
    return StandIn(f"{text[: found.start(place)]}{owner} {thing}{text[found.end(place) :]}", thing)
