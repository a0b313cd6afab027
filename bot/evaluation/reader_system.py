"""Our own reader as a system: read, and in conversations put into context, as the product does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Final
from uuid import UUID

import numpy as np

from bot.conversations.context import context_of
from bot.conversations.errors import TextEmpty, TextTooLong
from bot.conversations.inbound_text import clean_text
from bot.conversations.values import Button, Message
from bot.evaluation.system import FoundConcern, Judgement
from bot.replies import Replies, Said
from bot.safety.categories import Category
from bot.safety.rules import RuleBook
from bot.understanding import Context, Reader, Reading
from bot.understanding.encoder import Matrix, SentenceEncoder
from bot.understanding.labels import PROVIDE_CONTACT
from bot.understanding.model import ReaderModel
from bot.understanding.pieces import pieces_of
from bot.understanding.policy import Thresholds
from bot.understanding.scores import score
from bot.understanding.voiced import concerns_voiced

_CONVERSATION: Final = UUID(int=0)
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=timezone.utc)
_REFUSES: Final = "deny"


class ReaderSystem:
    """Judges with a trained model and the reviewed rules."""

    def __init__(self, model: ReaderModel, rules: RuleBook, replies: Replies | None = None) -> None:
        """`replies`: what the assistant says, for conversations; without it no quick reply is ever offered."""
        self._model = model
        self._rules = rules
        self._replies = replies
        self._reader = Reader(model, rules)

    @property
    def version(self) -> str:
        return self._reader.version

    @property
    def thresholds(self) -> Thresholds:
        return self._model.thresholds

    def judge(self, text: str) -> Judgement:
        """What one message leads to. A text that the front door refuses (empty, too long) is not read."""
        return judgement_of(self._read(text, Context()))

    def judge_with_probabilities(self, text: str) -> Judgement:
        """The same, with what the classifier thinks of the whole message, rules apart. Reads it twice."""
        scores = score(self._model, pieces_of(text))
        topic, probability = scores[0].topics[0]
        voiced = max(v.probability for v in concerns_voiced(scores) if v.category is not Category.HUMAN)
        return replace(
            self.judge(text),
            best_topic=topic,
            topic_probability=_within_one(probability),
            concern_probability=voiced,
        )

    def judge_turns(self, texts: Sequence[str]) -> tuple[Judgement, ...]:
        """Each text is read after the ones before it and the answers that they got."""
        messages: list[Message] = []
        judgements = []
        for text in texts:
            context = context_of(messages)
            reading = self._read(text, context)
            # The contact form follows every concern, and goes on until it is filled in or refused.
            settled = reading.intent in (PROVIDE_CONTACT, _REFUSES)
            asking = bool(reading.concerns) or (context.awaiting_contact and not settled)
            messages += stored_turn(
                len(messages), text, reading, self._said(reading, context, messages), asking
            )
            judgements.append(judgement_of(reading))
        return tuple(judgements)

    def with_thresholds(self, thresholds: Thresholds) -> ReaderSystem:
        return ReaderSystem(replace(self._model, thresholds=thresholds), self._rules, self._replies)

    def remembering(self) -> ReaderSystem:
        """A copy that encodes no text twice: for reading the same messages at many thresholds."""
        space = replace(self._model.space, encoder=_RememberingEncoder(self._model.space.encoder.graph))
        return ReaderSystem(replace(self._model, space=space), self._rules, self._replies)

    def _said(self, reading: Reading, context: Context, before: Sequence[Message]) -> Said:
        if self._replies is None:
            return Said("")
        return self._replies.to(reading, context, before[-1].text if before else "")

    def _read(self, text: str, context: Context) -> Reading:
        try:
            return self._reader.read(clean_text(text), context)
        except (TextEmpty, TextTooLong):
            return Reading("", "unsure", 0.0)


def judgement_of(reading: Reading) -> Judgement:
    return Judgement(
        topics=reading.topics,
        concerns=tuple(FoundConcern(c.category.value, c.tier) for c in reading.concerns),
        clarify=reading.clarify,
        language=getattr(reading, "language", None),
    )


def _within_one(probability: float) -> float:
    """Sums of rounded probabilities may pass 1 by a hair."""
    return min(1.0, max(0.0, float(probability)))


def stored_turn(
    before: int, text: str, reading: Reading, said: Said, asks_contact: bool
) -> tuple[Message, Message]:
    """The patient's message and its answer, as the front door would have stored them after `before` others."""
    patient = Message(
        id=UUID(int=before + 1),
        conversation_id=_CONVERSATION,
        seq=before + 1,
        author="patient",
        kind="text",
        text=text,
        in_reply_to=None,
        buttons=(),
        topics=(),
        concern=None,
        reading=reading,
        custom={},
        created_at=_ANY_TIME,
        answered_at=_ANY_TIME,
    )
    answer = replace(
        patient,
        id=UUID(int=before + 2),
        seq=before + 2,
        author="assistant",
        kind="answer",
        text=said.text,
        buttons=tuple(Button(str(n), title, payload) for n, (title, payload) in enumerate(said.buttons)),
        in_reply_to=patient.id,
        topics=reading.topics,
        reading=None,
        custom={"asks": "contact"} if asks_contact else {},
        answered_at=None,
    )
    return patient, answer


class _RememberingEncoder(SentenceEncoder):
    """Encodes a text once."""

    def __init__(self, graph: bytes) -> None:
        super().__init__(graph)
        self._known: dict[str, Matrix] = {}

    def encode(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, vector in zip(new, super().encode(new), strict=True):
            self._known[text] = vector
        return np.stack([self._known[text] for text in texts]) if texts else super().encode(texts)
