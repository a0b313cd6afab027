"""Trains the model when what it is made from has changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from bot.runtime.child import Child, last_words
from bot.runtime.errors import TrainingFailed
from bot.runtime.services import ROOT, quiet_environment
from bot.settings import Settings

MODEL: Final = "assistant.tar.gz"
STAMP: Final = "assistant.sha256"
ABOUT_MINUTES: Final = 3
PROGRESS_EVERY_SECONDS: Final = 20.0

# A change in any of these gives another model. Folders count with everything in them.
INPUTS: Final = ("config.yml", "domain.yml", "domain", "bot/nlu", "bot/understanding", "requirements/run.txt")

Trainer = Callable[[Path, Path], list[str]]


def fingerprint(root: Path, data_dir: Path) -> str:
    """SHA-256, in hex, of the names and contents of everything that the model is made from."""
    digest = hashlib.sha256()
    for source in (*(root / name for name in INPUTS), data_dir):
        for path in _files(source):
            digest.update(f"{source.name}/{path.relative_to(source)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(settings: Settings, root: Path = ROOT) -> bool:
    """Is there a model, made from the data and code as they are now?"""
    stamp = settings.models_dir / STAMP
    return (
        (settings.models_dir / MODEL).is_file()
        and stamp.is_file()
        and stamp.read_text(encoding="ascii").strip() == fingerprint(root, settings.data_dir)
    )


def rasa_train(out: Path, data_dir: Path) -> list[str]:
    """The command that trains into a folder."""
    name = MODEL.removesuffix(".tar.gz")
    # Rasa's own cache knows the data and the settings of a component, but not its code: without --force a changed
    # bot/understanding would get the old model under the new stamp.
    command = [sys.executable, "-m", "rasa", "train", "--force", "--fixed-model-name", name]
    # `make check` validates what `make train` learns from; here it would read all messages once more, for a minute.
    return [*command, "--skip-validation", "--out", str(out), "--data", str(data_dir)]


def train_if_needed(
    settings: Settings,
    say: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
    root: Path = ROOT,
    trainer: Trainer = rasa_train,
) -> bool:
    """Have a current model in `models_dir`. False: `stopped` turned true first; the old model is untouched.

    Raises:
        TrainingFailed: Rasa gave no model.
    """
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    with _one_training(settings.models_dir, say):
        return is_current(settings, root) or _train(settings, say, stopped, root, trainer)


def _train(
    settings: Settings, say: Callable[[str], None], stopped: Callable[[], bool], root: Path, trainer: Trainer
) -> bool:
    models_dir = settings.models_dir.resolve()
    log = settings.var_dir.resolve() / "log" / "train.log"
    made_from = fingerprint(root, settings.data_dir)
    fresh = models_dir / ".training"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        code = _run(trainer(fresh, settings.data_dir.resolve()), root, log, say, stopped)
        if code is None:
            return False
        if code != 0 or not (fresh / MODEL).is_file():
            raise TrainingFailed(f"Training gave no model; see {log}: {last_words(log)}")
        # The stamp last: if this is cut short, the next start trains again.
        (models_dir / STAMP).unlink(missing_ok=True)
        (fresh / MODEL).replace(models_dir / MODEL)
        (fresh / STAMP).write_text(made_from, encoding="ascii")
        (fresh / STAMP).replace(models_dir / STAMP)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def _run(
    command: list[str], cwd: Path, log: Path, say: Callable[[str], None], stopped: Callable[[], bool]
) -> int | None:
    """The exit code; None when it was ended because `stopped` turned true."""
    began = time.monotonic()
    next_line = 0.0
    child = Child(command, {**os.environ, **quiet_environment()}, cwd, log)
    try:
        while (code := child.exit_code()) is None:
            if stopped():
                return None
            taken = time.monotonic() - began
            if taken >= next_line:
                say(f"Training the assistant (about {ABOUT_MINUTES} minutes the first time)… {taken:.0f} s")
                next_line += PROGRESS_EVERY_SECONDS
            time.sleep(0.2)
    finally:
        child.stop(grace_seconds=2)
    say(f"Trained in {time.monotonic() - began:.0f} s")
    return code


@contextmanager
def _one_training(models_dir: Path, say: Callable[[str], None]) -> Iterator[TextIO]:
    """`make run` and `make test` side by side must not train into the same folder at once."""
    with (models_dir / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for a training that is already under way")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(
        path
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )
