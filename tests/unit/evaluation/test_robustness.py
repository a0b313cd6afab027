"""Worse spellings are compared with the very message they spell."""

from __future__ import annotations

import pytest

from bot.evaluation.gold import GoldError
from bot.evaluation.robustness import compare
from tests.unit.evaluation.by_hand import MOOD, judged


def test_each_kind_against_its_own_originals() -> None:
    clean = [
        judged(("alcohol",), answered=("alcohol",), id="a"),
        judged(("alcohol",), id="b"),
        judged(concern=MOOD, tier=2, found=(MOOD,), id="c"),
        judged(("storage",), answered=("storage",), id="not worsened"),
    ]
    worse = [
        judged(("alcohol",), id="a1", of="a", kind="typos"),
        judged(("alcohol",), answered=("alcohol",), id="b1", of="b", kind="typos"),
        judged(concern=MOOD, tier=2, id="c1", of="c", kind="slang"),
    ]
    found = {(row.kind, row.measure): row for row in compare(clean, worse)}
    typos = found["typos", "covered question: a right topic is answered"]
    assert (typos.total, typos.clean, typos.worse, typos.lost, typos.gained) == (2, 1, 1, 1, 1)
    slang = found["slang", "concern recognised"]
    assert (slang.total, slang.clean, slang.worse) == (1, 1, 0)
    assert ("slang", "covered question: a right topic is answered") not in found
    whole = found["all", "judged as wanted"]
    assert (whole.total, whole.clean, whole.worse, whole.difference) == (3, 2, 1, pytest.approx(-1 / 3))
    assert whole.to_dict()["difference_low"] < whole.difference < whole.to_dict()["difference_high"]


def test_a_spelling_of_nothing() -> None:
    with pytest.raises(GoldError, match="a1: `of`"):
        compare([], [judged(id="a1", of="a", kind="typos")])
