"""Labels of reviewers: what may be chosen, and training data that the trainer reads back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.insight.labels import MOST_LABELS, OTHERS, allowed, chosen, reading_labels, training_data
from bot.understanding.examples import Example, read_examples
from bot.understanding.labels import CONCERNS
from bot.understanding.reading import Reading
from tests.support.reader import DATA

TOPICS = ("alcohol", "liver")


@dataclass(frozen=True)
class Sample:
    text: str
    labels: tuple[str, ...] = ()
    concern: str | None = None


def examples(text: str) -> list[Example]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "labels.yml").write_text(text, encoding="utf-8")
        return list(read_examples(Path(folder)))


def test_the_trainer_reads_what_was_labelled() -> None:
    text = training_data(
        [
            Sample("can i have\n a beer: yes?", ("faq/alcohol",)),
            Sample("i cry and drink [name] {x|y}", ("faq/alcohol",), "concern_mood"),
            Sample("- wine & liver", ("faq/alcohol", "faq/liver")),
            Sample("hello"),
        ]
    )
    assert set(examples(text)) == {
        Example("can i have a beer: yes?", ("faq/alcohol",)),
        Example("i cry and drink (name) (x/y)", ("concern_mood", "faq/alcohol")),
        Example("- wine & liver", ("faq/alcohol", "faq/liver")),
    }
    assert yaml.safe_load(text)["version"] == "3.1"


SAMPLES = st.lists(
    st.builds(
        Sample,
        st.text(),
        st.lists(st.sampled_from(sorted(allowed(TOPICS))), max_size=3, unique=True).map(tuple),
        st.none() | st.sampled_from(CONCERNS),
    ),
    max_size=8,
)


@given(SAMPLES)
def test_any_text_and_labels_come_back(samples: list[Sample]) -> None:
    labelled = [
        sample for sample in samples if (sample.labels or sample.concern) and sample.text.strip().strip()
    ]
    found = examples(training_data(samples))
    assert len(found) <= len(labelled)
    assert all(not set("[]{}|") & set(example.text) for example in found)
    wanted = [((s.concern,) if s.concern else ()) + s.labels for s in labelled]
    assert all(example.labels in wanted for example in found)


def test_nothing_labelled_is_a_valid_file() -> None:
    assert examples(training_data([])) == []


def test_what_the_assistant_read() -> None:
    read = Reading("x", "faq", 0.9, topics=("alcohol",), further_topics=("liver",)).to_dict()
    assert reading_labels(read) == ("faq/alcohol", "faq/liver")
    assert reading_labels(Reading("x", "not_in_source", 0.9).to_dict()) == ("not_in_source",)
    assert reading_labels(Reading("x", "unsure", 0.9).to_dict()) == ()
    dose = Reading("x", "personal_dose", 0.9, topics=("dosage", "alcohol")).to_dict()
    assert reading_labels(dose) == ("personal_dose", "faq/alcohol")
    assert reading_labels({}) == ()


def test_a_reviewers_choice_is_checked() -> None:
    assert chosen(["faq/alcohol", "faq/alcohol"], "", TOPICS) == (("faq/alcohol",), None)
    assert chosen([], "concern_mood", TOPICS) == ((), "concern_mood")
    for labels, concern in ((["faq/unheard_of"], ""), (["concern_mood"], ""), ([], "greet")):
        with pytest.raises(ValueError, match="on this page"):
            chosen(labels, concern, TOPICS)
    with pytest.raises(ValueError, match=str(MOST_LABELS)):
        chosen([f"faq/{n}" for n in range(9)], "", [str(n) for n in range(9)])


def test_every_label_that_can_be_given_is_one_of_the_training_data() -> None:
    known = {label for example in read_examples(DATA / "nlu") for label in example.labels}
    assert set(OTHERS) | set(CONCERNS) <= known
