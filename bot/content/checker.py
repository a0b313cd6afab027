"""The content check: what an answer says must stand in the facts that it cites.

It reads words, not meaning. It cannot tell that a sentence turns a fact round; a reader must.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.content.answers import Answer, AnswerBook
from bot.content.citations import CITATION, cited_ids
from bot.content.errors import ContentError
from bot.content.facts import Fact, FactBook
from bot.content.lexicon import Lexicon
from bot.content.readability import HIGHEST_GRADE, reading_grade
from bot.content.sentences import Sentence, split_sentences

LONGEST_TITLE = 20
COPIED_WORDS = 8

Kind = Literal[
    "uncited_sentence",
    "unknown_fact",
    "unsupported_number",
    "unsupported_unit",
    "unsupported_medicine",
    "unsupported_condition",
    "fact_never_cited",
    "reading_level",
    "missing_answer",
    "unknown_nearby",
    "title_too_long",
    "copied_sentence",
]


@dataclass(frozen=True)
class Breach:
    """One thing that must be mended. `sentence` is '' when no single sentence is at fault."""

    kind: Kind
    topic: str
    sentence: str
    message: str


def check(
    facts: FactBook, answers: AnswerBook, lexicon: Lexicon, sources: Path | None = None
) -> list[Breach]:
    """Every breach of the answers, by topic; an empty list means that they may be served.

    `sources` is the folder of the source texts. Copied sentences are looked for only when it is given;
    raises ContentError when it does not hold the texts.
    """
    breaches = [
        Breach("missing_answer", topic, "", f"no answer: add data/responses/{topic}.yml")
        for topic in facts.topics
        if topic not in answers
    ]
    for answer in answers:
        breaches += _check_labels(answer, answers)
        breaches += check_text(answer.topic, answer.text, facts, lexicon)
    cited = {fact_id for answer in answers for fact_id in cited_ids(answer.text)}
    breaches += [
        Breach(
            "fact_never_cited", fact.topic, "", f"no answer cites {fact.id} ({fact.text}): say it somewhere"
        )
        for fact in facts
        if fact.id not in cited
    ]
    if sources is not None:
        breaches += _check_copies(facts, answers, sources)
    return breaches


def check_text(topic: str, text: str, facts: FactBook, lexicon: Lexicon) -> list[Breach]:
    """The breaches of one text, also one that is no answer (urgent help, offers); `topic` only names it."""
    breaches = [
        breach
        for sentence in split_sentences(text)
        for breach in _check_sentence(topic, sentence, facts, lexicon)
    ]
    grade = reading_grade(text)
    if grade > HIGHEST_GRADE:
        message = f"reads at grade {grade:.1f}, more than {HIGHEST_GRADE:g}: use shorter words and sentences"
        breaches.append(Breach("reading_level", topic, "", message))
    return breaches


def _check_labels(answer: Answer, answers: AnswerBook) -> Iterator[Breach]:
    if len(answer.title) > LONGEST_TITLE:
        message = (
            f"the title {answer.title!r} has {len(answer.title)} characters: use at most {LONGEST_TITLE}"
        )
        yield Breach("title_too_long", answer.topic, "", message)
    for other in answer.nearby:
        if other not in answers or other == answer.topic:
            yield Breach("unknown_nearby", answer.topic, "", f"'nearby' names {other!r}: name another topic")


def _check_sentence(topic: str, sentence: Sentence, facts: FactBook, lexicon: Lexicon) -> Iterator[Breach]:
    if not sentence.states_nothing and not sentence.ids_close_it:
        yield Breach(
            "uncited_sentence", topic, sentence.text, "end the sentence with its fact ids: '… [M15].'"
        )
    cited: list[Fact] = []
    for fact_id in sentence.ids:
        fact = facts.get(fact_id)
        if fact is None:
            yield Breach(
                "unknown_fact", topic, sentence.text, f"{fact_id} is not in facts.yml: cite a fact that is"
            )
        else:
            cited.append(fact)
    # Whatever else stands in square brackets was meant as an id and would be shown to patients as it is.
    for other in re.findall(r"\[[^\]]*\]?", CITATION.sub("", sentence.text)):
        yield Breach(
            "unknown_fact", topic, sentence.text, f"{other} is no list of fact ids: write '[A33, M33]'"
        )
    yield from _check_quantities(topic, sentence, cited, lexicon)
    yield from _check_terms(topic, sentence, cited, lexicon)


def _check_quantities(
    topic: str, sentence: Sentence, cited: list[Fact], lexicon: Lexicon
) -> Iterator[Breach]:
    known = {quantity for fact in cited for quantity in lexicon.quantities_in(fact.text)}
    values = {quantity.value for quantity in known}
    units = {unit for fact in cited for unit in lexicon.units_in(fact.text)}
    faulty_units: set[str] = set()
    for quantity in lexicon.quantities_in(sentence.words):
        if quantity.value not in values:
            yield _unsupported("unsupported_number", topic, sentence, str(quantity))
        elif quantity.unit and quantity not in known:
            faulty_units.add(quantity.unit)
            yield _unsupported("unsupported_unit", topic, sentence, str(quantity))
    for unit in sorted(lexicon.units_in(sentence.words) - units - faulty_units):
        yield _unsupported("unsupported_unit", topic, sentence, unit)


def _check_terms(topic: str, sentence: Sentence, cited: list[Fact], lexicon: Lexicon) -> Iterator[Breach]:
    evidence = "\n".join(fact.text for fact in cited)
    for term in lexicon.medicines:
        if term.named_in(sentence.words) and not term.backed_by(evidence):
            yield _unsupported("unsupported_medicine", topic, sentence, term.name)
    for term in lexicon.conditions:
        if term.named_in(sentence.words) and not term.backed_by(evidence):
            yield _unsupported("unsupported_condition", topic, sentence, term.name)


def _unsupported(kind: Kind, topic: str, sentence: Sentence, what: str) -> Breach:
    ids = ", ".join(sentence.ids) or "nothing"
    return Breach(
        kind, topic, sentence.text, f"{what!r} is not in what it cites ({ids}): cite the fact or leave it out"
    )


def _check_copies(facts: FactBook, answers: AnswerBook, folder: Path) -> Iterator[Breach]:
    runs: dict[tuple[str, ...], str] = {}
    for source in facts.sources.values():
        try:
            text = (folder / source.file).read_text(encoding="utf-8")
        except OSError as error:
            raise ContentError(
                f"{folder / source.file}: cannot be read. Name the folder that holds it"
            ) from error
        runs |= dict.fromkeys(_runs(text), source.title)
    for answer in answers:
        for sentence in split_sentences(answer.text):
            copied = next((run for run in _runs(sentence.words) if run in runs), None)
            if copied is not None:
                message = f"{' '.join(copied)!r} stands in {runs[copied]!r}: say it in your own words"
                yield Breach("copied_sentence", answer.topic, sentence.text, message)


def _runs(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return [tuple(words[start : start + COPIED_WORDS]) for start in range(len(words) - COPIED_WORDS + 1)]
