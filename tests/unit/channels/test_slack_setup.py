"""Slack is switched on whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels.registry import CHANNELS, alert_channels, extra_processes
from bot.channels.slack.home import home_view
from bot.channels.slack.plug import SlackChannel
from bot.channels.slack.setup import slack_setup
from bot.channels.slack.words import platform
from bot.channels.words import ChannelWords
from bot.errors import SettingError
from bot.settings import REGIONS, Settings
from tests.support.slack_blocks import check_blocks

DATA = Path(__file__).resolve().parents[3] / "data"
HTTP = Settings(
    secret_key="a-secret-key-for-tests-0123456789abcdef",
    slack_bot_token="xoxb-1-2-abcdefghijkl",
    slack_signing_secret="0123456789abcdef0123456789abcdef",
)
SOCKET = replace(
    HTTP, slack_signing_secret="", slack_mode="socket", slack_app_token="xapp-1-A-1-abcdefghijkl"
)
ALERTS = replace(HTTP, slack_alert_channel="C0ALERTS1", public_url="https://assistant.clinic.example")


def test_nothing_set_is_off() -> None:
    assert slack_setup(Settings()) is None
    assert SlackChannel().check(Settings()) == ""


def test_http_and_socket_mode_need_no_more_than_this() -> None:
    assert SlackChannel().check(HTTP) == "http, no case alerts"
    assert SlackChannel().check(SOCKET) == "socket, no case alerts"
    assert extra_processes(HTTP) == []
    assert [process.module for process in extra_processes(SOCKET)] == ["bot.channels.slack.socket_mode"]


def test_alerts_and_who_may_act() -> None:
    assert SlackChannel().check(ALERTS) == "http, case alerts to C0ALERTS1, nobody may act on them"
    two = replace(ALERTS, slack_clinicians=("U0NURSE01=Nora@clinic.example", "W0DOCTOR1=ana@clinic.example"))
    assert SlackChannel().check(two) == "http, case alerts to C0ALERTS1, 2 clinicians may act"
    setup = slack_setup(two)
    assert setup is not None and setup.clinicians["U0NURSE01"] == "nora@clinic.example"
    assert alert_channels(HTTP) == () and alert_channels(two) == ("slack",)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (replace(HTTP, slack_signing_secret=""), "SLACK_SIGNING_SECRET"),
        (replace(SOCKET, slack_app_token=""), "SLACK_APP_TOKEN"),
        (replace(HTTP, slack_bot_token=""), "SLACK_BOT_TOKEN"),
        (replace(SOCKET, slack_bot_token=""), "SLACK_BOT_TOKEN"),
        (replace(ALERTS, slack_bot_token="", slack_signing_secret=""), "SLACK_BOT_TOKEN"),
        (Settings(slack_mode="socket"), "SLACK_BOT_TOKEN"),
        (Settings(slack_alert_quotes=True), "SLACK_BOT_TOKEN"),
        (replace(ALERTS, public_url=""), "PUBLIC_URL"),
        (replace(HTTP, slack_clinicians=("U0NURSE01=nora@clinic.example",)), "SLACK_ALERT_CHANNEL"),
        (replace(HTTP, slack_alert_quotes=True), "SLACK_ALERT_CHANNEL"),
    ],
)
def test_a_half_setup_is_refused_and_names_what_is_missing(settings: Settings, missing: str) -> None:
    with pytest.raises(SettingError) as refused:
        SlackChannel().check(settings)
    assert refused.value.setting == missing and "is not set" in str(refused.value)
    assert settings.slack_bot_token not in str(refused.value) or not settings.slack_bot_token


def test_what_our_relay_signs_with_is_a_secret_of_this_installation() -> None:
    first, second = (
        slack_setup(SOCKET),
        slack_setup(replace(SOCKET, secret_key="another-secret-0123456789-abcdefghij")),
    )
    assert first is not None and second is not None
    assert len({first.signing_secret, second.signing_secret, SOCKET.slack_app_token}) == 3


def test_the_registry_knows_slack() -> None:
    assert "slack" in [channel.name for channel in CHANNELS]


@pytest.mark.parametrize("region", REGIONS)
def test_the_home_tab_fits_and_has_the_regions_numbers(region: str) -> None:
    words = ChannelWords.load(Settings(data_dir=DATA, region=region, clinic_phone="020 7946 0000"))
    view = home_view(words, platform("/derma"))
    check_blocks(view["blocks"], "home")
    shown = str(view["blocks"])
    assert words.region.emergency in shown and "/derma delete" in shown and "not for emergencies" in shown
    assert home_view(words, platform("/other"))["private_metadata"] != view["private_metadata"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-not-a-bot"),
        ("SLACK_SIGNING_SECRET", "too short"),
        ("SLACK_APP_TOKEN", "xoxb-wrong-kind"),
        ("SLACK_MODE", "polling"),
        ("SLACK_COMMAND", "acne"),
        ("SLACK_ALERT_CHANNEL", "#alerts"),
        ("SLACK_CLINICIANS", "U0NURSE01"),
        ("SLACK_CLINICIANS", "U0NURSE01=a@b.example,U0NURSE01=c@d.example"),
        ("SLACK_API_URL", "http://slack.example/api/"),
    ],
)
def test_a_wrong_value_is_named_and_secrets_are_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as refused:
        Settings.from_env(Path("no.env"))
    assert refused.value.setting == name
    if name.endswith(("TOKEN", "SECRET")):
        assert value not in str(refused.value)
