"""What the settings say about Slack, complete or refused. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import SettingError
from bot.settings import Settings

NAME: Final = "slack"
SOCKET: Final = "socket"
PATH: Final = "/channels/slack/events"


@dataclass(frozen=True)
class SlackSetup:
    """Everything that Slack needs. `signing_secret` is what the front door's requests are signed with: by Slack, or in
    Socket Mode by our own relay. `clinicians` gives the care desk's mail address for a Slack user id."""

    bot_token: str
    signing_secret: str
    app_token: str
    mode: str
    command: str
    api_url: str
    alert_channel: str
    alert_quotes: bool
    clinicians: Mapping[str, str]

    @property
    def note(self) -> str:
        """In a few words, for the operator."""
        if not self.alert_channel:
            return f"{self.mode}, no case alerts"
        people = len(self.clinicians)
        who = (
            f"{people} clinician{'s' if people != 1 else ''} may act" if people else "nobody may act on them"
        )
        return f"{self.mode}, case alerts to {self.alert_channel}, {who}"


def slack_setup(settings: Settings) -> SlackSetup | None:
    """None when Slack is switched off. Raises SettingError when it is set up by half, naming what is missing."""
    if not settings.slack_bot_token:
        _refuse_rest_of_a_setup(settings)
        return None
    if settings.slack_mode == SOCKET:
        _need(settings.slack_app_token, "SLACK_APP_TOKEN", "SLACK_MODE is socket")
        secret = relay_secret(settings)
    else:
        _need(settings.slack_signing_secret, "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN is set")
        secret = settings.slack_signing_secret
    if settings.slack_clinicians:
        _need(settings.slack_alert_channel, "SLACK_ALERT_CHANNEL", "SLACK_CLINICIANS is set")
    if settings.slack_alert_channel:
        _need(
            settings.public_url,
            "PUBLIC_URL",
            "SLACK_ALERT_CHANNEL is set and its alerts link to the care desk",
        )
    if settings.slack_alert_quotes:
        _need(settings.slack_alert_channel, "SLACK_ALERT_CHANNEL", "SLACK_ALERT_QUOTES is true")
    return SlackSetup(
        bot_token=settings.slack_bot_token,
        signing_secret=secret,
        app_token=settings.slack_app_token,
        mode=settings.slack_mode,
        command=settings.slack_command,
        api_url=settings.slack_api_url,
        alert_channel=settings.slack_alert_channel,
        alert_quotes=settings.slack_alert_quotes,
        clinicians={
            user: mail.lower()
            for user, _, mail in (pair.partition("=") for pair in settings.slack_clinicians)
        },
    )


def relay_secret(settings: Settings) -> str:
    """What our own relay signs with in Socket Mode; only processes that know SECRET_KEY can."""
    return hmac.new(settings.secret_key.encode(), b"slack socket relay", hashlib.sha256).hexdigest()


def _refuse_rest_of_a_setup(settings: Settings) -> None:
    names = (
        "slack_signing_secret",
        "slack_app_token",
        "slack_alert_channel",
        "slack_alert_quotes",
        "slack_clinicians",
    )
    for name in names:
        if getattr(settings, name):
            _need("", "SLACK_BOT_TOKEN", f"{name.upper()} is set")
    if settings.slack_mode == SOCKET:
        _need("", "SLACK_BOT_TOKEN", "SLACK_MODE is socket")


def _need(value: str, name: str, reason: str) -> None:
    if not value:
        raise SettingError(name, f"is not set, but {reason}", "docs/slack.md says where to copy it from")
