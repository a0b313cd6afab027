"""The two values of this package: what is known before a message is read, and what reading it gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding.explanation import Explanation
from bot.understanding.labels import FAQ, NOT_IN_SOURCE, PERSONAL_DOSE


@dataclass(frozen=True)
class Context:
    """What the conversation said before. Empty for a first message."""

    last_topics: tuple[str, ...] = ()
    """Topics of the assistant's last answer."""
    last_question: str = ""
    """The patient's last message that was a question."""
    pending_clarification: str | None = None
    """The concern category that the assistant has just asked about ("in general, or happening to you now?")."""
    awaiting_contact: bool = False
    """The assistant has just asked how the clinic can reach the patient."""
    hints: tuple[str, ...] = ()
    """Categories that earlier messages of this conversation raised a doubt about."""
    asked_back: bool = False
    """The assistant's last message asked the patient to put the question in other words."""
    offered_clinic: bool = False
    """The assistant's last message offered to pass the question to the clinic."""
    last_text: str = ""
    """The patient's last message, whatever it was."""
    last_intent: str = ""
    """What that message was read as."""
    answered: bool = False
    """The assistant has answered that message, and nobody has spoken since."""
    choices: tuple[str, ...] = ()
    """Topics that the conversation has put side by side: "the second one" picks one of them."""
    offers: tuple[tuple[str, str], ...] = ()
    """The quick replies below the assistant's last message: (title, payload)."""
    worries: tuple[Mapping[str, float], ...] = ()
    """For each of the patient's latest messages, oldest first: category -> how much it speaks of it, 1 for a case."""

    @property
    def follows_a_concern(self) -> bool:
        """The patient's last message opened a case or added to one."""
        return bool(self.worries) and max(self.worries[-1].values(), default=0.0) >= 1.0


@dataclass(frozen=True)
class Reading:
    """What a message asks and whether somebody must be called."""

    text: str
    """The text that was read; spans of concerns point into it."""
    intent: str
    confidence: float
    topics: tuple[str, ...] = ()
    """Topics to answer, in the order asked, at most three."""
    further_topics: tuple[str, ...] = ()
    """Topics that were asked about too and are left for later."""
    nearby: tuple[str, ...] = ()
    """Topics to offer, nearest first."""
    concerns: tuple[Concern, ...] = ()
    """Strongest first; empty when nobody has to be called."""
    clarify: str | None = None
    """A concern category in doubt: the patient is asked."""
    uncovered: bool = False
    """A part of the message asks something that the sources do not answer."""
    worry: Mapping[str, float] = field(default_factory=dict)
    """Concern category -> its probability, for the messages after this one; what is negligible is left out."""
    explanations: tuple[Explanation, ...] = ()
    """Why each concern was raised, in the order of `concerns`."""
    language: str | None = None
    """The ISO code of a message that is in another language than English, or partly so; None for English."""
    detector_version: str = ""

    @property
    def covered(self) -> bool:
        return bool(self.topics)

    @property
    def offers_clinic(self) -> bool:
        """The reply to this reading offers to pass the question to the clinic."""
        if self.concerns or self.clarify is not None:
            return False
        return self.intent in (NOT_IN_SOURCE, PERSONAL_DOSE) or (self.intent == FAQ and self.uncovered)

    def explanation(self, category: Category) -> Explanation | None:
        """Why the concern of this category was raised, where that is known."""
        return next((found for found in self.explanations if found.category == category.value), None)

    @property
    def concern(self) -> Concern | None:
        """The strongest concern."""
        return self.concerns[0] if self.concerns else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` gives the same reading back."""
        data = asdict(self)
        data["explanations"] = [explanation.to_dict() for explanation in self.explanations]
        data["concerns"] = [{**asdict(c), "category": c.category.value} for c in self.concerns]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reading:
        values = dict(data)
        for key in ("topics", "further_topics", "nearby"):
            values[key] = tuple(values.get(key, ()))
        values["concerns"] = tuple(
            Concern(**{**item, "category": Category(item["category"])}) for item in values.get("concerns", ())
        )
        values["explanations"] = tuple(Explanation.from_dict(item) for item in values.get("explanations", ()))
        return cls(**values)
