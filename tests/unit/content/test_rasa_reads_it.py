"""Rasa reads the answers as responses and takes nothing else in data/ for its own."""

from __future__ import annotations

from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.loading import load_data

from bot.content import AnswerBook
from bot.content.answers import RESPONSE_PREFIX

DATA = Path(__file__).resolve().parents[3] / "data"


def test_every_answer_is_a_rasa_response_with_its_ids_kept(answers: AnswerBook) -> None:
    responses = load_data(str(DATA / "responses")).responses
    assert {name: [one["text"] for one in variations] for name, variations in responses.items()} == {
        RESPONSE_PREFIX + answer.topic: [answer.text] for answer in answers
    }


def test_the_inventory_and_the_lexicon_are_left_alone() -> None:
    for name in ("facts.yml", "lexicon.yml"):
        assert not RasaYAMLReader.is_yaml_nlu_file(str(DATA / name))
        assert not Domain.is_domain_file(str(DATA / name))
