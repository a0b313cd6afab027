"""CSV: what was written comes back, and no spreadsheet runs it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insight.csv_files import BOM, csv_bytes, safe
from bot.insight.tables import Cell, Table

TEXTS = st.text(st.characters(blacklist_categories=("Cs",)))
CELLS: st.SearchStrategy[Cell] = st.one_of(TEXTS, st.integers())
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_excel_is_told_the_encoding_and_reads_it() -> None:
    content = csv_bytes(Table("t", "T", ("Frage", "n"), (("Größe, „x“", 3),)))
    assert content == (BOM + 'Frage,n\r\n"Größe, „x“",3\r\n').encode()


@given(ROWS)
def test_every_cell_comes_back_as_it_was_made_safe(rows: list[tuple[Cell, Cell, Cell]]) -> None:
    found = read(csv_bytes(Table("t", "T", ("a", "b", "c"), tuple(rows))))
    assert found == [["a", "b", "c"], *[[str(safe(cell)) for cell in row] for row in rows]]


@given(TEXTS)
def test_no_text_begins_like_a_formula_and_each_is_one_line(text: str) -> None:
    made = str(safe(text))
    assert not made.lstrip().startswith(STARTS)
    assert not any(ord(character) < 32 for character in made)
    assert text.translate(dict.fromkeys((*range(32), 127), " ")) in (made, made.removeprefix("'"))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2", "@SUM(A1)", " =1", "\t=1", "\r\n=1", '=HYPERLINK("http://x","y")', "＝1"]
)
def test_what_would_be_a_formula_is_a_text(text: str) -> None:
    assert str(safe(text)).startswith("'")


def test_figures_stay_figures() -> None:
    assert (safe(-5), safe("5 min"), safe("–")) == (-5, "5 min", "–")
