"""Fits the weights of bot/understanding/voiced.py on the four development sets and prints them.

Each message counts twice, as it was written and misspelt. Needs a trained model (`make train`). Prints how well unseen
messages are told apart, too: one set is judged by weights that were fitted on the other.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.safety.categories import Category
from bot.settings import Settings
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import pieces_of
from bot.understanding.scores import score
from bot.understanding.typos import misspelt
from bot.understanding.voiced import features_of

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SETS = ("development", "second_development", "third_development", "fourth_development")
PENALTY = 0.03  # inverse strength, as scikit-learn has it


def main() -> None:
    model = ReaderModel.load_from_rasa_model(Settings.from_env().models_dir)
    rows, wanted, single, origin = [], [], [], []
    for name in SETS:
        for number, line in enumerate((DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()):
            message = json.loads(line)
            accepted = {message["concern"], *message.get("also_concern", ())}
            for text in (message["text"], misspelt(message["text"], number)):
                scores = score(model, pieces_of(text))
                for category in Category:
                    if category.value in accepted and category.value != message["concern"]:
                        continue  # neither right nor wrong
                    rows.append(features_of(scores, category))
                    wanted.append(category.value == message["concern"])
                    single.append(len(scores) == 1)
                    origin.append(name)
    features, targets = np.array(rows)[:, :-1], np.array(wanted)  # scikit-learn adds the constant
    for name, chosen in (("_ONE_PART", np.array(single)), ("_SEVERAL", ~np.array(single))):
        fitted = LogisticRegression(C=PENALTY, max_iter=2000).fit(features[chosen], targets[chosen])
        weights = [*fitted.coef_[0].tolist(), float(fitted.intercept_[0])]
        print(f"{name}: Final = ({', '.join(f'{weight:.3f}' for weight in weights)})")
        for unseen in SETS:
            judged = chosen & (np.array(origin) == unseen)
            learnt = chosen & ~judged
            other = LogisticRegression(C=PENALTY, max_iter=2000).fit(features[learnt], targets[learnt])
            area = roc_auc_score(targets[judged], other.predict_proba(features[judged])[:, 1])
            print(f"    {unseen}, unseen: area under the curve {area:.4f}")


if __name__ == "__main__":
    main()
