"""The encoder: published weights, our adapter, eight bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from bot.understanding.adapter import FILE, adapted_encoder, merged
from bot.understanding.encoder import DIMENSIONS, MANY, Passage, SentenceEncoder
from bot.understanding.encoder_graph import build
from bot.understanding.errors import UnderstandingError
from bot.understanding.published import published_weights
from bot.understanding.reader import DATA_DIR

SENTENCES = ["can i have a glass of wine", "is alcohol allowed", "where do I keep the capsules"]
QUERY = "encoder.layer.0.attention.self.query"


def test_like_meanings_lie_close(encoder: SentenceEncoder) -> None:
    wine, alcohol, storage = encoder.encode(SENTENCES)
    assert wine @ alcohol > 0.5 > wine @ storage


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_no_text_changes_the_embedding_of_another(encoder: SentenceEncoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    assert together.shape == (len(texts), DIMENSIONS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    for text, embedding in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], embedding)


def test_many_texts_give_what_single_ones_give(encoder: SentenceEncoder) -> None:
    texts = [f"{sentence} {number}" for number in range(MANY) for sentence in SENTENCES[:1]]
    assert np.array_equal(encoder.encode(texts)[7], encoder.encode([texts[7]])[0])


def test_a_text_of_any_length_is_encoded(encoder: SentenceEncoder) -> None:
    assert encoder.encode(["word " * 2000]).shape == (1, DIMENSIONS)


def span_of(part: str, text: str) -> tuple[int, int]:
    return text.index(part), text.index(part) + len(part)


def test_a_part_is_read_in_its_place(encoder: SentenceEncoder) -> None:
    part = "it was bad"
    texts = [f"I drank a beer last night and {part}", f"My lips are sore and {part}"]
    passages = [Passage(text, (span_of(part, text),)) for text in texts]
    beer, in_beer, lips, in_lips = encoder.encode_passages(passages)
    assert in_beer @ in_lips < 0.99
    assert in_beer @ beer > in_beer @ lips


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=80), st.data())
def test_parts_do_not_change_how_the_text_is_read(
    encoder: SentenceEncoder, text: str, data: st.DataObject
) -> None:
    places = st.integers(0, len(text))
    spans = data.draw(
        st.lists(st.tuples(places, places).map(lambda pair: (min(pair), max(pair))), max_size=4)
    )
    rows = encoder.encode_passages([Passage(text, tuple(spans))])
    assert rows.shape == (1 + len(spans), DIMENSIONS)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
    assert np.allclose(rows[0], encoder.encode([text])[0])


def test_a_part_far_down_a_long_text_is_read(encoder: SentenceEncoder) -> None:
    story = "I went for a walk by the lake today. " * 60
    text = story + "Can I drink wine?"
    spans = (span_of("I went for a walk by the lake today.", text), span_of("Can I drink wine?", text))
    _, lake, wine = encoder.encode_passages([Passage(text, spans)])
    (alcohol,) = encoder.encode(["is alcohol allowed"])
    assert wine @ alcohol > lake @ alcohol + 0.2


def test_building_gives_the_same_file_again() -> None:
    weights = published_weights()
    assert build(weights) == build(weights)


def test_the_adapter_changes_the_weight_that_it_names(tmp_path: Path) -> None:
    down, up = np.ones((2, 384), dtype=np.float16), np.full((384, 2), 0.5, dtype=np.float16)
    save_file({f"{QUERY}.A": down, f"{QUERY}.B": up}, tmp_path / "adapter.safetensors")
    before = published_weights()
    after = merged(before, tmp_path / "adapter.safetensors")
    assert np.allclose(after[f"{QUERY}.weight"] - before[f"{QUERY}.weight"], 1.0, atol=1e-3)
    key = QUERY.replace("query", "key")
    assert np.array_equal(after[f"{key}.weight"], before[f"{key}.weight"])


def test_an_adapter_that_does_not_fit_is_said_with_the_fix(tmp_path: Path) -> None:
    small = np.ones((2, 3), dtype=np.float16)
    save_file({f"{QUERY}.A": small, f"{QUERY}.B": small.T.copy()}, tmp_path / "adapter.safetensors")
    with pytest.raises(UnderstandingError, match="does not fit .*make adapt"):
        merged(published_weights(), tmp_path / "adapter.safetensors")


def test_a_missing_adapter_is_said_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(UnderstandingError, match="make adapt"):
        adapted_encoder(tmp_path)


def test_the_adapter_in_the_repository_is_small() -> None:
    """A user downloads it with the code; docs/decisions/0011 says 5.3 megabytes."""
    assert (DATA_DIR / FILE).stat().st_size <= 6_000_000
