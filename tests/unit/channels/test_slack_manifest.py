"""The manifest that operators paste into Slack fits the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.slack.setup import PATH
from bot.channels.slack.status import SCOPES
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "deploy" / "slack-manifest.yml").read_text(encoding="utf-8")))


def test_everything_goes_to_the_one_address(manifest: dict[str, Any]) -> None:
    addresses = [
        manifest["settings"]["event_subscriptions"]["request_url"],
        manifest["settings"]["interactivity"]["request_url"],
        *(command["url"] for command in manifest["features"]["slash_commands"]),
    ]
    assert addresses == [f"https://assistant.clinic.example{PATH}"] * 3


def test_it_asks_for_the_rights_that_the_code_uses_and_no_more(manifest: dict[str, Any]) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}


def test_it_subscribes_to_direct_messages_and_to_nothing_said_in_channels(manifest: dict[str, Any]) -> None:
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert [name for name in events if name.startswith("message.")] == ["message.im"]
    assert {"app_mention", "app_home_opened", "app_uninstalled", "tokens_revoked"} <= set(events)


def test_patients_can_write_and_the_command_is_the_settings_default(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]
    assert (
        home["messages_tab_enabled"]
        and not home["messages_tab_read_only_enabled"]
        and home["home_tab_enabled"]
    )
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == Settings().slack_command


def test_slacks_own_limits(manifest: dict[str, Any]) -> None:
    about = manifest["display_information"]
    assert len(about["name"]) <= 35 and len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4_000
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
