"""`python -m bot slack status`, as an operator runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.support.slack_web_api import APP_TOKEN, SlackStandIn

ROOT = Path(__file__).resolve().parents[3]


def status(settings: Settings, **changes: str) -> subprocess.CompletedProcess[str]:
    env = {
        name: value
        for name, value in settings.to_env().items()
        if name.startswith(("SLACK_", "PUBLIC_", "DATABASE"))
    }
    env["SLACK_CLINICIANS"] = "U0NURSE01=nurse@clinic.example"
    return subprocess.run(
        [sys.executable, "-m", "bot", "slack", "status"],
        cwd=ROOT,
        env={**os.environ, **env, **changes},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_sound_setup(settings: Settings) -> None:
    done = status(settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "http, case alerts to C0ALERTS1, 1 clinician may act",
        "workspace Clinic (T0CLINIC1), as assistant",
        "the clinicians have accounts at the care desk",
    ]


def test_socket_mode(settings: Settings) -> None:
    done = status(settings, SLACK_MODE="socket", SLACK_APP_TOKEN=APP_TOKEN)
    assert done.returncode == 0 and "the app-level token is taken" in done.stdout


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SLACK_CLINICIANS": "U0LEFT0001=left@clinic.example"}, "SLACK_CLINICIANS: no enabled account"),
        ({"SLACK_BOT_TOKEN": "xoxb-000000000000-wrong"}, "SLACK_BOT_TOKEN: Slack refuses it (invalid_auth)"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/api/"}, "SLACK_API_URL: Slack does not answer"),
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET: is not set, but SLACK_BOT_TOKEN is set"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, "SLACK_BOT_TOKEN: is not set"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_fix(
    settings: Settings, web_api: SlackStandIn, changes: dict[str, str], words: str
) -> None:
    done = status(settings, **changes)
    web_api.faults.clear()
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(words)


def test_missing_scopes_are_named(settings: Settings, web_api: SlackStandIn) -> None:
    web_api.scopes = "chat:write,commands"
    try:
        done = status(settings)
    finally:
        web_api.scopes = SlackStandIn.scopes
    assert done.returncode == 2
    assert "lacks the scopes app_mentions:read, im:history, im:write" in done.stderr
