"""The sets that results are reported on hold nothing that the reader was trained on."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from rapidfuzz import fuzz, process

from bot.understanding.examples import read_examples

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
FROZEN = ("frozen", "frozen_pairs", "frozen_conversations", "frozen_languages")
SECOND = ("second_development", "second_pairs", "second_conversations")
THIRD = ("third_development", "third_pairs", "third_conversations")
FOURTH = ("fourth_development", "fourth_pairs", "fourth_conversations")
CONVERSATIONS = ("conversations", "more_conversations", "context_conversations", "context_held_out")
SETS = ("development", "held_out", *CONVERSATIONS, *SECOND, *THIRD, *FOURTH, *FROZEN)
TOO_ALIKE = 93  # of 100; "is it ok to" against "is it okay to" in a long message


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def messages(name: str) -> list[str]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [turn["text"] for item in found for turn in item.get("turns", [item])]


def trained_on() -> list[str]:
    return [plain(example.text) for example in read_examples(ROOT / "data" / "nlu")]


@pytest.mark.parametrize("name", SETS)
def test_no_message_stands_in_the_training_data(name: str) -> None:
    # Four words or fewer ("what about wine") are bound to meet: nobody can write them differently.
    tested = [plain(text) for text in messages(name) if len(plain(text).split()) > 4]
    trained = [text for text in trained_on() if len(text.split()) > 4]
    alike = process.cdist(tested, trained, scorer=fuzz.ratio, score_cutoff=TOO_ALIKE, dtype=np.uint8)
    leaks = [trained[column] for column in {int(column) for _, column in np.argwhere(alike)}]
    assert not leaks, "remove these from data/nlu: a message of the set is nearly the same"


def test_the_frozen_sets_are_as_they_were_written() -> None:
    lines = (DATA / "frozen.sha256").read_text(encoding="ascii").splitlines()
    fixed = {name: digest for digest, name in (line.split() for line in lines)}
    assert fixed == {
        f"{name}.jsonl": hashlib.sha256((DATA / f"{name}.jsonl").read_bytes()).hexdigest() for name in FROZEN
    }


def test_the_sets_are_large_enough_and_do_not_overlap() -> None:
    development, held_out = ({plain(text) for text in messages(name)} for name in SETS[:2])
    assert len(development) >= 400 and len(held_out) >= 300
    assert not development & held_out


def test_every_topic_and_category_is_measured() -> None:
    topics = {
        fact["topic"]
        for fact in yaml.safe_load((ROOT / "data/facts.yml").read_text(encoding="utf-8"))["facts"]
    }
    lines = (ROOT / "tests/data/development.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines if line.strip()]
    assert {topic for item in items for topic in item["topics"]} == topics
    assert len({item["concern"] for item in items}) == 6
