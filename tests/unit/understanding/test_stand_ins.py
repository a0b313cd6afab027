"""What a pronoun stands for after an answer on contraception or tests."""

from __future__ import annotations

import pytest

from bot.understanding.stand_ins import with_the_thing_named

CONTRACEPTION = ("contraception",)


@pytest.mark.parametrize(
    ("text", "topics", "before", "understood"),
    [
        ("ours tore on Saturday", CONTRACEPTION, "which two methods", "our condom tore on Saturday"),
        ("mine came off in the pool", CONTRACEPTION, "does the patch count", "my patch came off in the pool"),
        ("mine has two lines", ("pregnancy_tests",), "how many tests", "my pregnancy test has two lines"),
        ("because it broke", CONTRACEPTION, "are condoms ok", "because the condom broke"),
        (
            "thing is it split on Friday",
            CONTRACEPTION,
            "are condoms ok",
            "thing is the condom split on Friday",
        ),
    ],
)
def test_the_thing_is_written_out(text: str, topics: tuple[str, ...], before: str, understood: str) -> None:
    stand_in = with_the_thing_named(text, topics, before)
    assert stand_in is not None and stand_in.text == understood


@pytest.mark.parametrize(
    ("text", "topics"),
    [("ours tore on Saturday", ("alcohol",)), ("how long does this last", CONTRACEPTION), ("ours tore", ())],
)
def test_elsewhere_nothing_is_guessed(text: str, topics: tuple[str, ...]) -> None:
    assert with_the_thing_named(text, topics, "is wine ok") is None
