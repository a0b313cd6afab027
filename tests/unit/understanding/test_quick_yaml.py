"""YAML 1.2, read by the parser in C as by Rasa's in Python."""

from __future__ import annotations

import pytest
import rasa.shared.utils.io
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.quick_yaml import load_yaml

PLAIN = st.text(st.sampled_from("abcyesnoYNtrueflTF0123456789.:_-+eE~xo "), min_size=1, max_size=8)


@pytest.mark.parametrize(
    "scalar",
    [
        "no",
        "yes",
        "on",
        "off",
        "y",
        "true",
        "False",
        "12:30",
        "1_000",
        "012",
        "2024-01-02",
        "1e3",
        "1.5",
        "+7",
        "~",
        ".5",
    ],
)
def test_a_plain_word_means_what_it_means_to_rasa(scalar: str) -> None:
    text = f"key: {scalar}\n"
    assert load_yaml(text) == rasa.shared.utils.io.read_yaml(text)


@given(PLAIN)
def test_so_does_any_other(scalar: str) -> None:
    text = f"key: x{scalar}\nother: [{scalar.replace(':', '')}]\n"
    try:
        expected = rasa.shared.utils.io.read_yaml(text)
    except Exception:
        return
    assert repr(load_yaml(text)) == repr(expected)


def test_a_key_that_comes_twice_is_an_error() -> None:
    with pytest.raises(yaml.YAMLError, match="duplicate"):
        load_yaml("a: 1\nb: 2\na: 3\n")
