"""The scripts behind `make run`: run as they are, with a PATH of our own making."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "scripts"
TOOLS = ("sh", "dirname", "id", "df", "awk", "cmp", "cp", "date", "rm", "grep", "cat")
BROKEN = "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n"


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    path.chmod(0o755)
    return path


@pytest.fixture
def path_dir(tmp_path: Path) -> Path:
    """A folder for PATH that holds the everyday tools and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (folder / tool).symlink_to(found)
    return folder


def run(
    script: Path, path_dir: Path, *args: str, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(script), *args],
        env={"PATH": str(path_dir), "HOME": str(path_dir.parent / "home"), **env},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
    )


def real_python(path: Path) -> Path:
    """A Python 3.10 that runs, under another name."""
    return program(path, f'#!/bin/sh\nexec {sys.executable} "$@"\n')


def test_a_shim_that_does_not_run_is_passed_over(path_dir: Path) -> None:
    program(path_dir / "python3.10", BROKEN)
    python = real_python(path_dir / "python3")
    assert run(SCRIPTS / "find-python", path_dir).stdout.strip() == str(python)


def test_a_python_of_another_version_is_passed_over(path_dir: Path) -> None:
    program(path_dir / "python3", "#!/bin/sh\nexit 1\n")  # what 3.11 answers to the question
    python = real_python(path_dir.parent / "home/.pyenv/versions/3.10.99/bin/python3.10")
    assert run(SCRIPTS / "find-python", path_dir).stdout.strip() == str(python)


def test_pyenv_may_live_elsewhere(path_dir: Path, tmp_path: Path) -> None:
    python = real_python(tmp_path / "pyenv/versions/3.10.99/bin/python3.10")
    found = run(SCRIPTS / "find-python", path_dir, PYENV_ROOT=str(tmp_path / "pyenv"))
    assert found.stdout.strip() == str(python)


def test_uv_is_asked_last(path_dir: Path, tmp_path: Path) -> None:
    python = real_python(tmp_path / "uv-made/python3.10")
    program(path_dir / "uv", f'#!/bin/sh\n[ "$1 $2" = "python find" ] && echo {python}\n')
    assert run(SCRIPTS / "find-python", path_dir).stdout.strip() == str(python)


def test_no_python_is_one_line_with_the_setting_and_the_fix(path_dir: Path) -> None:
    done = run(SCRIPTS / "find-python", path_dir)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("PYTHON: no Python 3.10 found") and done.stderr.count("\n") == 1


def test_a_chosen_python_is_taken_or_refused_never_replaced(path_dir: Path, tmp_path: Path) -> None:
    real_python(path_dir / "python3.10")
    chosen = real_python(tmp_path / "mine")
    assert run(SCRIPTS / "find-python", path_dir, PYTHON=str(chosen)).stdout.strip() == str(chosen)
    refused = run(SCRIPTS / "find-python", path_dir, PYTHON=str(program(tmp_path / "bad", BROKEN)))
    assert refused.returncode == 1 and refused.stderr.startswith("PYTHON: ")
    assert refused.stderr.count("\n") == 1


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the scripts and short lock files."""
    folder = tmp_path / "clone"
    shutil.copytree(SCRIPTS, folder / "scripts")
    (folder / "requirements").mkdir()
    for name in ("run", "dev"):
        (folder / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    return folder


# Stands for Python: makes the environment that `-m venv` would make, and takes every `pip install`.
MAKES_A_VENV = """#!/bin/sh
case "$*" in
*"-m venv"*)
    for folder; do :; done
    echo venv >>{log}
    {mkdir} -p "$folder/bin" && cp "$0" "$folder/bin/python"
    ;;
*"pip install"*) echo "$*" >>{log} ;;
esac
"""


def fake_python(path_dir: Path, log: Path) -> Path:
    return program(path_dir / "python3.10", MAKES_A_VENV.format(log=log, mkdir=shutil.which("mkdir")))


def test_setup_installs_the_lock_once_and_again_when_it_changes(
    clone: Path, path_dir: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    fake_python(path_dir, log)
    uv_log = tmp_path / "uv.log"
    program(path_dir / "uv", f'#!/bin/sh\necho "$*" >>{uv_log}\n')
    bootstrap = clone / "scripts" / "bootstrap"

    first = run(bootstrap, path_dir, "run")
    assert first.returncode == 0, first.stderr
    assert log.read_text() == "venv\n"
    command = uv_log.read_text()
    assert "--no-deps --require-hashes" in command and command.count("requirements/run.txt") == 1

    assert run(bootstrap, path_dir, "run").stdout == ""
    assert uv_log.read_text() == command

    (clone / "requirements" / "run.txt").write_text("# changed\n")
    assert run(bootstrap, path_dir, "run").returncode == 0
    assert uv_log.read_text().count("requirements/run.txt") == 2
    assert log.read_text() == "venv\n"  # the environment itself was kept

    assert run(bootstrap, path_dir, "dev").returncode == 0
    assert run(bootstrap, path_dir, "run").stdout == ""  # the larger lock holds the smaller one


def test_without_uv_pip_installs_with_hashes(clone: Path, path_dir: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    fake_python(path_dir, log)
    done = run(clone / "scripts" / "bootstrap", path_dir, "run")
    assert done.returncode == 0, done.stderr
    last = log.read_text().splitlines()[-1]
    assert "--no-deps --require-hashes -r requirements/run.txt" in last


def test_a_failed_installation_is_not_taken_for_done(clone: Path, path_dir: Path, tmp_path: Path) -> None:
    program(
        path_dir / "python3.10",
        MAKES_A_VENV.format(log=tmp_path / "log", mkdir=shutil.which("mkdir")).replace(
            'echo "$*" >>', "exit 1 # "
        ),
    )
    for _ in range(2):
        done = run(clone / "scripts" / "bootstrap", path_dir, "run")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith(
            "setup: the packages of requirements/run.txt could not"
        )


def test_a_python_without_venv_says_what_to_install(clone: Path, path_dir: Path) -> None:
    program(path_dir / "python3.10", '#!/bin/sh\ncase "$*" in *"-m venv"*) exit 1 ;; esac\n')
    done = run(clone / "scripts" / "bootstrap", path_dir, "run")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "cannot make a virtual environment" in done.stderr and "python3.10-venv" in done.stderr


def test_a_full_disk_is_told_before_anything_is_installed(clone: Path, path_dir: Path) -> None:
    real_python(path_dir / "python3.10")
    (path_dir / "df").unlink()
    program(path_dir / "df", "#!/bin/sh\necho header\necho '/dev/x 100 90 1048576 90% /'\n")
    done = run(clone / "scripts" / "bootstrap", path_dir, "run")
    assert done.returncode == 1 and not (clone / ".venv").exists()
    assert done.stderr.startswith("setup: the disk has 1024 MB free") and done.stderr.count("\n") == 1


def test_a_chromium_that_is_there_is_used(clone: Path, path_dir: Path, tmp_path: Path) -> None:
    script = clone / "scripts" / "find-chromium"
    program(path_dir / "chromium", BROKEN)
    browser = program(path_dir / "chromium-browser", "#!/bin/sh\necho Chromium 1\n")
    assert run(script, path_dir).stdout.strip() == str(browser)
    mine = program(tmp_path / "mine", "#!/bin/sh\necho Chromium 2\n")
    assert run(script, path_dir, CHROMIUM=str(mine)).stdout.strip() == str(mine)


def test_no_chromium_at_all_is_told_in_one_clear_line(clone: Path, path_dir: Path) -> None:
    done = run(clone / "scripts" / "find-chromium", path_dir)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("CHROMIUM: no Chromium found")


@pytest.mark.parametrize(
    "script", sorted(path.name for path in SCRIPTS.iterdir() if path.is_file() and path.suffix != ".py")
)
def test_the_scripts_are_plain_shell(script: str) -> None:
    assert os.access(SCRIPTS / script, os.X_OK)
    subprocess.run(["sh", "-n", str(SCRIPTS / script)], check=True)


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def test_the_locks_have_hashes_no_addresses_and_the_same_versions() -> None:
    run_pins, dev_pins = pins("run"), pins("dev")
    assert run_pins["rasa"] == "3.6.21"
    assert {name: dev_pins.get(name) for name in run_pins} == run_pins
    for lock in ("run", "dev", "installer"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        assert "://" not in text
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert blocks and all("--hash=sha256:" in block for block in blocks)
