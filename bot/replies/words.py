"""What is said to a reading: answers with their citations, refusals, questions back. Pure.

The front door uses the same words when Rasa cannot be reached, and `python -m bot understand` prints them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.content import AnswerBook, FactBook, cited_ids, compose_answer, not_covered, personal_dose
from bot.safety.languages import Language, load_languages
from bot.understanding.labels import DOSAGE, EDUCATION
from bot.understanding.payload import topic_payload
from bot.understanding.reading import Reading

MOST_QUICK_REPLIES: Final = 3
ASK_CLINIC: Final = ("Ask my clinic", "/request_human")

_PARTLY_UNCOVERED: Final = (
    "Part of your message asks something that my two sources don't cover, so I won't guess at that. "
    "I can pass it to your clinic if you like."
)
_ENGLISH_ONLY: Final = (
    "I can only answer in English. I'm a computer program that answers questions about isotretinoin, not a doctor. "
    "Please write to me in English, or ask your clinic. In an emergency, call the emergency number of the place "
    "where you are."
)
_UNSURE: Final = (
    "I'm not sure I understood. Could you ask it in other words, one thing at a time? "
    "If something is happening to you that worries you, tell me what it is."
)
_CLARIFY: Final = {
    "concern_suicidal": "I want to be sure I understand, because it matters. If you might hurt yourself now, don't "
    "wait for me: call your emergency number. Are you having thoughts of hurting yourself or of not wanting to live, "
    "or do you ask in general?",
    "concern_mood": "Are you asking in general, or are you feeling like this now?",
    "concern_pregnancy": "Are you asking in general, or could you (or your partner) be pregnant now?",
    "concern_serious_side_effect": "If it feels like an emergency, don't wait for me: call your emergency number. Are "
    "you asking in general, or is this happening to you now?",
}


@dataclass(frozen=True)
class Said:
    """One message. `buttons`: (title, payload) pairs. An empty text says nothing."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """In the shape of a Rasa response."""
        buttons = [{"title": title, "payload": payload} for title, payload in self.buttons]
        return {"text": self.text, "buttons": buttons} if buttons else {"text": self.text}


@dataclass(frozen=True)
class Words:
    """The books that answers are made from. `languages`: by ISO code, those that are answered at all."""

    facts: FactBook
    answers: AnswerBook
    languages: Mapping[str, Language]

    @classmethod
    def load(cls, data_dir: Path) -> Words:
        """Raises ContentError when facts or answers cannot be read, SafetyDataError for a language file."""
        return cls(
            FactBook.load(data_dir / "facts.yml"),
            AnswerBook.load(data_dir / "responses"),
            load_languages(data_dir / "languages"),
        )

    def answer(self, reading: Reading) -> Said:
        """The answer to every topic asked about, at most three, with quick replies for what lies near."""
        known = [topic for topic in (*reading.topics, *reading.further_topics) if topic in self.answers]
        if not known:
            return self.not_covered(reading)
        text = compose_answer(known, self.answers)
        buttons = self._quick_replies(
            reading.topics, (*reading.further_topics, *self.answers[known[0]].nearby)
        )
        if reading.clarify is not None:
            return self.then_asked(text, reading)
        if reading.uncovered:
            return Said(f"{text}\n\n{_PARTLY_UNCOVERED}", (*buttons, ASK_CLINIC))
        return Said(text, buttons)

    def other_questions(self, reading: Reading) -> Said:
        """Beside a concern: the other subjects of the message. Nothing beside a danger to life."""
        concern = reading.concern
        pressing = concern is not None and concern.tier == 1 and concern.category.value != "concern_pregnancy"
        if pressing or not reading.topics:
            return Said("")
        return Said("You also asked:\n\n" + compose_answer(reading.topics, self.answers))

    def not_covered(self, reading: Reading) -> Said:
        """The honest refusal, with subjects that can be answered and a way to ask the clinic."""
        nearby = [topic for topic in reading.nearby if topic in self.answers]
        return Said(not_covered(nearby, self.answers), (*self._quick_replies((), nearby), ASK_CLINIC))

    def personal_dose(self, reading: Reading) -> Said:
        """How doses are set and by whom, then the other questions of the message. Never a figure for one person."""
        text = personal_dose(self.answers)
        others = [topic for topic in (*reading.topics, *reading.further_topics) if topic != DOSAGE]
        if others:
            text += "\n\n" + compose_answer(others, self.answers)
        if reading.clarify is not None:
            return self.then_asked(text, reading)
        return Said(text, (ASK_CLINIC,))

    def other_language(self, reading: Reading) -> Said:
        """That the assistant answers in English only: in the patient's language where we have it, then in English."""
        language = self.languages.get(reading.language or "")
        if language is None:
            return Said(_ENGLISH_ONLY, (ASK_CLINIC,))
        return Said(f"{language.answer}\n\n{_ENGLISH_ONLY}", ((language.ask_clinic, ASK_CLINIC[1]),))

    def unsure(self, reading: Reading) -> Said:
        return Said(_UNSURE, self._quick_replies((), reading.nearby))

    def clarify(self, reading: Reading) -> Said:
        """In general, or happening now? `reading.clarify` must name a category."""
        category = reading.clarify or "concern_mood"
        now = ("It's happening to me now", f"/{category}")
        return Said(_CLARIFY[category], (now, ("Just in general", topic_payload(EDUCATION[category]))))

    def follow_up(self, earlier: Sequence[str], reading: Reading) -> Said:
        """A follow-up on the answer before it: all that the sources say about its topic, again."""
        known = [topic for topic in (*reading.topics, *earlier) if topic in self.answers][:1]
        if not known:
            return self.unsure(reading)
        answer = self.answers[known[0]]
        text = f"This is all that my sources say about {answer.short}:\n\n{answer.text}"
        if reading.clarify is not None:
            return self.then_asked(text, reading)
        return Said(text, self._quick_replies(known, answer.nearby))

    def sources(self, topics: Sequence[str]) -> Said:
        """Where the last answer came from: title and sections of each source."""
        sections: dict[str, list[str]] = {}
        for topic in topics:
            for fact_id in cited_ids(self.answers[topic].text) if topic in self.answers else ():
                fact = self.facts.facts[fact_id]
                names = sections.setdefault(fact.source.title, [])
                if fact.section not in names:
                    names.append(fact.section)
        if not sections:
            titles = " and ".join(f"“{source.title}”" for source in self.facts.sources.values())
            everything = f"Everything I say about isotretinoin comes from two texts: {titles}."
            return Said(f"{everything} I don't use anything else.")
        lines = [f"“{title}”: {', '.join(names)}" for title, names in sections.items()]
        return Said("My last answer comes from these parts of my two source texts:\n\n" + "\n".join(lines))

    def repeat(self, last_said: str) -> Said:
        return Said(last_said or "I haven't said anything yet. What would you like to know?")

    def then_asked(self, text: str, reading: Reading) -> Said:
        """A text, and below it the doubt, if any: a rule's words are at least asked about, whatever else is said."""
        if reading.clarify is None:
            return Said(text)
        asked = self.clarify(reading)
        return Said(f"{text}\n\n{asked.text}", asked.buttons)

    def _quick_replies(self, answered: Sequence[str], offered: Sequence[str]) -> tuple[tuple[str, str], ...]:
        topics = [t for t in dict.fromkeys(offered) if t in self.answers and t not in answered]
        return tuple((self.answers[t].title, topic_payload(t)) for t in topics[:MOST_QUICK_REPLIES])
