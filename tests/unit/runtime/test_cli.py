"""`python -m bot`: exit codes, and one line instead of a traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__

ROOT = Path(__file__).resolve().parents[3]


def bot(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *args],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_knows_its_version() -> None:
    assert bot("--version").stdout == f"{__version__}\n"


def test_without_the_installed_packages_it_says_which_python_to_use() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "bot", "doctor"], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("PYTHON: the package ") and "make run" in done.stderr


def test_with_another_python_it_says_which_one_to_use() -> None:
    as_if = "import runpy, sys; sys.version_info = (3, 12, 1); runpy.run_module('bot', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", as_if], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("PYTHON: Python 3.12 runs this, but Rasa needs 3.10")


@pytest.mark.parametrize("command", ["serve", "doctor", "train", "migrate"])
def test_a_wrong_setting_is_one_line_on_stderr_and_exit_code_2(command: str) -> None:
    done = bot(command, SESSION_DAYS="often")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("SESSION_DAYS: 'often' is not") and done.stderr.count("\n") == 1


def test_serve_with_a_channel_set_up_by_half_ends_before_it_starts_anything(tmp_path: Path) -> None:
    token = "7012345678:AAF-test_token_of_35_characters_xyz"
    done = bot("serve", TELEGRAM_BOT_TOKEN=token, VAR_DIR=str(tmp_path / "var"), PORT=free_port())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("PUBLIC_URL: is not set") and done.stderr.count("\n") == 1
    assert token not in done.stderr


def test_serve_with_a_taken_port_ends_before_it_starts_anything(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = bot(
            "serve", PORT=str(port), VAR_DIR=str(tmp_path / "var"), MODELS_DIR=str(tmp_path / "models")
        )
    assert done.returncode == 2
    assert done.stderr.startswith(f"PORT: {port} is taken") and done.stderr.count("\n") == 1
    assert not (tmp_path / "var" / "pgdata").exists()


def test_serve_with_a_database_that_does_not_answer_names_the_setting(tmp_path: Path) -> None:
    done = bot(
        "serve",
        PORT=free_port(),
        DATABASE_URL="postgresql://u:hunter2@127.0.0.1:9/x",
        VAR_DIR=str(tmp_path / "var"),
        MODELS_DIR=str(tmp_path / "models"),
    )
    assert done.returncode == 2 and "hunter2" not in done.stderr
    assert "DATABASE_URL" in done.stderr and done.stderr.count("\n") == 1


def test_doctor_goes_through_every_check_and_fails_at_the_end(tmp_path: Path) -> None:
    done = bot("doctor", PORT=free_port(), DATA_DIR=str(tmp_path / "nowhere"), VAR_DIR=str(tmp_path / "var"))
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines] == [
        "Python:",
        "folders:",
        "channels:",
        "sign-in:",
        "paging:",
        "port:",
        "memory:",
        "database:",
        "model:",
    ]
    assert [line.split()[0] for line in lines] == ["ok", "wrong", *["ok"] * 7]
    assert "DATA_DIR: there is no folder" in lines[1]


def test_content_check_fails_with_each_breach(tmp_path: Path) -> None:
    assert bot("content", "check").returncode == 0
    shutil.copytree(ROOT / "data", tmp_path / "data")
    answer = next((tmp_path / "data" / "responses").glob("alcohol*"))
    answer.unlink()
    done = bot("content", "check", DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1
    assert "alcohol: missing_answer:" in done.stdout and done.stdout.rstrip().endswith("breaches")


def test_content_coverage_counts_the_facts() -> None:
    done = bot("content", "coverage")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "83 of 83 facts are cited."


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
