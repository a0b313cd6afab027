"""Writes what the adapter is learned from, one line a message or part with its labels. Needs no torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.understanding.examples import read_examples
from bot.understanding.training import lessons_of

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    for lesson in lessons_of(list(read_examples(ROOT / "data" / "nlu"))):
        line = {
            "text": lesson.text,
            "labels": lesson.labels,
            "concern": lesson.concern,
            "weight": lesson.weight,
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
