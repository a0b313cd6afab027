"""The reader: one message in its context, read once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from threadpoolctl import threadpool_limits

from bot.safety.rules import RuleBook, RuleOutcome
from bot.understanding.concerns import (
    Screening,
    answered_yes,
    screen,
    worry_of,
)
from bot.understanding.contact import leaves_contact
from bot.understanding.errors import UnderstandingError
from bot.understanding.explanation import explain
from bot.understanding.follow_up import Resolved, goes_on, resolve, subject_after_a_place
from bot.understanding.in_context import screen_in_context, weigh_in_context
from bot.understanding.labels import (
    ASK_TOPIC,
    CLARIFY_CONCERN,
    CONCERNS,
    DOSAGE,
    EDUCATION,
    FAQ,
    FOLLOW_UP,
    NOT_IN_SOURCE,
    PERSONAL_DOSE,
    PROVIDE_CONTACT,
    REQUEST_HUMAN,
    UNSURE,
    is_topic,
)
from bot.understanding.leaning import leaning_of, place_meant
from bot.understanding.model import ReaderModel
from bot.understanding.other_languages import OtherLanguages, beside_english, only_foreign
from bot.understanding.payload import parse_payload
from bot.understanding.policy import Thresholds
from bot.understanding.questions import MOST_ANSWERED, Questions, questions_in
from bot.understanding.reading import Context, Reading
from bot.understanding.reviewed import reviewed
from bot.understanding.scores import PieceScores, leaning_on_nothing, score_message
from bot.understanding.short_answers import Answer, short_answer, told_after_no

DATA_DIR: Final = Path(__file__).resolve().parents[2] / "data"

ASKS_FOR_IT: Final = 0.12  # share of a wish for a person, said to the offer to pass a question on
NEAREST: Final = 3  # training messages named in an explanation

# Only names of our own: somebody may write "i_want_to_die".
_IDENTIFIER: Final = re.compile(
    r"(?:concern|request|clarify|ask|utter|action|faq)_\w+(?:\s*\{.*\})?", re.ASCII | re.DOTALL
)

ASKED_BESIDE: Final = frozenset({CLARIFY_CONCERN, FAQ, FOLLOW_UP, PERSONAL_DOSE, PROVIDE_CONTACT})
"""What a doubt is asked beside; with any other intent there is none (`_intent`)."""

_YES: Final = "affirm"
_NO: Final = "deny"


class Reader:
    """Reads messages. Thread-safe: nothing changes after loading."""

    def __init__(self, model: ReaderModel, rules: RuleBook, languages: OtherLanguages | None = None) -> None:
        """`languages`: those of data/languages where none are given."""
        self._model = model
        self._rules = rules
        self._languages = languages or OtherLanguages.load(DATA_DIR / "languages")
        self.version = f"{model.version}+{rules.version}+{self._languages.version}"

    @classmethod
    def load(cls, models_dir: Path, data_dir: Path = DATA_DIR) -> Reader:
        """From the newest model in `models_dir` and the rules under `data_dir`.

        Raises:
            ModelMissing: no usable model in that folder.
            SafetyDataError: a rule that cannot be used.
        """
        # One message is far too little work for several threads: they would spin, not help.
        threadpool_limits(limits=1, user_api="blas")
        rules, languages = RuleBook.load(data_dir / "safety"), OtherLanguages.load(data_dir / "languages")
        return cls(ReaderModel.load_from_rasa_model(models_dir), rules, languages)

    def read(self, text: str, context: Context = Context()) -> Reading:
        """Never raises on text; one that says nothing is `unsure`."""
        foreign = self._languages.read(text)
        if not foreign.also_english:
            found = screen(text, (), reviewed(self._rules, text), self._model.thresholds).concerns
            return only_foreign(text, foreign, found, self.version)
        # Beside a part in another language there is no telling what the talk before it bears out.
        return beside_english(self._read_english(text, context, weighing=foreign.language is None), foreign)

    def _read_english(self, text: str, context: Context, *, weighing: bool) -> Reading:
        if _says_nothing(text):
            rules = reviewed(self._rules, text)
            screening = screen(text, (), rules, self._model.thresholds)
            reading = self._reading(text, screening, Questions((), (), (), False, 0.0), UNSURE, 0.0)
            return self._explained(reading, context, (), rules, {})
        scores, items = score_message(self._model, text)
        if not context.last_text and leaning_of(text).names_a_subject:
            scores[0] = leaning_on_nothing(scores[0])
        rules = reviewed(self._rules, text)
        screening = screen(text, scores, rules, self._model.thresholds, context.hints)
        worry: Mapping[str, float] = worry_of(scores[0], rules)
        leant = False
        told = told_after_no(text) if context.pending_clarification else 0
        if told and not screening.concerns:
            # Blanks for the "no, but", so that all places stay those of the message.
            rest, unasked = " " * told + text[told:], replace(context, pending_clarification=None)
            return replace(self._read_english(rest, unasked, weighing=weighing), text=text)
        if not screening.concerns:
            answer = self._answer(text, context, scores[0])
            if answer is not None:
                return self._explained(answer, context, scores, rules, worry)
        if weighing:
            screening = weigh_in_context(self._model, self._rules, text, rules, screening, context)
        if not screening.concerns:
            found = screen_in_context(self._model, self._rules, text, scores[0], screening, worry, context)
            screening, worry, leant = found.screening, found.worry, bool(found.screening.concerns)
        reading = self._read_screened(text, context, scores, items, screening, leant)
        return self._explained(reading, context, scores, rules, worry)

    def _explained(
        self,
        reading: Reading,
        context: Context,
        scores: Sequence[PieceScores],
        rules: RuleOutcome,
        worry: Mapping[str, float],
    ) -> Reading:
        """The reading with what it leaves to the next message, and with the reasons for its concerns."""
        model = self._model
        explanations = []
        for concern in reading.concerns:
            nearest: tuple[str, ...] = ()
            if concern.certainty < 1.0:
                nearest = model.neighbours.nearest(model.space.encoder.encode([concern.evidence]), NEAREST)
            explanations.append(
                explain(concern, scores, rules, self._rules, model.thresholds, context, nearest)
            )
        return replace(reading, worry=worry, explanations=tuple(explanations))

    def _read_screened(
        self,
        text: str,
        context: Context,
        scores: list[PieceScores],
        items: list[PieceScores],
        screening: Screening,
        leant: bool,
    ) -> Reading:
        """`leant`: the concern came from the conversation, so what the message alone seemed to ask is not meant."""
        questions = questions_in(scores, self._model.thresholds, items)
        if not screening.concerns:
            tells_more = goes_on(text, scores[0], context)
            resolved = None if tells_more else resolve(self._model, text, scores[0], context)
            if tells_more:
                questions = replace(questions, topics=(), further=(), uncovered=False)
            if resolved is not None and not _asks_more(resolved, questions, context):
                return self._resolved(text, resolved, context, screening, questions, scores[0].intent[1])
        questions = _without_the_concern(questions, screening)
        if leant:
            questions = replace(questions, topics=(), further=(), uncovered=False)
        intent, confidence = self._intent(text, context, scores, screening, questions)
        return self._reading(text, screening, questions, intent, confidence)

    def _resolved(
        self,
        text: str,
        resolved: Resolved,
        context: Context,
        screening: Screening,
        questions: Questions,
        confidence: float,
    ) -> Reading:
        """A message that leans on the conversation, with the subject that it means there."""
        if resolved.topic is None:
            refused = replace(questions, topics=(), further=(), uncovered=True)
            intent = CLARIFY_CONCERN if screening.clarify is not None else NOT_IN_SOURCE
            return self._reading(text, screening, refused, intent, confidence)
        intent = FOLLOW_UP if resolved.topic in context.last_topics else FAQ
        answered = Questions((resolved.topic,), (), questions.nearby, False, confidence)
        return self._reading(text, screening, answered, intent, confidence)

    def _answer(self, text: str, context: Context, alone: PieceScores) -> Reading | None:
        """A short answer to what the assistant asked or offered."""
        pressed = _pressed(self._model, text, context)
        if pressed is not None:
            return self.read_payload(pressed, text, context)
        label = alone.intent[0]
        if context.pending_clarification:
            return self._answer_to_clarification(text, context, label)
        if context.offered_clinic:
            asks_for_it = alone.share(REQUEST_HUMAN) >= ASKS_FOR_IT
            if asks_for_it or (label == _YES and short_answer(text) in (Answer.YES, None)):
                return self._confirmed(text, REQUEST_HUMAN, context)
        return None

    def read_payload(self, payload: str, title: str, context: Context = Context()) -> Reading:
        """A button press. `title` is what the patient saw on it, `context` what was said before.

        Raises:
            UnderstandingError: a payload that no button of ours has.
        """
        parsed = parse_payload(payload)
        if parsed.intent in CONCERNS:
            confirmed = self._confirmed(title, parsed.intent, context)
            return self._explained(confirmed, Context(), (), RuleOutcome(), {})
        if parsed.intent == ASK_TOPIC:
            if parsed.topic is None:
                raise UnderstandingError("a topic button without a topic")
            return Reading(title, ASK_TOPIC, 1.0, topics=(parsed.topic,), detector_version=self.version)
        return Reading(title, parsed.intent, 1.0, detector_version=self.version)

    def _answer_to_clarification(self, text: str, context: Context, label: str) -> Reading | None:
        category = context.pending_clarification or ""
        answer = short_answer(text)
        if answer is Answer.YES or (answer is None and label == _YES):
            return self._confirmed(text, category, context)
        if category not in EDUCATION:
            return None
        if answer is Answer.HALF_NO:
            # It settles nothing: the doubt stays, and another one is enough.
            return Reading(text, FAQ, 1.0, topics=(EDUCATION[category],), detector_version=self.version)
        if answer is Answer.NO or label == _NO:
            return Reading(text, ASK_TOPIC, 1.0, topics=(EDUCATION[category],), detector_version=self.version)
        return None

    def _confirmed(self, text: str, category: str, context: Context) -> Reading:
        concern = answered_yes(text, category, reviewed(self._rules, context.last_text))
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
        topics, further = questions.topics, questions.further
        if intent == PERSONAL_DOSE and DOSAGE not in topics:
            # Its answer says how doses are set: "and what is the usual?" leans on that.
            asked = (DOSAGE, *topics, *further)
            topics, further = asked[:MOST_ANSWERED], asked[MOST_ANSWERED:]
        return Reading(
            text=text,
            intent=intent,
            confidence=round(confidence, 4),
            topics=topics,
            further_topics=further,
            nearby=questions.nearby,
            concerns=screening.concerns,
            clarify=screening.clarify if intent in ASKED_BESIDE else None,
            uncovered=questions.uncovered,
            detector_version=self.version,
        )


def _says_nothing(text: str) -> bool:
    """No letter and no digit, or a name that only programs use ("concern_mood"): not one word to be understood."""
    return not any(character.isalnum() for character in text) or bool(_IDENTIFIER.fullmatch(text.strip()))


def _pressed(model: ReaderModel, text: str, context: Context) -> str | None:
    """The payload of a quick reply whose title, or whose number, was typed instead of pressed."""
    said = _plain(text)
    for title, payload in context.offers:
        if said and said == _plain(title):
            return payload
    place = place_meant(text) if len(context.choices) < 2 else None
    if place is None or not -len(context.offers) <= place < len(context.offers):
        return None
    payload = context.offers[place][1]
    # Whoever wants somebody called is heard, whatever else is said: "the second one, for my lips".
    calls_somebody = parse_payload(payload).intent in CONCERNS
    if not calls_somebody and subject_after_a_place(model, text, context) is not None:
        return None
    return payload


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def _asks_more(resolved: Resolved, questions: Questions, context: Context) -> bool:
    """The new subject that the message means is one of several that it asks about by itself."""
    several = resolved.topic in questions.topics and len(questions.topics) > 1
    return several and resolved.topic not in context.last_topics


def _asks_personal_dose(scores: Sequence[PieceScores], thresholds: Thresholds) -> bool:
    return any(scored.intents.get(PERSONAL_DOSE, 0.0) >= thresholds.personal_dose for scored in scores)


def _without_the_concern(questions: Questions, screening: Screening) -> Questions:
    """A concern is answered by urgent help; only other subjects of the message are answered beside it."""
    if not screening.concerns:
        return questions
    told = {EDUCATION.get(concern.category.value) for concern in screening.concerns}
    told |= {"serious_side_effects", "managing_side_effects"}
    kept = tuple(topic for topic in questions.topics if topic not in told)
    return Questions(kept, questions.further, questions.nearby, questions.uncovered, questions.confidence)
