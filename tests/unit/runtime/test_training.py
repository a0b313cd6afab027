"""When the model is trained again, and what an unsuccessful training leaves behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.runtime.errors import TrainingFailed
from bot.runtime.training import MODEL, fingerprint, is_current, rasa_train, train_if_needed
from bot.settings import Settings

WRITES_A_MODEL = "import sys, pathlib; pathlib.Path(sys.argv[1], 'assistant.tar.gz').write_text('a model')"
FAILS = "import sys; print('Domain is invalid: greet'); sys.exit(1)"
WRITES_NOTHING = "print('done')"
TAKES_LONG = "import time; time.sleep(60)"


def project(root: Path) -> Settings:
    for name in ("data/nlu", "bot/nlu", "bot/understanding", "requirements"):
        (root / name).mkdir(parents=True)
    (root / "config.yml").write_text("pipeline: []")
    (root / "domain.yml").write_text("intents: []")
    (root / "data/nlu/alcohol.yml").write_text("nlu: []")
    (root / "bot/nlu/component.py").write_text("x = 1")
    (root / "bot/understanding/reader.py").write_text("x = 1")
    (root / "requirements/run.txt").write_text("rasa==3.6.21")
    return Settings(models_dir=root / "models", data_dir=root / "data", var_dir=root / "var")


def trainer(code: str) -> Callable[[Path, Path], list[str]]:
    return lambda out, data: [sys.executable, "-c", code, str(out)]


@pytest.mark.parametrize(
    "changed",
    [
        "config.yml",
        "domain.yml",
        "data/nlu/alcohol.yml",
        "bot/nlu/component.py",
        "bot/understanding/reader.py",
        "requirements/run.txt",
    ],
)
def test_a_change_in_anything_that_the_model_is_made_from_trains_again(tmp_path: Path, changed: str) -> None:
    settings = project(tmp_path)
    lines: list[str] = []
    assert train_if_needed(settings, lines.append, root=tmp_path, trainer=trainer(WRITES_A_MODEL))
    assert lines and lines[0].startswith("Training the assistant (about ")
    assert is_current(settings, tmp_path)
    lines.clear()
    assert train_if_needed(settings, lines.append, root=tmp_path, trainer=trainer(FAILS))
    assert lines == []  # current: the trainer was not called
    (tmp_path / changed).write_text("something else")
    assert not is_current(settings, tmp_path)


def test_a_new_a_renamed_and_a_removed_example_file_count(tmp_path: Path) -> None:
    data = project(tmp_path).data_dir
    seen = {fingerprint(tmp_path, data)}
    (data / "nlu/liver.yml").write_text("nlu: []")
    seen.add(fingerprint(tmp_path, data))
    (data / "nlu/liver.yml").rename(data / "nlu/mood.yml")
    seen.add(fingerprint(tmp_path, data))
    (data / "nlu/mood.yml").unlink()
    (data / "nlu/alcohol.yml").unlink()
    seen.add(fingerprint(tmp_path, data))
    assert len(seen) == 4


def test_compiled_python_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    data = project(tmp_path).data_dir
    before = fingerprint(tmp_path, data)
    (tmp_path / "bot/nlu/__pycache__").mkdir()
    (tmp_path / "bot/nlu/__pycache__/component.pyc").write_bytes(b"1")
    (data / "nlu/.alcohol.yml.swp").write_bytes(b"1")
    assert fingerprint(tmp_path, data) == before


@pytest.mark.parametrize("code", [FAILS, WRITES_NOTHING])
def test_a_failed_training_leaves_the_old_model_and_says_why(tmp_path: Path, code: str) -> None:
    settings = project(tmp_path)
    train_if_needed(settings, print, root=tmp_path, trainer=trainer(WRITES_A_MODEL))
    (tmp_path / "domain.yml").write_text("intents: [greet]")
    with pytest.raises(TrainingFailed, match=r"see .*train\.log: \w+"):
        train_if_needed(settings, print, root=tmp_path, trainer=trainer(code))
    assert (settings.models_dir / MODEL).read_text() == "a model"
    assert not is_current(settings, tmp_path)
    assert not (settings.models_dir / ".training").exists()


def test_stopping_ends_the_training_and_keeps_the_old_model(tmp_path: Path) -> None:
    settings = project(tmp_path)
    train_if_needed(settings, print, root=tmp_path, trainer=trainer(WRITES_A_MODEL))
    (tmp_path / "config.yml").write_text("pipeline: [x]")
    assert not train_if_needed(
        settings, print, stopped=lambda: True, root=tmp_path, trainer=trainer(TAKES_LONG)
    )
    assert (settings.models_dir / MODEL).read_text() == "a model"
    assert not is_current(settings, tmp_path)


def test_a_change_made_during_the_training_is_trained_next_time(tmp_path: Path) -> None:
    settings = project(tmp_path)
    edits = f"open({str(tmp_path / 'domain.yml')!r}, 'w').write('edited')\n"
    train_if_needed(settings, print, root=tmp_path, trainer=trainer(edits + WRITES_A_MODEL))
    assert (settings.models_dir / MODEL).exists() and not is_current(settings, tmp_path)


def test_rasa_is_told_where_to_train(tmp_path: Path) -> None:
    command = rasa_train(tmp_path / "out", tmp_path / "data")
    assert command[:4] == [sys.executable, "-m", "rasa", "train"]
    assert command[-4:] == ["--out", str(tmp_path / "out"), "--data", str(tmp_path / "data")]
