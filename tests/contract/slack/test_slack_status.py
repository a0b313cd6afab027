"""`python -m bot slack status`, the doctor and `serve`: what an operator reads of the set-up."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.commands.slack import status
from bot.errors import AssistantError
from bot.settings import Settings
from tests.support.servers import free_port
from tests.support.slack_web_api import APP_TOKEN, SlackStandIn

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sound(settings: Settings) -> Settings:
    return replace(settings, slack_clinicians=("U0NURSE01=nurse@clinic.example",))


def test_a_sound_setup(sound: Settings) -> None:
    assert status(sound) == [
        "http, case alerts to C0ALERTS1, 1 clinician may act",
        "workspace Clinic (T0CLINIC1), as assistant",
        "the clinicians have accounts at the care desk",
    ]


def test_socket_mode(sound: Settings) -> None:
    lines = status(replace(sound, slack_mode="socket", slack_app_token=APP_TOKEN))
    assert "Socket Mode: the app-level token is taken" in lines


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slack_clinicians": ("U0LEFT0001=left@clinic.example",)}, "SLACK_CLINICIANS: no enabled account"),
        ({"slack_bot_token": "xoxb-000000000000-wrong"}, "SLACK_BOT_TOKEN: Slack refuses it (invalid_auth)"),
        ({"slack_api_url": "http://127.0.0.1:9/api/"}, "SLACK_API_URL: Slack does not answer"),
        (
            {"slack_mode": "socket", "slack_app_token": "xapp-0-wrong-000000"},
            "SLACK_APP_TOKEN: Slack refuses it (invalid_auth)",
        ),
        ({"slack_bot_token": "", "slack_signing_secret": ""}, "SLACK_BOT_TOKEN: is not set"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_fix(
    sound: Settings, web_api: SlackStandIn, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(AssistantError) as wrong:
        status(replace(sound, **changes))
    web_api.faults.clear()
    assert str(wrong.value).startswith(words) and "\n" not in str(wrong.value)


def test_missing_scopes_are_named(sound: Settings, web_api: SlackStandIn) -> None:
    web_api.scopes = "chat:write,commands"
    try:
        with pytest.raises(AssistantError, match="lacks the scopes app_mentions:read, im:history, im:write"):
            status(sound)
    finally:
        web_api.scopes = SlackStandIn.scopes


@pytest.mark.parametrize(("command", "before"), [("doctor", "wrong  channels: "), ("serve", "")])
def test_a_half_setup_is_seen_by_the_doctor_and_refused_by_serve(
    settings: Settings, tmp_path: Path, command: str, before: str
) -> None:
    env = {
        name: value
        for name, value in settings.to_env().items()
        if name.startswith(("SLACK", "PUBLIC", "DATABASE"))
    }
    env |= {"SLACK_SIGNING_SECRET": "", "VAR_DIR": str(tmp_path / "var"), "PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-m", "bot", command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 2
    assert (
        f"{before}SLACK_SIGNING_SECRET: is not set, but SLACK_BOT_TOKEN is set" in done.stdout + done.stderr
    )
