"""Fits the weights of bot/understanding/asked.py on the four development sets and prints them: after each new adapter.

Each message counts twice, as it was written and misspelt: else the weights lean on what only well spelt messages have.
Needs a trained model (`make train`). Prints the scores of an eightfold cross-validation too: each message is judged by
weights that were fitted without it and without its misspelt copy.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bot.settings import Settings
from bot.understanding.asked import FEATURES, features_of
from bot.understanding.model import ReaderModel
from bot.understanding.scores import score_message
from bot.understanding.typos import misspelt

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SETS = ("development", "second_development", "third_development", "fourth_development")
PENALTY = 0.3  # inverse strength, as scikit-learn has it


def main() -> None:
    model = ReaderModel.load_from_rasa_model(Settings.from_env().models_dir)
    rows, wanted, messages, single = [], [], [], []
    lines = [
        line for name in SETS for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for number, line in enumerate(lines):
        message = json.loads(line)
        for text in (message["text"], misspelt(message["text"], number)):
            scores, items = score_message(model, text)
            for topic, (features, _) in features_of(scores, items).items():
                if topic in message["also_ok"] and topic not in message["topics"]:
                    continue  # neither right nor wrong
                rows.append(features)
                wanted.append(topic in message["topics"])
                messages.append(number)
                single.append(len(scores) == 1)
    features, targets = np.array(rows)[:, :-1], np.array(wanted, dtype=int)  # scikit-learn adds the constant
    for name, chosen in (("_ONE_PART", np.array(single)), ("_SEVERAL", ~np.array(single))):
        fitted = LogisticRegression(C=PENALTY, max_iter=2000).fit(features[chosen], targets[chosen])
        weights = [*fitted.coef_[0].tolist(), float(fitted.intercept_[0])]
        print(f"{name} = ({', '.join(f'{weight:.3f}' for weight in weights)})")
        unseen = np.zeros(int(chosen.sum()))
        groups = np.array(messages)[chosen]
        for learn, judge in GroupKFold(8).split(features[chosen], targets[chosen], groups):
            fold = LogisticRegression(C=PENALTY, max_iter=2000)
            fold.fit(features[chosen][learn], targets[chosen][learn])
            unseen[judge] = fold.predict_proba(features[chosen][judge])[:, 1]
        right = (unseen > 0.5) == targets[chosen]
        print(
            f"    {int(chosen.sum())} candidates of {len(FEATURES)} features, {right.mean():.1%} right when unseen"
        )


if __name__ == "__main__":
    main()
