"""How Rasa gets the training messages: what its own importer gives, without reading every file three times.

Rasa checks each file against a schema, parses it twice for that with a parser in pure Python, and asks for the data
twice. With 29,000 messages that is more than a minute of each training.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data import loading
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.validation import validate_training_data_format_version
from yaml import YAMLError

from bot.nlu.kept_message import KeptMessage
from bot.understanding.quick_yaml import load_yaml

_INTENT_KEYS: Final = frozenset({"intent", "examples", "metadata"})
_EXAMPLE_KEYS: Final = frozenset({"text", "metadata"})


class QuickImporter(RasaFileImporter):
    """Rasa's own importer, but each file is parsed once. Named in `config.yml`."""

    _nlu_data: TrainingData | None = None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The training messages and responses. They are read once; callers merge them into copies.

        Raises:
            YamlException: a file that is broken or not as Rasa wants it; the message names file and line.
        """
        if self._nlu_data is None:
            self._nlu_data = TrainingData().merge(*(_read(path, language) for path in self._nlu_files))
        return self._nlu_data


class QuickReader(RasaYAMLReader):
    """Reads files of intents with their examples, and nothing else in them; leaves all others to Rasa."""

    def reads(self, string: str, **kwargs: Any) -> TrainingData:
        """The data of one file's text."""
        content: Any = None
        # Rasa replaces these before it parses, or while it does.
        if not any(sign in string for sign in ("\\u", "\\U", "${")):
            with suppress(YAMLError):
                content = load_yaml(string)
        # Rasa checks once more, parses once more, and says in which line the fault is.
        if not _is_plain(content):
            return super().reads(string, **kwargs)
        if not validate_training_data_format_version(content, self.filename):
            return TrainingData()
        self._parse_nlu(content["nlu"])
        return TrainingData(self.training_examples, self.entity_synonyms)


def _read(path: str, language: str | None) -> TrainingData | None:
    if loading.guess_format(path) != loading.RASA_YAML:
        return loading.load_data(path, language)
    data = QuickReader().read(path)
    data.training_examples = [KeptMessage.of(message) for message in data.training_examples]
    return data


def _is_plain(content: object) -> bool:
    """Whether this is a file that Rasa's schema lets pass: a narrower check, of intents only."""
    return (
        isinstance(content, dict)
        and content.keys() <= {"version", "nlu"}
        and _is_text(content.get("version", "3.1"))
        and isinstance(content.get("nlu"), list)
        and all(_is_intent(block) for block in content["nlu"])
    )


def _is_intent(block: object) -> bool:
    if not isinstance(block, dict) or not {"intent", "examples"} <= block.keys() <= _INTENT_KEYS:
        return False
    examples = block["examples"]
    return _is_text(block["intent"]) and (
        _is_text(examples) or (isinstance(examples, list) and all(_is_example(one) for one in examples))
    )


def _is_example(example: object) -> bool:
    return isinstance(example, dict) and example.keys() <= _EXAMPLE_KEYS and _is_text(example.get("text"))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
