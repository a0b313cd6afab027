"""Learning from examples, and keeping what was learned."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.understanding import ModelMissing
from bot.understanding.encoder import SentenceEncoder
from bot.understanding.errors import TrainingDataError
from bot.understanding.examples import Example
from bot.understanding.model import COMPONENT, META_FILE, SERVED, ReaderModel
from bot.understanding.pieces import pieces_of
from bot.understanding.policy import Thresholds
from bot.understanding.scores import score
from bot.understanding.training import concern_target, lessons_of, train

WINE = [
    "can i drink wine",
    "is a beer ok",
    "alcohol while on it",
    "one glass of wine",
    "may i have a drink tonight",
]
SUN = [
    "do i need sunscreen",
    "can i go to the beach",
    "will i burn in the sun",
    "is sunbathing ok",
    "spf every day?",
]
LOW = [
    "i cry every day",
    "i feel so low",
    "nothing is fun any more",
    "i am depressed since i started",
    "so hopeless",
]
EYES = [
    "my sight went black",
    "i suddenly see double",
    "i can't see",
    "sudden blurry vision",
    "blind in one eye",
]
EXAMPLES = [
    *(Example(text, ("faq/alcohol",)) for text in WINE),
    *(Example(text, ("faq/sun_sensitivity",)) for text in SUN),
    *(Example(text, ("concern_mood",)) for text in LOW),
    *(Example(text, ("concern_serious_side_effect",), tier=1) for text in EYES),
    Example("is wine ok and do i need sunscreen at the party", ("faq/alcohol", "faq/sun_sensitivity")),
]


@pytest.fixture(scope="module")
def model(encoder: SentenceEncoder) -> ReaderModel:
    return train(EXAMPLES, Thresholds(topic=0.33), encoder)


def test_head_and_neighbours_learn(model: ReaderModel) -> None:
    (wine,) = score(model, pieces_of("a beer or wine tonight"))
    (low,) = score(model, pieces_of("i feel low and cry"))
    assert wine.intent[0] == "faq/alcohol" and wine.share("concern_mood") < 0.5
    assert low.share("concern_mood") > max(
        wine.share("concern_mood"), low.share("concern_serious_side_effect")
    )
    assert sum(wine.intents.values()) == pytest.approx(1.0, abs=1e-4)


def test_an_emergency_has_a_class_of_its_own(model: ReaderModel) -> None:
    assert "concern_serious_side_effect@1" in model.neighbours.concerns
    (eyes,) = score(model, pieces_of("i suddenly can't see"))
    name = "concern_serious_side_effect"
    assert eyes.share(name) > eyes.share("concern_mood") and eyes.urgent(name) > 0.9
    assert eyes.urgent("concern_mood") == 0.0, "a category without emergencies"


def test_training_gives_the_same_model_again(model: ReaderModel, encoder: SentenceEncoder) -> None:
    assert train(EXAMPLES, Thresholds(topic=0.33), encoder).version == model.version


def test_a_part_teaches_what_its_writer_said_of_it(encoder: SentenceEncoder) -> None:
    """The story beside a question must not be learned as the question."""
    stories = [
        "my sister came round",
        "we went to the lake",
        "week nine for me",
        "the dog ate my hat",
        "it rained all day",
    ]
    asked = [
        Example(
            f"{story}. {wine}",
            ("faq/alcohol",),
            parts=(Example(story, ("share_update",)), Example(wine, ("faq/alcohol",))),
        )
        for story, wine in zip(stories, WINE, strict=True)
    ]
    model = train([*EXAMPLES, *asked], Thresholds(), encoder)
    _, story, question = score(model, pieces_of("We went to the lake today. Can i drink wine?"))
    assert story.intent[0] == "aside" and question.intent[0] == "faq/alcohol"


def test_the_items_of_a_list_are_labelled_in_the_order_asked() -> None:
    example = Example(
        "wine, the beach and missed pills?", ("faq/alcohol", "faq/sun_sensitivity", "faq/missed_dose")
    )
    (lessons,) = lessons_of([example])
    said = {example.text[slice(*part.span)]: part.labels for part in lessons.parts}
    assert said == {
        "wine": ("faq/alcohol",),
        "the beach": ("faq/sun_sensitivity",),
        "missed pills": ("faq/missed_dose",),
    }


def test_a_list_of_more_or_other_things_than_topics_teaches_no_item() -> None:
    more = Example("wine, beer and the beach", ("faq/alcohol", "faq/sun_sensitivity"))
    concern = Example("wine makes me sad and the beach too", ("concern_mood", "faq/sun_sensitivity"))
    assert all(not part.labels for lessons in lessons_of([more, concern]) for part in lessons.parts)


def test_every_part_stands_where_it_says() -> None:
    twice = Example(
        "no. is wine ok? no.",
        ("faq/alcohol",),
        parts=tuple(
            Example(text, (label,))
            for text, label in (
                ("no.", "share_update"),
                ("is wine ok?", "faq/alcohol"),
                ("no.", "share_update"),
            )
        ),
    )
    (lessons,) = lessons_of([twice])
    assert [part.start for part in lessons.parts] == [0, 4, 16]


def test_the_version_changes_with_a_threshold(model: ReaderModel) -> None:
    assert replace(model, thresholds=Thresholds(topic=0.34)).version != model.version


def test_a_model_comes_back_from_its_files(model: ReaderModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = ReaderModel.load(tmp_path)
    assert (loaded.version, loaded.thresholds) == (model.version, model.thresholds)
    assert _same_scores(loaded, model)


def test_a_model_comes_back_from_rasas_archive(model: ReaderModel, tmp_path: Path) -> None:
    _archive(model, tmp_path, SERVED, COMPONENT)
    assert ReaderModel.load_from_rasa_model(tmp_path).version == model.version


def test_without_the_served_one_the_newest_archive_is_taken(model: ReaderModel, tmp_path: Path) -> None:
    _archive(model, tmp_path, "20261101-old.tar.gz", COMPONENT)
    assert ReaderModel.load_from_rasa_model(tmp_path).version == model.version


def test_no_model_is_said_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="make train.*MODELS_DIR"):
        ReaderModel.load_from_rasa_model(tmp_path)


def test_a_model_of_another_pipeline_is_said_with_the_fix(model: ReaderModel, tmp_path: Path) -> None:
    _archive(model, tmp_path, SERVED, "DIETClassifier")
    with pytest.raises(ModelMissing, match="holds no .*make train"):
        ReaderModel.load_from_rasa_model(tmp_path)


def test_a_damaged_archive_is_said_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / SERVED).write_bytes(b"not an archive")
    with pytest.raises(ModelMissing, match="make train"):
        ReaderModel.load_from_rasa_model(tmp_path)


def test_a_model_of_another_version_is_said_with_the_fix(model: ReaderModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    meta = json.loads((tmp_path / META_FILE).read_text("utf-8"))
    (tmp_path / META_FILE).write_text(json.dumps({**meta, "format": 1}), "utf-8")
    with pytest.raises(ModelMissing, match="another version.*make train"):
        ReaderModel.load(tmp_path)


def test_too_few_examples_are_named(encoder: SentenceEncoder) -> None:
    with pytest.raises(TrainingDataError, match="faq/liver has 1 training examples"):
        train([*EXAMPLES, Example("my liver", ("faq/liver",))], Thresholds(), encoder)


def test_an_empty_example_is_named(encoder: SentenceEncoder) -> None:
    with pytest.raises(TrainingDataError, match="an example of greet is empty"):
        train([*EXAMPLES, Example("", ("greet",))], Thresholds(), encoder)


@pytest.mark.parametrize(
    ("example", "target"),
    [
        (Example("x", ("faq/alcohol",)), "none"),
        (Example("x", ("faq/alcohol", "concern_mood")), "concern_mood"),
        (Example("x", ("concern_mood", "concern_suicidal")), "concern_suicidal"),
        (Example("x", ("concern_serious_side_effect",), tier=1), "concern_serious_side_effect@1"),
        (Example("x", ("concern_serious_side_effect",), tier=2), "concern_serious_side_effect"),
        (Example("x", ("concern_mood",), tier=1), "concern_mood"),
    ],
)
def test_which_concern_an_example_is(example: Example, target: str) -> None:
    assert concern_target(example) == target


def _archive(model: ReaderModel, folder: Path, name: str, component: str) -> None:
    inside = folder / "inside"
    inside.mkdir()
    model.save(inside)
    with tarfile.open(folder / name, "w:gz") as archive:
        archive.add(inside, arcname=f"components/train_{component}0")


def _same_scores(one: ReaderModel, other: ReaderModel) -> bool:
    pieces = pieces_of("can i drink wine. i feel so low today")
    pairs = zip(score(one, pieces), score(other, pieces), strict=True)
    return all(
        np.allclose(list(a.intents.values()), list(b.intents.values()), atol=0.02)
        and np.allclose(list(a.concerns.values()), list(b.concerns.values()), atol=0.02)
        for a, b in pairs
    )
