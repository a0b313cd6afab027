"""Shares as text: for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from bot.evaluation.intervals import wilson
from bot.evaluation.measures import Share
from bot.evaluation.robustness import Comparison


def percent(share: Share) -> str:
    """`93.1% [91–95]`: the share and its 95% interval."""
    interval = wilson(share.hits, share.total)
    return f"{share.value:6.1%} [{interval.low * 100:5.1f}–{interval.high * 100:5.1f}]"


def lines(rows: Iterable[Share]) -> Iterable[str]:
    for row in rows:
        yield f"  {row.name:<66}{percent(row)} {row.hits:>5} of {row.total:<5}{_target(row)}".rstrip()


def comparison_lines(rows: Iterable[Comparison]) -> Iterable[str]:
    for row in rows:
        yield (
            f"  {row.kind:<16}{row.measure:<46}{row.clean / row.total:6.1%} -> {row.worse / row.total:6.1%}"
            f"  {row.difference * 100:+5.1f} points  {row.total:>4} pairs, {row.lost} lost, {row.gained} gained"
        )


def _target(row: Share) -> str:
    if row.target is None:
        return ""
    return (
        f"{'at most' if row.at_most else 'at least'} {row.target * 100:g}%: {'met' if row.met else 'missed'}"
    )
