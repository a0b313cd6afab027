"""Which language a message is in: other languages are seen, English practically never taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.examples import read_examples
from bot.understanding.language import ENGLISH_WORDS, language_of

DATA = Path(__file__).resolve().parents[3] / "data"
MESSAGES = [
    json.loads(line)
    for line in (DATA.parent / "tests" / "data" / "languages.jsonl").read_text(encoding="utf-8").splitlines()
]
LEAST_RECOGNISED = 0.95
MOST_TAKEN_FOR_FOREIGN = 0.004  # nine in ten of them are foreign messages among the training messages


def test_most_messages_in_other_languages_are_recognised() -> None:
    foreign = [message for message in MESSAGES if message["language"]]
    right = sum(language_of(message["text"]) == message["language"] for message in foreign)
    assert right / len(foreign) >= LEAST_RECOGNISED


def test_english_training_messages_stay_english() -> None:
    texts = [example.text for example in read_examples(DATA / "nlu")]
    taken = [text for text in texts if language_of(text) is not None]
    assert len(texts) > 1_000 and len(taken) / len(texts) <= MOST_TAKEN_FOR_FOREIGN


@pytest.mark.parametrize(
    "text",
    [
        "accutane o roaccutane",
        "hola, can I drink wine on accutane?",
        "gracias!",
        "pls halp mi skn iz so dri",
        "Sören Lindqvist",
        "my name is José Luis Fernández Ramírez",
        "we go to Côte d'Azur in August",
        "ibuprofen paracetamol naproxen ok?",
        "mentally im great, physically im a cracker",
        "mail me at ich.bin.nicht.da@beispiel.de",
        "5α-reductase, what is it",
        "",
        "👍🏽",
        "die",
    ],
)
def test_what_looks_foreign_and_is_english(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿Puedo beber alcohol?", "es"),
        ("QUANTO TEMPO DEMORA PRA FAZER EFEITO", "pt"),
        ("meine lippen sind total trocken", "de"),
        ("какая сегодня погода", "ru"),
        ("чи можна пити алкоголь під час лікування?", "uk"),
        ("هل يمكنني شرب الكحول", "ar"),
        ("吃药期间可以喝酒吗", "zh"),
        ("今日の天気は", "ja"),
        ("क्या मैं शराब पी सकता हूँ?", "hi"),
        ("치료 중에 술을 마셔도 되나요", "ko"),
    ],
)
def test_other_languages(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    language = language_of(text)
    assert language is None or (language.islower() and len(language) == 2 and language != "en")


@given(st.lists(st.sampled_from(ENGLISH_WORDS.read_text(encoding="ascii").split()), max_size=30))
def test_english_words_alone_are_never_foreign(words: list[str]) -> None:
    assert language_of(" ".join(words)) is None
