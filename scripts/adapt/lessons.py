"""Writes what the adapter is learned from: one line a message, with what it and its parts teach. Needs no torch.

A folder given as an argument is written once more, each time that it is given: what is new, or like what patients post,
then counts for more than a few messages among many.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.understanding.examples import read_examples
from bot.understanding.training import lessons_of

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    folders = [ROOT / "data" / "nlu", *(ROOT / name for name in sys.argv[1:])]
    for lessons in lessons_of([example for folder in folders for example in read_examples(folder)]):
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
