"""Answers cut into sentences, each with the facts that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.content.citations import CITATION, cited_ids, strip_ids

# A stop ends a sentence when a capital, a digit or a quote follows; "0.5 mg" and "e.g. condoms" go on.
_BORDER = re.compile(
    r"""(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bDr\.)(?:(?<=[.!?])|(?<=[.!?]["'”’)]))\s+(?=["'“‘(]?[A-Z0-9\[])|\s*\n\s*"""
)
_IDS_AT_THE_END = re.compile(rf"""{CITATION.pattern}[.!]["'”’)]*$""")
_OFFER = re.compile(r"^(?:I can (?:also )?tell you about|You can (?:also )?ask me about)\b")


@dataclass(frozen=True)
class Sentence:
    """One sentence with its raw ids."""

    text: str

    @property
    def words(self) -> str:
        """The sentence without ids."""
        return strip_ids(self.text)

    @property
    def ids(self) -> tuple[str, ...]:
        return cited_ids(self.text)

    @property
    def ids_close_it(self) -> bool:
        """Whether the citation stands right before the final stop, so that it covers the whole sentence."""
        return _IDS_AT_THE_END.search(self.text) is not None

    @property
    def states_nothing(self) -> bool:
        """A question or a pure offer: it needs no ids."""
        return self.text.endswith("?") or _OFFER.match(self.text) is not None


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text in order; a line break ends one as well."""
    return tuple(Sentence(part.strip()) for part in _BORDER.split(text) if part.strip())
