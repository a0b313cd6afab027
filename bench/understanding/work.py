"""What parent and children hand each other, as JSON: what to do, and what came of it. No message is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.evaluation.system import FoundConcern, Judgement


@dataclass(frozen=True)
class Task:
    """`folder`: where the trained system lies. `train_sample`: None for all training messages."""

    system: str
    folder: Path
    data_dir: Path
    tests: tuple[Path, ...]
    train_sample: int | None
    epochs: int

    def write(self, path: Path) -> None:
        values = {**asdict(self), "tests": [str(test) for test in self.tests]}
        path.write_text(json.dumps(values, default=str), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Task:
        values = json.loads(path.read_text(encoding="utf-8"))
        folder, data_dir = Path(values.pop("folder")), Path(values.pop("data_dir"))
        tests = tuple(map(Path, values.pop("tests")))
        return cls(folder=folder, data_dir=data_dir, tests=tests, **values)


@dataclass(frozen=True)
class Trained:
    """`seconds` on the clock and of CPU; `peak_mb` of memory in the training process; `disk_mb` of what it left."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    disk_mb: float
    examples: int
    version: str


@dataclass(frozen=True)
class Served:
    """Judgements in the order of the tests' messages, and what they cost in a process of their own.

    `cpu_ms`: CPU of the process a message, all threads, one message at a time after a warm-up.
    """

    judgements: tuple[tuple[Judgement, ...], ...]
    load_seconds: float
    cpu_ms: float
    cpu_ms_median: float
    peak_mb: float


def write_result(path: Path, result: Trained | Served) -> None:
    path.write_text(json.dumps(asdict(result)), encoding="utf-8")


def read_trained(path: Path) -> Trained:
    return Trained(**json.loads(path.read_text(encoding="utf-8")))


def read_served(path: Path) -> Served:
    values = json.loads(path.read_text(encoding="utf-8"))
    judgements = tuple(tuple(map(_judgement, of_test)) for of_test in values.pop("judgements"))
    return Served(judgements=judgements, **values)


def _judgement(values: dict[str, Any]) -> Judgement:
    concerns: Sequence[dict[str, Any]] = values.pop("concerns")
    topics: Sequence[str] = values.pop("topics")
    return Judgement(topics=tuple(topics), concerns=tuple(FoundConcern(**c) for c in concerns), **values)
