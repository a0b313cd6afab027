"""The processes that `serve` starts, with and without channels."""

from __future__ import annotations

from pathlib import Path

from bot.runtime.services import services
from bot.settings import Settings
from tests.support.telegram_bot_api import TOKEN


def test_a_channel_that_fetches_its_updates_has_a_process_after_the_front_door(tmp_path: Path) -> None:
    bare = [service.name for service in services(Settings(var_dir=tmp_path), tmp_path / "model")]
    assert bare == ["Action server", "Rasa", "Job worker", "Front door"]
    polling = Settings(
        var_dir=tmp_path, telegram_bot_token=TOKEN, telegram_mode="polling", secret_key="k" * 40
    )
    *before, extra = services(polling, tmp_path / "model")
    assert [service.name for service in before] == bare
    assert extra.command[1:] == ["-m", "bot.channels.telegram.polling"]
    assert extra.log == tmp_path / "log" / "telegram.log"
    assert extra.env["TELEGRAM_MODE"] == "polling"
