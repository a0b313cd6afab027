"""Writes what the adapter is learned from: one line a message, with what it and its parts teach. Needs no torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.understanding.examples import read_examples
from bot.understanding.training import lessons_of

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    for lessons in lessons_of(list(read_examples(ROOT / "data" / "nlu"))):
        parts = [
            {
                "span": lesson.span,
                "labels": lesson.intents,
                "concern": lesson.concern,
                "weight": lesson.weight,
            }
            for lesson in lessons.lessons
        ]
        sys.stdout.write(json.dumps({"text": lessons.whole.text, "parts": parts}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
