"""Secrets that nobody set: made once, kept for their owner only."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingError
from bot.runtime.secrets import with_secrets
from bot.settings import SHORTEST_SECRET, Settings


def test_missing_secrets_are_made_once_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("RASA_TOKEN", raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    first = with_secrets(Settings.from_env())
    assert len(first.secret_key) >= SHORTEST_SECRET and first.secret_key != first.rasa_token
    again = Settings.from_env()
    assert (again.secret_key, again.rasa_token) == (first.secret_key, first.rasa_token)
    assert with_secrets(again) == again
    assert len((tmp_path / "var" / "secrets.env").read_text().splitlines()) == 2


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    with_secrets(Settings(var_dir=tmp_path / "var"))
    assert (tmp_path / "var" / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_secrets_that_were_set_are_kept_and_not_written_down(tmp_path: Path) -> None:
    given = Settings(var_dir=tmp_path / "var", secret_key="k" * 40, rasa_token="t" * 40)
    assert with_secrets(given) == given
    assert not (tmp_path / "var").exists()


def test_a_folder_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(SettingError, match="^VAR_DIR: "):
        with_secrets(Settings(var_dir=tmp_path / "var"))
