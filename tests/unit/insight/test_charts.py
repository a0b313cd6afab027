"""Charts: nothing stands outside the picture, lengths are in proportion, words are words, all has a name."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insight.charts import (
    Bar,
    Point,
    Span,
    bar_chart,
    line_chart,
    nice_ticks,
    on_log_scale,
    scaled,
    share_chart,
    shares,
    span_chart,
    span_of,
)

SVG = "{http://www.w3.org/2000/svg}"
LABELS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=24)
COUNTS = st.integers(0, 10_000_000)
BARS = st.lists(st.builds(Bar, LABELS, COUNTS), max_size=12)
POINTS = st.lists(st.builds(Point, LABELS, COUNTS), max_size=120)
SECONDS = st.floats(0, 1e8, allow_nan=False)
SPANS = st.lists(st.builds(span_of, LABELS, SECONDS, SECONDS), max_size=12)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def check(svg: str) -> ElementTree.Element:
    """Every mark lies within the picture, the picture has a name and a description, no coordinate is odd."""
    root = parsed(svg)
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    names = str(root.get("aria-labelledby")).split()
    found = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert root.get("role") == "img" and len(names) == 2
    assert all(name in found for name in names)
    for rect in root.iter(SVG + "rect"):
        assert number(rect, "width") >= 0 and number(rect, "height") >= 0
        assert number(rect, "x") >= -0.01 and number(rect, "x") + number(rect, "width") <= width + 0.02
        assert number(rect, "y") >= -0.01 and number(rect, "y") + number(rect, "height") <= height + 0.02
    for circle in root.iter(SVG + "circle"):
        if circle.get("class") != "ink-dot":
            assert 0 <= number(circle, "cx") <= width and 0 <= number(circle, "cy") <= height
    for text in root.iter(SVG + "text"):
        assert 0 <= number(text, "y") <= height
    return root


@given(BARS)
def test_bars_are_as_long_as_their_values(bars: list[Bar]) -> None:
    root = check(bar_chart("b", "Title", "says", bars))
    marks = list(root.iter(SVG + "rect"))
    assert len(marks) == len(bars)
    largest = max((bar.value for bar in bars), default=0)
    longest = max((number(mark, "width") for mark in marks), default=0.0)
    for bar, mark in zip(bars, marks, strict=True):
        expected = max(scaled(bar.value, largest, longest), 1.0)
        assert number(mark, "width") == pytest.approx(expected, abs=1.0)
    words = [text.text or "" for text in root.iter(SVG + "text")]
    assert words == [word for bar in bars for word in (bar.label, str(bar.value))]


@given(st.lists(COUNTS, max_size=6), st.floats(1, 2_000))
def test_shares_fill_the_bar_one_after_the_other(values: list[int], length: float) -> None:
    cuts = shares(values, length)
    assert all(width >= 0 for _, width in cuts)
    assert all(start + width == pytest.approx(after) for (start, width), (after, _) in pairwise(cuts))
    if sum(values):
        assert sum(width for _, width in cuts) == pytest.approx(length)


@given(st.lists(st.builds(Bar, LABELS, COUNTS), min_size=1, max_size=5))
def test_parts_of_a_whole_are_told_apart_without_colour(bars: list[Bar]) -> None:
    root = check(share_chart("s", "Title", "says", bars))
    words = [text.text for text in root.iter(SVG + "text")]
    assert words == [f"{bar.label}: {bar.value}" for bar in bars]
    keys = [
        rect for rect in root.iter(SVG + "rect") if number(rect, "width") == 26.0 and number(rect, "x") == 1
    ]
    patterns = {rect.get("fill") for rect in keys} - {None}
    assert len(patterns) == min(len(bars) - 1, 3)
    for pattern in patterns:
        assert root.find(f".//{SVG}pattern[@id='{str(pattern)[5:-1]}']") is not None
    assert len({rect.get("class") for rect in keys if "mark" in str(rect.get("class"))}) == len(bars)


@given(POINTS)
def test_a_line_stays_in_its_picture(points: list[Point]) -> None:
    root = check(line_chart("l", "Title", "says", points))
    if any(point.value for point in points):
        highest = max(points, key=lambda point: point.value)
        words = [text.text or "" for text in root.iter(SVG + "text")]
        assert any(word.startswith(f"{highest.value} on ") for word in words)


@given(SPANS)
def test_spans_stay_in_their_picture(spans: list[Span]) -> None:
    root = check(span_chart("t", "Title", "says", spans))
    assert len(list(root.iter(SVG + "circle"))) == 2 * len(spans)


@given(st.floats(0, 1e9, allow_nan=False), st.integers(1, 10))
def test_ticks_are_round_even_and_reach_the_largest(largest: float, count: int) -> None:
    ticks = nice_ticks(largest, count)
    assert ticks[0] == 0 and ticks[-1] >= largest and len(ticks) >= 2
    steps = {after - before for before, after in pairwise(ticks)}
    (step,) = steps
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert len(ticks) <= count + 2


@given(
    st.floats(0, 1e9, allow_nan=False),
    st.floats(0, 1e9, allow_nan=False),
    st.floats(1, 1e3),
)
def test_more_is_never_less_far_along(one: float, other: float, length: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= scaled(less, 1e9, length) <= scaled(more, 1e9, length) <= length
    places = [on_log_scale(value, 10.0, 1e6, length) for value in (less, more)]
    assert -1e-9 <= places[0] <= places[1] <= length * (1 + 1e-9)


def test_words_stay_words() -> None:
    svg = bar_chart("b", "<b>", '"&', [Bar("<script>alert(1)</script>", 3)])
    assert "<script>" not in svg
    assert parsed(svg).find(f"{SVG}title").text == "<b>"  # type: ignore[union-attr]
