"""Writes data/languages/english_words.txt: the words that English messages are made of, counted in data/nlu.

    .venv/bin/python scripts/english_words.py

Run it after many training messages were added; nothing depends on its being up to date to the word.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

from spacy.lang.en.stop_words import STOP_WORDS

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.understanding.examples import read_examples  # noqa: E402
from bot.understanding.language import ENGLISH_WORDS, guess, words_of  # noqa: E402

LEAST_CLAUSES = 3
LEAST_IF_ALSO_FOREIGN = 60  # "la" and "con" stand in a few English messages too, "me" and "die" in many
OTHERS = "es fr de pt it pl nl tr".split()
SURELY_FOREIGN = 0.85


def main() -> None:
    english: Counter[str] = Counter()
    foreign: Counter[str] = Counter()
    for example in read_examples(ROOT / "data" / "nlu"):
        # Clause by clause: messages of second-language writers hold a clause of their own language here and there.
        for clause in re.split(r"[.,;:!?\n]", example.text):
            words = words_of(clause)
            label, probability = guess(" ".join(words))
            (foreign if label != "en" and probability >= SURELY_FOREIGN else english).update(set(words))
    usual = set().union(*(import_module(f"spacy.lang.{code}.stop_words").STOP_WORDS for code in OTHERS))
    kept = sorted(
        word
        for word, clauses in english.items()
        if clauses >= (LEAST_IF_ALSO_FOREIGN if word in usual and word not in STOP_WORDS else LEAST_CLAUSES)
        and word.isascii()
        and clauses > 2 * foreign[word]
    )
    ENGLISH_WORDS.write_text("\n".join(kept) + "\n", encoding="ascii")
    print(f"{len(kept)} words")


if __name__ == "__main__":
    main()
