"""The checks before the start: each fault is one line that names a setting and a fix."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.database import DatabaseUnavailable
from bot.errors import SettingError
from bot.runtime import preflight
from bot.runtime.preflight import LOOPBACK
from bot.settings import Settings


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        yield other.getsockname()[1]


class Assistant(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def test_a_free_port_is_fine() -> None:
    port = a_free_port()
    assert preflight.check_port(LOOPBACK, port) == f"{LOOPBACK}:{port} is free"


def test_a_taken_port_names_the_setting_and_the_fix() -> None:
    with taken_port() as port, pytest.raises(SettingError) as caught:
        preflight.check_port(LOOPBACK, port)
    assert str(caught.value) == (
        f"PORT: {port} is taken by another program. "
        "Stop that program, or set PORT to a free one: PORT=8080 make run"
    )


def test_a_port_where_an_assistant_already_answers_says_so() -> None:
    with HTTPServer((LOOPBACK, 0), Assistant) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(SettingError, match="PORT: an assistant already runs on port"):
            preflight.check_port(LOOPBACK, server.server_port)
        server.shutdown()


def test_an_address_of_another_machine_names_host() -> None:
    with pytest.raises(SettingError, match=r"^HOST: 192\.0\.2\.1 is not an address of this machine"):
        preflight.check_port("192.0.2.1", a_free_port())


def test_rasa_takes_another_port_when_its_own_is_busy() -> None:
    with taken_port() as port:
        other = preflight.free_port(port)
        assert other != port
        assert preflight.free_port(other) == other


def test_folders_are_made_and_must_be_writable(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "a-file").touch()
    settings = Settings(
        data_dir=tmp_path / "data", var_dir=tmp_path / "new" / "var", models_dir=tmp_path / "m"
    )
    preflight.check_folders(settings)
    assert (tmp_path / "new" / "var").is_dir()
    with pytest.raises(SettingError, match=r"^MODELS_DIR: .* cannot be written"):
        preflight.check_folders(
            Settings(data_dir=tmp_path / "data", var_dir=tmp_path / "v", models_dir=tmp_path / "a-file" / "m")
        )
    with pytest.raises(SettingError, match="^DATA_DIR: there is no folder"):
        preflight.check_folders(Settings(data_dir=tmp_path / "none", var_dir=tmp_path, models_dir=tmp_path))


def test_a_database_that_does_not_answer_names_the_setting_without_the_password() -> None:
    settings = Settings(database_url=f"postgresql://u:hunter2@{LOOPBACK}:{a_free_port()}/assistant")
    with pytest.raises(DatabaseUnavailable) as caught:
        preflight.check_database(settings)
    assert "DATABASE_URL" in str(caught.value) and "hunter2" not in str(caught.value)


def test_two_assistants_do_not_share_a_folder(tmp_path: Path) -> None:
    second = preflight.only_one(tmp_path)
    with (
        preflight.only_one(tmp_path),
        pytest.raises(SettingError, match=r"^VAR_DIR: an assistant already runs .*\(process \d+\)"),
    ):
        second.__enter__()
    with preflight.only_one(tmp_path):
        assert re.fullmatch(r"\d+", (tmp_path / "serve.lock").read_text())


def test_every_check_has_a_name_and_runs_in_order(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    settings = Settings(
        port=a_free_port(), data_dir=tmp_path / "data", var_dir=tmp_path / "v", models_dir=tmp_path / "m"
    )
    notes = [(name, check()) for name, check in preflight.checks(settings)]
    assert [name for name, _ in notes] == [
        "Python",
        "folders",
        "channels",
        "sign-in",
        "paging",
        "port",
        "memory",
        "database",
    ]
    assert all(note for _, note in notes)
