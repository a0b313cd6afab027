"""Small charts as SVG: bars, shares of a whole, a line of days, times on a scale. Pure.

They are made to be printed and to be read without telling colours apart: every mark has its figure beside it in words,
parts of a whole differ by pattern too. Colours are classes of desk pages' stylesheet (`insight.css`). Each has a table
with the same numbers near it, so a chart is one picture for a screen reader: a name and a sentence.

The functions take values and give the text of an `<svg>` element.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from bot.insight.numbers import duration

WIDTH: Final = 520
WIDE: Final = 1040
_LETTER: Final = 7.4  # width of an average letter at the charts' font size, rounded up
_ROW: Final = 30
_BAR: Final = 18
_GAP: Final = 10
_SERIES: Final = 4


@dataclass(frozen=True)
class Bar:
    label: str
    value: int
    words: str = ""
    """What stands behind the bar; the value where it is empty."""


@dataclass(frozen=True)
class Span:
    """From a half to nearly all, in seconds. `words` stands behind it."""

    label: str
    median: float
    p95: float
    words: str


@dataclass(frozen=True)
class Point:
    label: str
    value: int


def nice_ticks(largest: float, count: int = 4) -> tuple[int, ...]:
    """Whole round numbers from 0 to at least `largest`, evenly spaced, about `count` steps."""
    if largest <= 0:
        return (0, 1)
    rough = max(largest / count, 1.0)
    power = 10 ** math.floor(math.log10(rough))
    step = next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough)
    return tuple(range(0, math.ceil(largest / step) * step + 1, step))


def scaled(value: float, largest: float, length: float) -> float:
    """Where a value stands on a scale from 0 to `largest` that is `length` long."""
    return 0.0 if largest <= 0 else min(max(value, 0.0), largest) / largest * length


def on_log_scale(value: float, least: float, largest: float, length: float) -> float:
    """The same on a logarithmic scale from `least` to `largest`, both above 0; beyond them its ends."""
    within = min(max(value, least), largest)
    return (math.log(within) - math.log(least)) / (math.log(largest) - math.log(least)) * length


def shares(values: Sequence[int], length: float) -> tuple[tuple[float, float], ...]:
    """(start, width) of each part of a bar of this length; nothing where there is nothing to share out."""
    total = sum(values)
    found, start = [], 0.0
    for value in values:
        width = scaled(value, total, length)
        found.append((start, width))
        start += width
    return tuple(found)


def bar_chart(name: str, title: str, says: str, bars: Sequence[Bar], width: int = WIDTH) -> str:
    """Horizontal bars, one below the other, each with its label before and its value behind it."""
    left = _gutter([bar.label for bar in bars])
    behind = max((len(bar.words or str(bar.value)) for bar in bars), default=1) * _LETTER + 2 * _GAP
    length = max(width - left - behind, 120.0)
    largest = max((bar.value for bar in bars), default=0)
    parts = []
    for row, bar in enumerate(bars):
        top = row * _ROW + (_ROW - _BAR) / 2
        long = max(scaled(bar.value, largest, length), 1.0)
        parts.append(_text(left - _GAP, top + _BAR / 2, bar.label, "end"))
        parts.append(_rect(left, top, long, _BAR, "mark mark-0"))
        parts.append(_text(left + long + _GAP, top + _BAR / 2, bar.words or str(bar.value), "start"))
    return _svg(name, title, says, width, len(bars) * _ROW, parts)


def share_chart(name: str, title: str, says: str, bars: Sequence[Bar], width: int = WIDTH) -> str:
    """One bar cut into shares, told apart by pattern, and below it what each is, in the same order."""
    height = 34.0
    cuts = shares([bar.value for bar in bars], width - 2.0)
    parts = [_pattern(name, series) for series in range(1, _SERIES)]
    for series, (start, long) in enumerate(cuts):
        if long > 0:
            parts.append(_part(name, series, 1 + start, 1, long, height))
    for series, bar in enumerate(bars):
        top = height + 16 + series * 26
        parts.append(_part(name, series, 1, top, 26, 16))
        parts.append(_text(38, top + 8, f"{bar.label}: {bar.words or bar.value}", "start"))
    return _svg(name, title, says, width, round(height + 16 + len(bars) * 26), parts)


def _part(name: str, series: int, left: float, top: float, width: float, height: float) -> str:
    kind = series % (_SERIES + 1)
    under = _rect(left, top, width, height, f"mark part mark-{kind}")
    if 0 < kind < _SERIES:
        return under + _rect(left, top, width, height, "part", f' fill="url(#{name}-{kind})"')
    return under


def _pattern(name: str, series: int) -> str:
    """Stripes one way, dots, stripes the other way."""
    inner = {
        1: '<path d="M0 8 8 0" class="ink"/><path d="M-2 2 2 -2M6 10 10 6" class="ink"/>',
        2: '<circle cx="4" cy="4" r="1.6" class="ink-dot"/>',
        3: '<path d="M0 4H8" class="ink"/>',
    }[series]
    return (
        f'<defs><pattern id="{name}-{series}" width="8" height="8" patternUnits="userSpaceOnUse">{inner}'
        "</pattern></defs>"
    )


def line_chart(name: str, title: str, says: str, points: Sequence[Point], width: int = WIDE) -> str:
    """Values of days in a row, from 0 up. The first, the last and the highest day carry their labels."""
    height, top, bottom = 200.0, 22.0, 28.0
    ticks = nice_ticks(max((point.value for point in points), default=0))
    left = len(str(ticks[-1])) * _LETTER + 2 * _GAP
    right = 34.0
    length, tall = width - left - right, height - top - bottom
    parts = []
    for tick in ticks:
        at = top + tall - scaled(tick, ticks[-1], tall)
        parts.append(f'<path class="grid" d="M{_n(left)} {_n(at)}H{_n(width - right)}"/>')
        parts.append(_text(left - _GAP, at, str(tick), "end"))
    step = length / (len(points) - 1) if len(points) > 1 else 0.0
    places = [
        (left + number * step, top + tall - scaled(point.value, ticks[-1], tall))
        for number, point in enumerate(points)
    ]
    if places:
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in places)
        parts.append(f'<path class="line" d="M{path}"/>')
        if len(points) <= 31:
            parts += [f'<circle class="mark mark-0" cx="{_n(x)}" cy="{_n(y)}" r="3"/>' for x, y in places]
        parts.append(_text(left, height - 10, points[0].label, "start"))
        if len(points) > 1:
            parts.append(_text(width - right, height - 10, points[-1].label, "end"))
        highest = max(range(len(points)), key=lambda number: points[number].value)
        if points[highest].value:
            x, y = places[highest]
            words = f"{points[highest].value} on {points[highest].label}"
            parts.append(_text(_inside(x, words, width), y - 11, words, "middle", "strong"))
    return _svg(name, title, says, width, round(height), parts)


def _inside(x: float, words: str, width: int) -> float:
    """The middle of a label that stays within the picture."""
    half = len(words) * _LETTER / 2
    return min(max(x, half), width - half)


TIMES: Final = (
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3600.0, "1 h"),
    (8 * 3600.0, "8 h"),
    (48 * 3600.0, "2 d"),
)
_LEAST: Final = 10.0


def span_chart(name: str, title: str, says: str, spans: Sequence[Span], width: int = WIDE) -> str:
    """Half within (full dot) to 95% within (ring), one line each, on a logarithmic scale of time."""
    left = _gutter([span.label for span in spans])
    behind = max((len(span.words) for span in spans), default=1) * _LETTER + 2 * _GAP
    length = max(width - left - behind, 120.0)
    largest = max([span.p95 for span in spans] + [TIMES[2][0]]) * 1.15
    head, foot = 6.0, 26.0
    tall = head + len(spans) * _ROW
    parts = []
    shown_at = -math.inf
    for seconds, words in TIMES:
        if seconds > largest:
            continue
        at = left + on_log_scale(seconds, _LEAST, largest, length)
        parts.append(f'<path class="grid" d="M{_n(at)} {_n(head)}V{_n(tall)}"/>')
        if at - shown_at > len(words) * _LETTER + _GAP:
            parts.append(_text(at, tall + 14, words, "middle"))
            shown_at = at
    for row, span in enumerate(spans):
        middle = head + row * _ROW + _ROW / 2
        start = left + on_log_scale(span.median, _LEAST, largest, length)
        end = left + on_log_scale(span.p95, _LEAST, largest, length)
        parts.append(_text(left - _GAP, middle, span.label, "end"))
        parts.append(f'<path class="line" d="M{_n(start)} {_n(middle)}H{_n(end)}"/>')
        parts.append(f'<circle class="ring" cx="{_n(end)}" cy="{_n(middle)}" r="6"/>')
        parts.append(f'<circle class="mark mark-0" cx="{_n(start)}" cy="{_n(middle)}" r="6"/>')
        parts.append(_text(left + length + 2 * _GAP, middle, span.words, "start"))
    return _svg(name, title, says, width, round(tall + foot), parts)


def span_of(label: str, median: float, p95: float) -> Span:
    return Span(label, median, p95, f"{duration(median)} – {duration(p95)}")


def _gutter(labels: Sequence[str]) -> float:
    return max((len(label) for label in labels), default=0) * _LETTER + 2 * _GAP


def _svg(name: str, title: str, says: str, width: int, height: float, parts: Sequence[str]) -> str:
    tall = max(_n(height), "1")
    return (
        f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-says" viewBox="0 0 {width} {tall}" '
        f'width="{width}" height="{tall}"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-says">{escape(says)}</desc>{"".join(parts)}</svg>'
    )


def _rect(left: float, top: float, width: float, height: float, kind: str, more: str = "") -> str:
    return (
        f'<rect class="{kind}" x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}"{more}/>'
    )


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    more = f' class="{kind}"' if kind else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" dy=".35em"{more}>{escape(words)}</text>'


def _n(value: float) -> str:
    """A coordinate, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
