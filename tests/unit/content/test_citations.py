"""Ids in texts: found, taken out, numbered."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.content import FactBook, cited_ids, number_citations, strip_ids

FACTS = FactBook.load(Path(__file__).resolve().parents[3] / "data" / "facts.yml")

words = st.text(alphabet="abcdefghijklmnop ,;'’é", min_size=1, max_size=30).filter(str.strip)
id_lists = st.lists(st.sampled_from(sorted(FACTS.facts)), min_size=1, max_size=4, unique=True)
cited_sentences = st.tuples(words, id_lists).map(lambda part: f"{part[0].strip()} [{', '.join(part[1])}].")
plain_sentences = words.map(lambda part: f"{part.strip()}?")
texts = st.lists(cited_sentences | plain_sentences, max_size=8).map(" ".join)


def test_an_id_becomes_a_number_with_its_source_and_section(facts: FactBook) -> None:
    rendered = number_citations("Never double up [M15].", facts)
    assert rendered.text == "Never double up [1]."
    [citation] = rendered.citations
    assert (citation.number, citation.fact) == (1, "M15")
    assert (citation.source, citation.section) == ("Isotretinoin", "FAQs")


def test_several_ids_become_several_numbers_and_a_second_mention_keeps_its_number(facts: FactBook) -> None:
    rendered = number_citations("One [A33, M33]. Two [M15]. Three [M33,A33].", facts)
    assert rendered.text == "One [1, 2]. Two [3]. Three [2, 1]."
    assert [citation.fact for citation in rendered.citations] == ["A33", "M33", "M15"]


def test_a_text_without_ids_stays_as_it_is(facts: FactBook) -> None:
    text = "Hello [friend]. Is [1] a number? [A1] and A33 are no ids."
    assert number_citations(text, facts).text == text
    assert number_citations(text, facts).citations == ()
    assert number_citations("", facts).text == ""


def test_an_id_that_no_longer_exists_is_left_out_of_an_old_message(facts: FactBook) -> None:
    assert number_citations("Gone [Z99]. Half gone [Z99, M15].", facts).text == "Gone. Half gone [1]."


def test_stripping_leaves_plain_sentences() -> None:
    assert (
        strip_ids("Never double up [M15]. It is not safe [A33, M33].") == "Never double up. It is not safe."
    )


@given(texts)
def test_numbers_run_from_one_without_gaps_in_the_order_of_reading(text: str) -> None:
    rendered = number_citations(text, FACTS)
    assert [citation.number for citation in rendered.citations] == list(range(1, len(rendered.citations) + 1))
    assert tuple(citation.fact for citation in rendered.citations) == cited_ids(text)
    shown = [
        int(number) for group in re.findall(r"\[([\d, ]+)\]", rendered.text) for number in group.split(",")
    ]
    assert list(dict.fromkeys(shown)) == [citation.number for citation in rendered.citations]


@given(texts)
def test_numbers_can_be_turned_back_into_the_ids(text: str) -> None:
    rendered = number_citations(text, FACTS)
    ids = {str(citation.number): citation.fact for citation in rendered.citations}
    back = re.sub(
        r"\[([\d, ]+)\]",
        lambda match: "[" + ", ".join(ids[number] for number in match.group(1).split(", ")) + "]",
        rendered.text,
    )
    assert back == text


@given(st.lists(st.tuples(words, id_lists), max_size=8))
def test_stripping_ids_loses_no_words(parts: list[tuple[str, list[str]]]) -> None:
    text = " ".join(f"{part.strip()} [{', '.join(ids)}]." for part, ids in parts)
    bare = strip_ids(text)
    assert bare.split() == " ".join(f"{part.strip()}." for part, _ in parts).split()
    assert cited_ids(bare) == ()
    assert strip_ids(bare) == bare


@given(st.text(max_size=200))
def test_any_text_can_be_rendered(text: str) -> None:
    rendered = number_citations(text, FACTS)
    assert cited_ids(rendered.text) == ()
    assert len(rendered.citations) <= len(cited_ids(text))
