"""What can go wrong with facts and answers."""

from __future__ import annotations

from bot.errors import AssistantError


class ContentError(AssistantError):
    """Facts, answers or the lexicon cannot be used. The message names the file, what is wrong and the fix."""


class UnknownTopic(ContentError):
    """A topic that no answer covers."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"no answer for the topic {topic!r}: add data/responses/{topic}.yml")
        self.topic = topic
