"""The answers: one Rasa response a topic, with the words that buttons and offers use for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.content.documents import read_mapping, text_of, texts_of
from bot.content.errors import ContentError, UnknownTopic

RESPONSE_PREFIX = "utter_faq/"


@dataclass(frozen=True)
class Answer:
    """One topic's answer.

    `text` keeps the raw fact ids. `title` heads it and labels its button; `short` completes
    "I can also tell you about …"; `nearby` are the topics to offer next.
    """

    topic: str
    text: str
    title: str
    short: str
    nearby: tuple[str, ...]


@dataclass(frozen=True)
class AnswerBook:
    """Every answer by topic."""

    answers: Mapping[str, Answer]

    @classmethod
    def load(cls, folder: Path) -> AnswerBook:
        """Read the `utter_faq/<topic>` responses of every YAML file in a folder.

        Responses of other names are left to Rasa. Raises ContentError naming the file and the fix.
        """
        answers: dict[str, Answer] = {}
        paths = sorted(folder.glob("*.yml"))
        if not paths:
            raise ContentError(f"{folder}: holds no answers. Put one <topic>.yml for each topic there")
        for path in paths:
            responses = read_mapping(path).get("responses")
            if not isinstance(responses, dict):
                raise ContentError(
                    f"{path}: has no 'responses'. Add 'responses:' with '{RESPONSE_PREFIX}{path.stem}'"
                )
            for name, variations in responses.items():
                if str(name).startswith(RESPONSE_PREFIX):
                    answer = _answer(str(name), variations, path)
                    answers[answer.topic] = answer
        return cls(MappingProxyType(answers))

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.answers)

    def get(self, topic: str) -> Answer | None:
        return self.answers.get(topic)

    def __getitem__(self, topic: str) -> Answer:
        """The topic's answer; raises UnknownTopic."""
        answer = self.answers.get(topic)
        if answer is None:
            raise UnknownTopic(topic)
        return answer

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers.values())

    def __len__(self) -> int:
        return len(self.answers)

    def __contains__(self, topic: object) -> bool:
        return topic in self.answers


def _answer(name: str, variations: object, path: Path) -> Answer:
    topic = name.removeprefix(RESPONSE_PREFIX)
    if topic != path.stem:
        raise ContentError(f"{path}: holds the answer for '{topic}'. Move it to {topic}.yml")
    # Rasa picks one of several variations at random; only what was checked may be said.
    if not isinstance(variations, list) or len(variations) != 1:
        raise ContentError(f"{path}: '{name}' needs exactly one text. Keep a single '- text:' entry")
    where = f"{path}, {name}"
    metadata = variations[0].get("metadata") if isinstance(variations[0], dict) else None
    return Answer(
        topic,
        text_of(variations[0], "text", where),
        text_of(metadata, "title", f"{where}, metadata"),
        text_of(metadata, "short", f"{where}, metadata"),
        texts_of(metadata, "nearby", f"{where}, metadata"),
    )
