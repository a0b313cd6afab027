"""What a patient reads about whether anybody at the clinic has seen their message. True sentences only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.safety.categories import Category
from bot.safety.languages import Language, load_languages
from bot.safety.regions import Region, load_regions, region_of
from bot.safety.urgent_help import not_monitored, urgent_help
from bot.settings import Settings

# By tier: what to do instead of waiting.
_DO_NOT_WAIT: Final[Mapping[int, str]] = MappingProxyType(
    {
        1: "Please don't wait for them. Get help yourself now:",
        2: "Please don't wait for an answer here. Call them yourself today:",
        3: "Your message stays on their list. If it can't wait, please call them yourself.",
    }
)


@dataclass(frozen=True)
class PatientWords:
    """`regions` by code; `fallback` is the clinic's own; `languages` by ISO code."""

    clinic: str
    phone: str
    regions: Mapping[str, Region]
    fallback: str
    languages: Mapping[str, Language]

    @classmethod
    def load(cls, settings: Settings) -> PatientWords:
        """Raises SafetyDataError, naming the file, when help lines or words are missing."""
        return cls(
            settings.clinic_name,
            settings.clinic_phone,
            load_regions(settings.data_dir / "regions"),
            settings.region,
            load_languages(settings.data_dir / "languages"),
        )

    def unseen(self, reference: str, category: str, tier: int, region: str, language: str | None) -> str:
        """Nobody has acknowledged the case by its deadline: whom to call now."""
        found = region_of(self.regions, region, self.fallback)
        said = (
            f"Nobody at {self.clinic} has confirmed yet that they have seen your message (reference "
            f"{reference}). {_DO_NOT_WAIT[tier]}"
        )
        if category == Category.HUMAN.value:
            return f"{said} {not_monitored(found)}{self._number()}"
        foreign = self.languages.get(language or "")
        parts = [said]
        if foreign is not None:
            parts.append(foreign.urgent_help(Category(category), tier, found))
        return "\n\n".join([*parts, urgent_help(category, tier, found) + self._number()])

    def seen(self, reference: str, region: str) -> str:
        """A clinician has acknowledged the case."""
        found = region_of(self.regions, region, self.fallback)
        return (
            f"Somebody at {self.clinic} has now seen your message (reference {reference}). I can't say when you "
            f"will hear from them. If it gets worse or can't wait, please call them. In an emergency, call "
            f"{found.emergency}.{self._number()}"
        )

    def _number(self) -> str:
        return f" The number of {self.clinic} is {self.phone}." if self.phone else ""
