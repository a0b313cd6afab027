"""Fits the weights of bot/understanding/meant.py on the development conversations and prints them.

The conversations are played with the weights in use, so each turn has the context that a patient would give it. Needs a
trained model (`make train`). To be run after each new adapter. Prints how many turns are right for each file, by
weights fitted on the other files alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from bot.evaluation.conversations import judge_conversation
from bot.evaluation.gold import Gold, read_gold
from bot.evaluation.reader_system import ReaderSystem
from bot.replies import Replies
from bot.safety.rules import RuleBook
from bot.settings import Settings
from bot.understanding import follow_up
from bot.understanding.meant import FEATURES, Meant, Ways, features_of, subjects_meant
from bot.understanding.model import ReaderModel

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SETS = (
    "conversations",
    "more_conversations",
    "second_conversations",
    "context_conversations",
    "third_conversations",
    "fourth_conversations",
)
START = 0.3  # weight of each way of reading before anything is known
PENALTY = 0.5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One turn: `features` has a row for each subject, `right` says which of them are meant."""

    features: Array
    right: npt.NDArray[np.bool_]


def main() -> None:
    settings = Settings.from_env()
    system = Recording(
        ReaderModel.load_from_rasa_model(settings.models_dir),
        RuleBook.load(settings.data_dir / "safety"),
        Replies.load(settings.data_dir),
    )
    cases = {name: system.cases(DATA / f"{name}.jsonl") for name in SETS}
    for name in SETS:
        weights = fitted([case for other in SETS if other != name for case in cases[other]])
        right = sum(bool(case.right[np.argmax(case.features @ weights)]) for case in cases[name])
        print(f"{name}: {right} of {len(cases[name])} right when unseen")
    weights = fitted([case for name in SETS for case in cases[name]])
    print(dict(zip(FEATURES, weights.round(2).tolist(), strict=True)))


class Recording(ReaderSystem):
    """Keeps the ways in which each message of a conversation was read."""

    def cases(self, file: Path) -> list[Case]:
        found: list[Case] = []
        for conversation in read_gold(file).conversations:
            self._asked: list[tuple[str, Ways, Sequence[str]]] = []
            vars(follow_up)["subjects_meant"] = self._recorded
            judged = judge_conversation(self, conversation)
            golds = {turn.gold.text: turn.gold for turn in judged.turns}
            found += [
                case_of(golds[text], ways, last) for text, ways, last in self._asked if golds[text].plain
            ]
        return [case for case in found if case.right.any()]

    def _read(self, text: str, *rest: Any) -> Any:
        self._text = text
        return super()._read(text, *rest)

    def _recorded(self, ways: Ways, last_topics: Sequence[str]) -> list[Meant]:
        self._asked.append((self._text, ways, last_topics))
        return subjects_meant(ways, last_topics)


def case_of(gold: Gold, ways: Ways, last_topics: Sequence[str]) -> Case:
    rows = features_of(ways, last_topics)
    wanted = set(gold.topics) if gold.topics else {None, *gold.also_ok}
    return Case(np.array(list(rows.values())), np.array([topic in wanted for topic in rows]))


def fitted(cases: Sequence[Case]) -> Array:
    start = np.array([START] * 4 + [0.0] * (len(FEATURES) - 4))

    def loss(weights: Array) -> tuple[float, Array]:
        total, slope = PENALTY * float(((weights - start) ** 2).sum()), 2 * PENALTY * (weights - start)
        for case in cases:
            logits = case.features @ weights
            shares = np.exp(logits - logits.max())
            shares /= shares.sum()
            right = shares * case.right
            total -= float(np.log(right.sum()))
            slope -= (right / right.sum() - shares) @ case.features
        return total, slope

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x, dtype=np.float64)


if __name__ == "__main__":
    main()
