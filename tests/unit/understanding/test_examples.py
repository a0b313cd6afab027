"""Training examples out of Rasa's NLU files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.errors import TrainingDataError
from bot.understanding.examples import Example, make_example, read_examples


def written(folder: Path, text: str, name: str = "a.yml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_both_forms_of_examples(tmp_path: Path) -> None:
    text = """
version: "3.1"
nlu:
- intent: faq/alcohol
  examples: |
    - can i have a beer
    -   wine?
- intent: concern_serious_side_effect
  examples:
  - text: |
      my eyes went blurry and can I drink
    metadata:
      labels: [faq/alcohol, concern_serious_side_effect]
      tier: 1
"""
    assert list(read_examples(written(tmp_path, text))) == [
        Example("can i have a beer", ("faq/alcohol",)),
        Example("wine?", ("faq/alcohol",)),
        Example(
            "my eyes went blurry and can I drink", ("concern_serious_side_effect", "faq/alcohol"), tier=1
        ),
    ]


def test_files_are_read_in_order_also_below(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    written(tmp_path, "nlu:\n- intent: two\n  examples: |\n    - b\n", "b/a.yml")
    written(tmp_path, "nlu:\n- intent: one\n  examples: |\n    - a\n")
    written(tmp_path, "", "empty.yml")
    assert [example.labels[0] for example in read_examples(tmp_path)] == ["one", "two"]


@pytest.mark.parametrize(
    "block", ["- intent: greet", "- examples: |\n    - hi", "- lookup: x\n  examples: |\n    - y"]
)
def test_a_block_without_intent_or_examples_is_named(tmp_path: Path, block: str) -> None:
    with pytest.raises(TrainingDataError, match="a.yml: a block lacks `intent` or `examples`"):
        list(read_examples(written(tmp_path, f"nlu:\n{block}\n")))


@pytest.mark.parametrize(
    "text",
    ["nlu: [", "- just a list", "nlu:\n- a\n", "nlu:\n- intent: greet\n  examples:\n  - hi\n", "nlu: 5"],
)
def test_a_file_in_another_form_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(TrainingDataError, match="a.yml"):
        list(read_examples(written(tmp_path, text)))


def test_the_leading_label_comes_first_and_once() -> None:
    assert make_example(" hi ", "greet", {"labels": ["thanks", "greet"]}) == Example(
        "hi", ("greet", "thanks")
    )


def test_our_own_examples_can_be_read() -> None:
    data = Path(__file__).resolve().parents[3] / "data" / "nlu"
    examples = list(read_examples(data))
    assert len(examples) > 5000
    assert all(example.text and example.labels for example in examples)
    assert all(example.tier in (None, 1, 2, 3) for example in examples)
