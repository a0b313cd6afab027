"""What a patient reads when a person takes over, and when the assistant is back: true sentences only. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.cases.domain import Case
from bot.safety.categories import Category
from bot.safety.regions import Region, load_regions, region_of
from bot.settings import Settings

SOMEBODY: Final = "Somebody"
LONGEST_NAME: Final = 60
# "Same day" and more urgent: nobody may be left waiting in a chat for these.
LEAST_URGENT_TIER: Final = 2
_CRISIS: Final = frozenset({Category.SUICIDAL.value, Category.MOOD.value})


def role_words(name: str) -> str:
    """How a patient reads who wrote: the account's name, such as "Dr Lee"; empty where it is no name for patients.

    The desk's own roles say what an account may do, not who somebody is: patients never see them.
    """
    words = " ".join(name.split())
    return "" if "@" in words else words[:LONGEST_NAME].strip()


@dataclass(frozen=True)
class HoldWords:
    """By region code; `fallback` is the clinic's own region. `phone` is empty where the clinic has given none."""

    clinic: str
    phone: str
    regions: Mapping[str, Region]
    fallback: str

    @classmethod
    def load(cls, settings: Settings) -> HoldWords:
        """Raises RegionError."""
        regions = load_regions(settings.data_dir / "regions")
        return cls(settings.clinic_name, settings.clinic_phone, regions, settings.region)

    def taken(self, role: str, region: str) -> str:
        """A person has taken the conversation over."""
        return (
            f"{role or SOMEBODY} from {self.clinic} has joined this chat and can write to you here. "
            "I am the computer program: I stay quiet until they hand the chat back. "
            f"Please don't wait here with something urgent. {self._emergency(region)}"
        )

    def received(self, role: str, region: str) -> str:
        """A message came while a person holds the conversation."""
        who = role or "the person from your clinic"
        return (
            f"Your message is saved, and {who} can read it here. "
            f"I can't say how soon they will answer. {self._emergency(region)}"
        )

    def passed_on(self, cases: Sequence[Case]) -> str:
        """An answer to a clinician came after the assistant was back: it stands on these cases, at least one."""
        return (
            f"Your answer is on your clinic's care desk ({_references(cases)}). "
            "I can't say when somebody will read it."
        )

    def returned(self, role: str, region: str, cases: Sequence[Case]) -> str:
        """The conversation was given back. `cases` are the unresolved ones."""
        left = f"{role or 'The person from your clinic'} has left this chat."
        return f"{left} I am the computer program, and I answer again. {self._what_now(region, cases)}"

    def timed_out(self, region: str, cases: Sequence[Case]) -> str:
        """Nobody wrote for as long as a silent clinician keeps a conversation. `cases` are the unresolved ones."""
        return (
            f"Nobody from {self.clinic} has written here for a while. "
            f"I am the computer program, and I answer again. {self._what_now(region, cases)}"
        )

    def _what_now(self, region: str, cases: Sequence[Case]) -> str:
        if not cases:
            return "If you want to hear from a person again, tell me so."
        told = f"Your clinic still has your message ({_references(cases)})."
        urgent = {case.category for case in cases if case.tier <= LEAST_URGENT_TIER}
        return f"{told} {self._whom_to_call(region, urgent)}" if urgent else told

    def _whom_to_call(self, region: str, categories: set[str]) -> str:
        found = region_of(self.regions, region, self.fallback)
        lines = ["Please don't wait for an answer here."]
        if categories & _CRISIS and found.crisis:
            crisis = " or ".join(line.sentence_part for line in found.crisis)
            lines.append(f"If you think of harming yourself, {crisis}.")
        lines.append(f"Call {self.clinic} on {self.phone}." if self.phone else f"Call {self.clinic}.")
        if found.advice is not None:
            lines.append(f"If you can't reach them, {found.advice.sentence_part}.")
        return " ".join([*lines, self._emergency(region)])

    def _emergency(self, region: str) -> str:
        return f"In an emergency, call {region_of(self.regions, region, self.fallback).emergency}."


def _references(cases: Sequence[Case]) -> str:
    label = "reference" if len(cases) == 1 else "references"
    return f"{label} {' and '.join(case.reference for case in cases)}"
