"""What only Slack needs to say. Plain text, and none of it about the medicine."""

from __future__ import annotations

from typing import Final

from bot.channels.inbox import Platform
from bot.channels.slack.setup import NAME


def platform(command: str) -> Platform:
    return Platform(NAME, "Slack", f"{command} delete")


INVITATION: Final = (
    "Please write to me in a direct message: click my name, then Messages. I never answer questions about health in "
    "a channel, where others can read along."
)
TAKEN_OVER: Final = "I've saved your message and answer it in our direct messages: open my name under Apps."
ANSWERED_THERE: Final = "I answer in our direct messages: open my name under Apps."
BUTTON_GONE: Final = "This button can no longer be used. Please write to me in your own words."
NOT_A_CLINICIAN: Final = (
    "You can't act on cases from Slack: your Slack account is not linked to an account at the care desk. "
    "Nothing was changed."
)
CASE_GONE: Final = "There is no such case. Nothing was changed."
ALREADY: Final = "This case has been acknowledged already."
NOT_SAVED: Final = "I could not save this message, so nobody has it. Please send it again in a few minutes."
