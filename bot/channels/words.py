"""What the channels themselves say to patients, besides answers: kind sentences, help, privacy, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.conversations.values import Erased
from bot.safety.regions import Region, load_regions, region_of
from bot.settings import Settings

CANNOT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "photo": "I can't see pictures",
        "video": "I can't watch videos",
        "voice": "I can't listen to voice messages",
        "audio": "I can't listen to recordings",
        "sticker": "I can't see stickers",
        "file": "I can't open files",
        "location": "I can't see places on a map",
        "contact": "I can't open contact cards",
        "poll": "I can't take part in polls",
        "other": "I can only read text",
    }
)
DELETE_YES: Final = "Yes, delete them"
DELETE_NO: Final = "No, keep them"


@dataclass(frozen=True)
class ChannelWords:
    """For the clinic's own region. Plain text, no fact ids: nothing here says anything about the medicine."""

    clinic: str
    phone: str
    region: Region

    @classmethod
    def load(cls, settings: Settings) -> ChannelWords:
        """Raises RegionError."""
        regions = load_regions(settings.data_dir / "regions")
        region = region_of(regions, settings.region, settings.region)
        return cls(settings.clinic_name, settings.clinic_phone, region)

    @property
    def emergency(self) -> str:
        return f"In an emergency, call {self.region.emergency}."

    def unsupported(self, kind: str, *, words_read: bool = False) -> str:
        """For what is no text. `words_read`: there were words beside it, and they are being answered."""
        cannot = CANNOT.get(kind, CANNOT["other"])
        if words_read:
            return f"I've read your words. {cannot}, and nobody at the clinic gets this from here. {self.emergency}"
        return (
            f"{cannot}, and nobody at the clinic gets this from here. Please tell me in words what it is about. "
            f"{self.emergency}"
        )

    def edited(self) -> str:
        return (
            "I saw that you changed a message. I answer what you wrote first. "
            f"If the change matters, please send it again as a new message. {self.emergency}"
        )

    def unreadable(self) -> str:
        return f"I can't read that message. Please write it again in words. {self.emergency}"

    def cut(self) -> str:
        return (
            "Your message was very long, and I have read only the first part of it. "
            f"Please send the rest again in shorter messages. {self.emergency}"
        )

    def welcome_back(self) -> str:
        return f"Hello again! Ask me anything about isotretinoin. {self.emergency}"

    def help(self, delete: str) -> str:
        """`delete` is how deleting is asked for on the channel, such as /delete."""
        lines = [
            "Write your question about isotretinoin in your own words. You can ask about several things at once. "
            "I answer from two reviewed texts and show where each sentence comes from.",
            f"I am a computer program. Nobody watches this chat live. {self.emergency}",
            *self._help_lines(),
            f"{delete} deletes what you wrote here. If you want to hear from a person, tell me so.",
        ]
        return "\n\n".join(lines)

    def _help_lines(self) -> list[str]:
        lines = []
        if self.region.crisis:
            crisis = " or ".join(line.sentence_part for line in self.region.crisis)
            lines.append(f"If you think of harming yourself, {crisis}.")
        if self.region.poison is not None:
            lines.append(f"If too much was taken, {self.region.poison.sentence_part}.")
        if self.region.advice is not None:
            lines.append(f"If you can't reach your clinic, {self.region.advice.sentence_part}.")
        if self.phone:
            lines.append(f"The number of {self.clinic} is {self.phone}.")
        return lines

    def privacy(self, platform: str, delete: str) -> str:
        return "\n\n".join(
            (
                f"What you write here and what I answer is stored on the system of {self.clinic}. When a message "
                "sounds worrying, people of the clinic can read this conversation.",
                f"{platform} carries these messages and keeps its own copy by its own rules. "
                "Please don't write names, addresses or dates of birth here.",
                f"{delete} deletes what is stored at the clinic. While the clinic is dealing with a worry, it keeps "
                f"the words that it was told of. {platform} keeps its copy: clear the chat there too.",
            )
        )

    def ask_to_delete(self) -> str:
        return "Shall I delete everything that you and I wrote here? This can't be undone."

    def kept(self) -> str:
        return "All right, nothing was deleted."

    def deleted(self, erased: Erased, platform: str) -> str:
        """Only for what is committed."""
        said = "Your messages have been deleted at the clinic."
        if erased.kept_cases:
            said += (
                " The clinic keeps the words that it was told of, and how to reach you if you told us, "
                "until it has dealt with them."
            )
        return f"{said} {platform} may still show this chat: clear it there too. If you write again, we start anew."
