"""Files that cannot be used: one line that names the file and the fix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from bot.content import AnswerBook, ContentError, FactBook, UnknownTopic
from bot.content.lexicon import Lexicon

FACTS = """
sources: {A: {title: An article, file: a.txt}}
facts:
  - {id: A01, topic: storage, section: FAQs, fact: keep it dry}
differences: []
"""
ANSWER = """
version: "3.1"
responses:
  utter_faq/storage:
  - text: Keep it dry [A01].
    metadata: {title: Storage, short: storage, nearby: [alcohol]}
"""
LEXICON = """
medicines: {}
conditions: {eczema: {}}
units: {week: [week]}
numbers: {one: 1}
not_numbers: [no one]
"""


def written(path: Path, text: str) -> Path:
    path.write_text(dedent(text), encoding="utf-8")
    return path


def test_a_sound_file_of_each_kind_loads(tmp_path: Path) -> None:
    facts = FactBook.load(written(tmp_path / "facts.yml", FACTS))
    assert facts.topics == ("storage",)
    assert "A01" in facts and "A02" not in facts
    folder = tmp_path / "responses"
    folder.mkdir()
    written(folder / "storage.yml", ANSWER)
    written(folder / "other.yml", 'responses: {utter_greet: [{text: "Hello"}]}')
    book = AnswerBook.load(folder)
    assert book.topics == ("storage",)
    assert book["storage"].nearby == ("alcohol",)
    with pytest.raises(UnknownTopic):
        book["alcohol"]
    assert Lexicon.load(written(tmp_path / "lexicon.yml", LEXICON)).units_in("in a week") == {"week"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("keep it dry", "''", "fact 1: 'fact' is missing or empty"),
        ("id: A01", "id: Z01", "the id Z01 names no source. Begin it with A"),
        (
            "differences: []",
            "  - {id: A01, topic: x, section: y, fact: z}\ndifferences: []",
            "A01 is used twice",
        ),
        ("differences: []", "differences: [{topic: x, pair: [A09], rule: y}]", "the fact A09 does not exist"),
        ("differences: []", "", "'differences' is missing or not a list"),
        ("sources: {A: {title: An article, file: a.txt}}", "", "'sources' is missing"),
        ("title: An article, ", "", "source A: 'title' is missing"),
        ("facts:", "facts: [", "is not valid YAML"),
    ],
)
def test_faulty_facts(old: str, new: str, problem: str, tmp_path: Path) -> None:
    path = written(tmp_path / "facts.yml", FACTS.replace(old, new))
    assert_refused(lambda: FactBook.load(path), path, problem)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("utter_faq/storage", "utter_faq/alcohol", "Move it to alcohol.yml"),
        ("Keep it dry [A01].", "''", "'text' is missing or empty"),
        ("title: Storage, ", "", "'title' is missing or empty"),
        ("[alcohol]", "alcohol", "'nearby' is not a list of words"),
        (
            "    metadata: {title: Storage, short: storage, nearby: [alcohol]}",
            "",
            "'title' is missing or empty",
        ),
        ("responses:", "answers:", "has no 'responses'"),
        ("  - text", "  - text: Once more [A01].\n  - text", "needs exactly one text"),
    ],
)
def test_faulty_answers(old: str, new: str, problem: str, tmp_path: Path) -> None:
    path = written(tmp_path / "storage.yml", ANSWER.replace(old, new))
    assert_refused(lambda: AnswerBook.load(tmp_path), path, problem)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{eczema: {}}", "{eczema: {alias: [x]}}", "takes only 'also' and 'implied_by'"),
        ("{eczema: {}}", "{eczema: {also: []}}", "'also' is not a list of words"),
        ("units: {week: [week]}", "", "'units' is missing"),
        ("not_numbers: [no one]", "", "'not_numbers' is not a list of words"),
    ],
)
def test_faulty_lexicon(old: str, new: str, problem: str, tmp_path: Path) -> None:
    path = written(tmp_path / "lexicon.yml", LEXICON.replace(old, new))
    assert_refused(lambda: Lexicon.load(path), path, problem)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert_refused(lambda: FactBook.load(tmp_path / "facts.yml"), tmp_path / "facts.yml", "cannot be read")
    assert_refused(lambda: AnswerBook.load(tmp_path), tmp_path, "holds no answers")
    broken = tmp_path / "facts.yml"
    broken.write_bytes(b"facts: \xff\xfe")
    assert_refused(lambda: FactBook.load(broken), broken, "is not UTF-8 text")
    assert_refused(lambda: FactBook.load(written(broken, "- one")), broken, "holds no keys")


def assert_refused(load: Callable[[], object], path: Path, problem: str) -> None:
    with pytest.raises(ContentError) as caught:
        load()
    message = str(caught.value)
    assert message.startswith(str(path))
    assert problem in message
    assert "\n" not in message
