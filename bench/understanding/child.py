"""One step of one system, in a process of its own so that memory and CPU are its own.

`python -m bench.understanding.child train|serve TASK.json RESULT.json`
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from statistics import mean, median
from typing import Final

from bench.understanding.systems import TrainingData, contestant
from bench.understanding.training_sample import sample
from bench.understanding.work import Served, Task, Trained, write_result
from bot.evaluation.gold import read_gold
from bot.evaluation.system import Judgement, System
from bot.understanding.examples import read_examples

WARM_UP: Final = (
    "can i drink wine on this",
    "My lips are so dry. What helps, and when does it get better?",
    "I feel very low since last week",
    "hello there",
    "what is the capital of France",
)
WARM_UP_ROUNDS: Final = 4


def main(arguments: list[str]) -> None:
    step, task_file, result_file = arguments
    task = Task.read(Path(task_file))
    write_result(Path(result_file), train(task) if step == "train" else serve(task))


def train(task: Task) -> Trained:
    examples = sample(list(read_examples(task.data_dir / "nlu")), task.train_sample)
    system = contestant(task.system)
    started, cpu = time.perf_counter(), time.process_time()
    system.train(TrainingData(examples, task.data_dir, task.epochs), task.folder)
    return Trained(
        seconds=time.perf_counter() - started,
        cpu_seconds=time.process_time() - cpu,
        peak_mb=_peak_mb(),
        disk_mb=sum(path.stat().st_size for path in task.folder.rglob("*") if path.is_file()) / 1e6,
        examples=len(examples),
        version=system.version(task.folder, task.data_dir),
    )


def serve(task: Task) -> Served:
    tests = [read_gold(test).messages for test in task.tests]
    started = time.perf_counter()
    system = contestant(task.system).load(task.folder, task.data_dir)
    for _ in range(WARM_UP_ROUNDS):
        for text in WARM_UP:
            system.judge(text)
    loaded = time.perf_counter() - started
    costs: list[float] = []
    judgements = tuple(tuple(_timed(system, gold.text, costs) for gold in test) for test in tests)
    return Served(
        judgements=judgements,
        load_seconds=loaded,
        cpu_ms=mean(costs),
        cpu_ms_median=median(costs),
        peak_mb=_peak_mb(),
    )


def _timed(system: System, text: str, costs: list[float]) -> Judgement:
    before = time.process_time_ns()
    judgement = system.judge(text)
    costs.append((time.process_time_ns() - before) / 1e6)
    return judgement


def _peak_mb() -> float:
    """The most memory that this process ever held; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
