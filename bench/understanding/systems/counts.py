"""Counts of words and letter groups, and logistic regression: the usual small baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import joblib
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from bench.understanding.systems import TrainingData
from bench.understanding.systems.one_label import FALLBACK, judgement_of, label_for
from bot.evaluation.system import Judgement, System

FILE: Final = "counts.joblib"


class Counts:
    def train(self, data: TrainingData, folder: Path) -> None:
        features = make_union(
            CountVectorizer(ngram_range=(1, 2), min_df=2, binary=True),
            CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2, binary=True),
        )
        # A run to the end would take ten times as long and decide nothing differently.
        model = make_pipeline(features, LogisticRegression(C=0.1, max_iter=60))
        model.fit(
            [example.text for example in data.examples], [label_for(example) for example in data.examples]
        )
        joblib.dump(model, folder / FILE)

    def load(self, folder: Path, data_dir: Path) -> System:
        return _CountSystem(joblib.load(folder / FILE))

    def version(self, folder: Path, data_dir: Path) -> str:
        return ""


class _CountSystem:
    def __init__(self, model: Any) -> None:
        self._model = model

    def judge(self, text: str) -> Judgement:
        row = self._model.predict_proba([text])[0].tolist()
        probabilities = dict(zip(self._model.classes_.tolist(), row, strict=True))
        return judgement_of(probabilities, refused=max(row) < FALLBACK)
