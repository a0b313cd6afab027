"""The reader as a Rasa graph component: trained by `rasa train`, used by `rasa shell` and `rasa test`.

In the running stack the front door reads each message with the very same model (it loads it from Rasa's archive)
and hands the parse data over, so that the two can never disagree about a concern.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT_RESPONSE_KEY, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.safety.rules import RuleBook
from bot.understanding.adapter import adapted_encoder
from bot.understanding.examples import Example, make_example
from bot.understanding.model import ReaderModel
from bot.understanding.parse_data import to_parse_data
from bot.understanding.policy import Thresholds
from bot.understanding.reader import DATA_DIR, Reader
from bot.understanding.training import train


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageReader(GraphComponent):
    """Writes intent, response-selector output and the whole reading onto each message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"thresholds": {}}

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnx", "onnxruntime", "safetensors", "tokenizers", "sklearn", "spacy"]

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Reader | None = None,
    ) -> None:
        self._thresholds = Thresholds.from_dict(config["thresholds"])
        self._model_storage = model_storage
        self._resource = resource
        self._reader = reader

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [_example(message) for message in training_data.intent_examples]
        model = train(examples, self._thresholds, adapted_encoder(DATA_DIR))
        with self._model_storage.write_to(self._resource) as directory:
            model.save(directory)
        self._reader = Reader(model, RuleBook.load(DATA_DIR / "safety"))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        assert self._reader is not None
        for message in messages:
            if message.get(TEXT) and not message.get("intent"):
                for key, value in to_parse_data(self._reader.read(message.get(TEXT))).items():
                    if key != TEXT:
                        message.set(key, value, add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageReader:
        with model_storage.read_from(resource) as directory:
            reader = Reader(ReaderModel.load(directory), RuleBook.load(DATA_DIR / "safety"))
        return cls(config, model_storage, resource, reader)


def _example(message: Message) -> Example:
    intent = message.get(INTENT_RESPONSE_KEY) or message.get("intent")
    notes = (message.get(METADATA) or {}).get(METADATA_EXAMPLE)
    return make_example(message.get(TEXT), intent, notes if isinstance(notes, dict) else None)
