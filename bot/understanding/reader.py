"""The reader: one message in its context, read once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from threadpoolctl import threadpool_limits

from bot.safety.rules import RuleBook
from bot.understanding.concerns import Screening, answered_yes, screen
from bot.understanding.contact import leaves_contact
from bot.understanding.errors import UnderstandingError
from bot.understanding.follow_up import leans_on_context, resolve_follow_up
from bot.understanding.labels import (
    ASK_TOPIC,
    CLARIFY_CONCERN,
    CONCERNS,
    FAQ,
    FOLLOW_UP,
    NOT_IN_SOURCE,
    PERSONAL_DOSE,
    PROVIDE_CONTACT,
    REQUEST_HUMAN,
    UNSURE,
    is_topic,
)
from bot.understanding.model import ReaderModel
from bot.understanding.payload import parse_payload
from bot.understanding.pieces import pieces_of
from bot.understanding.policy import Thresholds
from bot.understanding.questions import Questions, questions_in
from bot.understanding.reading import Context, Reading
from bot.understanding.scores import PieceScores, score

DATA_DIR: Final = Path(__file__).resolve().parents[2] / "data"

EDUCATION: Final = {
    "concern_suicidal": "mood_education",
    "concern_mood": "mood_education",
    "concern_pregnancy": "pregnancy_education",
    "concern_serious_side_effect": "serious_side_effects",
}
"""What a patient reads who says "just in general"."""

_YES: Final = "affirm"
_NO: Final = "deny"


class Reader:
    """Reads messages. Thread-safe: nothing changes after loading."""

    def __init__(self, model: ReaderModel, rules: RuleBook) -> None:
        self._model = model
        self._rules = rules
        self.version = f"{model.version}+{rules.version}"

    @classmethod
    def load(cls, models_dir: Path, data_dir: Path = DATA_DIR) -> Reader:
        """From the newest model in `models_dir` and the rules under `data_dir`.

        Raises:
            ModelMissing: no usable model in that folder.
            SafetyDataError: a rule that cannot be used.
        """
        # One message is far too little work for several threads: they would spin, not help.
        threadpool_limits(limits=1, user_api="blas")
        return cls(ReaderModel.load_from_rasa_model(models_dir), RuleBook.load(data_dir / "safety"))

    def read(self, text: str, context: Context = Context()) -> Reading:
        """Never raises on text; a text without letters or digits is `unsure`."""
        if not any(character.isalnum() for character in text):
            rules = self._rules.match(text)
            screening = screen(text, (), rules, self._model.thresholds)
            return self._reading(text, screening, Questions((), (), (), False, 0.0), UNSURE, 0.0)
        scores = score(self._model, pieces_of(text))
        thresholds = self._model.thresholds
        screening = screen(text, scores, self._rules.match(text), thresholds, context.hints)
        label, confidence = scores[0].intent
        if context.pending_clarification and not screening.concerns:
            answer = self._answer_to_clarification(text, context.pending_clarification, label)
            if answer is not None:
                return answer
        if context.offered_clinic and not screening.concerns and label == _YES:
            return self._confirmed(text, REQUEST_HUMAN)
        questions = questions_in(scores, thresholds)
        if context.last_topics and leans_on_context(text, label) and not screening.concerns:
            topic = resolve_follow_up(self._model, text, scores[0], context)
            intent = FOLLOW_UP if topic in context.last_topics else FAQ
            resolved = Questions((topic,), (), questions.nearby, False, confidence)
            return self._reading(text, screening, resolved, intent, confidence)
        questions = _without_the_concern(questions, screening)
        intent, confidence = self._intent(text, context, scores, screening, questions)
        return self._reading(text, screening, questions, intent, confidence)

    def read_payload(self, payload: str, title: str) -> Reading:
        """A button press. `title` is what the patient saw on it.

        Raises:
            UnderstandingError: a payload that no button of ours has.
        """
        parsed = parse_payload(payload)
        if parsed.intent in CONCERNS:
            return self._confirmed(title, parsed.intent)
        if parsed.intent == ASK_TOPIC:
            if parsed.topic is None:
                raise UnderstandingError("a topic button without a topic")
            return Reading(title, ASK_TOPIC, 1.0, topics=(parsed.topic,), detector_version=self.version)
        return Reading(title, parsed.intent, 1.0, detector_version=self.version)

    def _answer_to_clarification(self, text: str, category: str, label: str) -> Reading | None:
        if label == _YES:
            return self._confirmed(text, category)
        if label == _NO and category in EDUCATION:
            return Reading(text, ASK_TOPIC, 1.0, topics=(EDUCATION[category],), detector_version=self.version)
        return None

    def _confirmed(self, text: str, category: str) -> Reading:
        concern = answered_yes(text, category)
        return Reading(text, category, 1.0, concerns=(concern,), detector_version=self.version)

    def _intent(
        self,
        text: str,
        context: Context,
        scores: list[PieceScores],
        screening: Screening,
        questions: Questions,
    ) -> tuple[str, float]:
        if screening.concerns:
            return screening.concerns[0].category.value, screening.concerns[0].certainty
        if leaves_contact(text, context.awaiting_contact):
            return PROVIDE_CONTACT, 1.0
        if _asks_personal_dose(scores, self._model.thresholds):
            return PERSONAL_DOSE, 1.0
        if questions.topics:
            return FAQ, questions.confidence
        if screening.clarify is not None:
            return CLARIFY_CONCERN, 1.0
        label, confidence = scores[0].intent
        if not is_topic(label) and label not in CONCERNS and confidence >= self._model.thresholds.dialogue:
            return label, confidence
        if questions.uncovered or context.asked_back:
            return NOT_IN_SOURCE, confidence
        return UNSURE, confidence

    def _reading(
        self, text: str, screening: Screening, questions: Questions, intent: str, confidence: float
    ) -> Reading:
        return Reading(
            text=text,
            intent=intent,
            confidence=round(confidence, 4),
            topics=questions.topics,
            further_topics=questions.further,
            nearby=questions.nearby,
            concerns=screening.concerns,
            clarify=screening.clarify if intent in (CLARIFY_CONCERN, FAQ, FOLLOW_UP, PERSONAL_DOSE) else None,
            uncovered=questions.uncovered,
            detector_version=self.version,
        )


def _asks_personal_dose(scores: Sequence[PieceScores], thresholds: Thresholds) -> bool:
    return any(scored.intents.get(PERSONAL_DOSE, 0.0) >= thresholds.topic_part for scored in scores)


def _without_the_concern(questions: Questions, screening: Screening) -> Questions:
    """A concern is answered by urgent help; only other subjects of the message are answered beside it."""
    if not screening.concerns:
        return questions
    told = {EDUCATION.get(concern.category.value) for concern in screening.concerns}
    told |= {"serious_side_effects", "managing_side_effects"}
    kept = tuple(topic for topic in questions.topics if topic not in told)
    return Questions(kept, questions.further, questions.nearby, questions.uncovered, questions.confidence)
