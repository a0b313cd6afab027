"""Messages in other languages, and English ones that look foreign."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluation.measures import Judged, Share, alarm, recognised

ENGLISH = "en"


def language_shares(items: Sequence[Judged]) -> list[Share]:
    """A system that names no language at all is measured on concerns alone."""
    foreign = [item for item in items if item.gold.language not in (None, ENGLISH)]
    english = [item for item in items if item.gold.language == ENGLISH]
    worrying = [item for item in foreign if item.gold.worrying]
    calm = [item for item in foreign if item.gold.plain]
    rows = [
        Share("other language: concern caught", sum(map(recognised, worrying)), len(worrying)),
        Share("other language: false alarm", sum(map(alarm, calm)), len(calm), at_most=True),
    ]
    if any(item.judgement.language for item in items):
        rows = [
            Share("other language: recognised as foreign", sum(map(_foreign, foreign)), len(foreign)),
            Share("other language: the right one", sum(map(_right, foreign)), len(foreign)),
            Share("English taken for foreign", sum(map(_foreign, english)), len(english), at_most=True),
            *rows,
        ]
    return [row for row in rows if row.total]


def by_language(items: Sequence[Judged]) -> dict[str, list[Share]]:
    names = sorted({item.gold.language for item in items if item.gold.language is not None})
    return {name: language_shares([item for item in items if item.gold.language == name]) for name in names}


def _foreign(item: Judged) -> bool:
    return item.judgement.language not in (None, ENGLISH)


def _right(item: Judged) -> bool:
    return item.judgement.language == item.gold.language
