"""What the front door itself says to patients, made once at the start so that nothing can be missing later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.content.answers import AnswerBook
from bot.safety.categories import TIERS, Category
from bot.safety.languages import load_languages
from bot.safety.regions import load_regions, region_of
from bot.safety.urgent_help import not_monitored, urgent_help
from bot.settings import Settings


@dataclass(frozen=True)
class FrontDoorWords:
    """By region code; `fallback` is the clinic's own region. `foreign_help` also by ISO code of the language."""

    disclaimers: Mapping[str, str]
    emergencies: Mapping[str, str]
    help_texts: Mapping[tuple[str, int, str], str]
    fallback: str
    foreign_help: Mapping[tuple[str, str, int, str], str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Settings) -> FrontDoorWords:
        """Raises ContentError or SafetyDataError, naming the file, when words or help lines are missing."""
        regions = load_regions(settings.data_dir / "regions")
        fallback = region_of(regions, settings.region, settings.region).code
        about = AnswerBook.load(settings.data_dir / "responses")["disclaimer"].text
        hello = f"Hello! I answer questions about isotretinoin for patients of {settings.clinic_name}."
        phone = (
            f" The number of {settings.clinic_name} is {settings.clinic_phone}."
            if settings.clinic_phone
            else ""
        )
        return cls(
            disclaimers={
                code: f"{hello} {about}\n\n{not_monitored(region)}" for code, region in regions.items()
            },
            emergencies={
                code: f"In an emergency, call {region.emergency}." for code, region in regions.items()
            },
            help_texts={
                (category.value, tier, code): urgent_help(category, tier, region) + phone
                for category in Category
                for tier in TIERS
                for code, region in regions.items()
            },
            foreign_help={
                (language.code, category.value, tier, code): language.urgent_help(category, tier, region)
                for language in load_languages(settings.data_dir / "languages").values()
                for category in Category
                for tier in TIERS
                for code, region in regions.items()
            },
            fallback=fallback,
        )

    def disclaimer(self, region: str) -> str:
        """What a conversation opens with."""
        return self.disclaimers.get(region) or self.disclaimers[self.fallback]

    def emergency(self, region: str) -> str:
        """Whom to call when a message could not even be saved."""
        return self.emergencies.get(region) or self.emergencies[self.fallback]

    def urgent_help(self, category: str, tier: int, region: str, language: str | None = None) -> str:
        """What to do now and whom to call: in the patient's language where there is a file for it, then in English."""
        known = region if (category, tier, region) in self.help_texts else self.fallback
        foreign = self.foreign_help.get((language or "", category, tier, known))
        english = self.help_texts[category, tier, known]
        return f"{foreign}\n\n{english}" if foreign else english
