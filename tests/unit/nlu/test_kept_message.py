"""Copies of training messages: as independent as Rasa's own, and the same to its fingerprints."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.kept_message import KeptMessage

CONTENT = st.dictionaries(
    st.sampled_from(["text", "intent", "metadata"]), st.text(max_size=5) | st.integers()
)


@given(CONTENT, CONTENT)
def test_a_copy_changes_alone_and_fingerprints_are_rasas(
    content: dict[str, object], changes: dict[str, object]
) -> None:
    kept, rasas = KeptMessage.of(Message(content)), Message(content)
    assert kept.fingerprint() == rasas.fingerprint()
    copied, expected = deepcopy(kept), deepcopy(rasas)
    assert isinstance(copied, KeptMessage) and copied == expected
    for name, value in changes.items():
        copied.set(name, value)
        expected.set(name, value)
    assert copied.fingerprint() == expected.fingerprint()
    assert kept.data == rasas.data and kept.fingerprint() == rasas.fingerprint()


def test_an_output_property_set_again_is_put_out() -> None:
    kept = KeptMessage.of(Message({"text": "hi", "intent": "greet"}))
    kept.set("intent", "greet", add_to_output=True)
    assert "intent" in kept.output_properties
    assert "intent" not in deepcopy(KeptMessage.of(Message({"intent": "greet"}))).output_properties
