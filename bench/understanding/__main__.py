"""`python -m bench.understanding`: train every system on the same messages, test on the same, and write it down."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from bench.understanding.plots import draw_accuracy, draw_costs
from bench.understanding.result import Run, markdown
from bench.understanding.systems import SHIPPED, TITLES
from bench.understanding.work import Served, Task, Trained, read_served, read_trained
from bot.commands.evaluate import commit_of
from bot.errors import AssistantError
from bot.evaluation.frozen import PREFIX, headlines, record_run
from bot.evaluation.gold import GoldError, read_gold
from bot.evaluation.measures import Judged
from bot.evaluation.sets import MessageSet

ROOT: Final = Path(__file__).resolve().parents[2]
TESTS: Final = tuple(ROOT / "tests" / "data" / f"{name}.jsonl" for name in ("development", "held_out"))
QUIET: Final = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}


class BenchError(AssistantError):
    """A step of a system that failed; names the system and the log."""


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    tests: tuple[Path, ...] = tuple(options.tests)
    _check(tests)
    work = Path(options.work) if options.work else Path(tempfile.mkdtemp(prefix="bench-"))
    work.mkdir(parents=True, exist_ok=True)
    costs: dict[str, tuple[Trained, Served]] = {}
    for system in options.systems:
        folder = work / system
        folder.mkdir(exist_ok=True)
        task = Task(system, folder, options.data.resolve(), tests, options.train_sample, options.epochs)
        if system == SHIPPED:
            task = replace(task, data_dir=ROOT / "data", train_sample=None)
        costs[system] = run_system(task, work)
    run = Run(_sets(tests, costs), costs, _about(options, costs))
    write(run, options.out)
    _record(run, tests)
    print(f"\n{options.out / 'understanding.md'}")


def run_system(task: Task, work: Path) -> tuple[Trained, Served]:
    """Train, then serve, each in its own process. Raises BenchError when one fails.

    What an earlier run has trained in the same folder, on the same task, is not trained again: DIET takes an hour.
    """
    trained = _trained_before(task, work)
    if trained is None:
        print(f"{TITLES[task.system]}: training ...", flush=True)
        trained = read_trained(_step("train", task, work))
    print(f"{TITLES[task.system]}: trained in {trained.seconds:.0f} s; reading ...", flush=True)
    served = read_served(_step("serve", task, work))
    print(f"{TITLES[task.system]}: {served.cpu_ms:.1f} ms CPU a message", flush=True)
    return trained, served


def write(run: Run, out: Path) -> None:
    """`understanding.json`, `understanding.md` and its pictures."""
    out.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, str] = {}
    for name, found in run.sets.items():
        pictures[f"What each system gets right on {name}"] = file = f"understanding-{name}.svg"
        draw_accuracy(out / file, name, found)
    pictures["What each system costs"] = "understanding-costs.svg"
    draw_costs(out / "understanding-costs.svg", run)
    (out / "understanding.json").write_text(json.dumps(run.to_dict(), indent=1) + "\n", encoding="utf-8")
    (out / "understanding.md").write_text(markdown(run, pictures), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    parser.add_argument(
        "--tests", nargs="+", type=Path, default=list(TESTS), help="JSON Lines with id, text and gold labels"
    )
    parser.add_argument("--systems", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--train-sample", type=int, help="so many training messages; default: all")
    parser.add_argument("--epochs", type=int, default=100, help="of DIET; default: 100, as Rasa has it")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="the folder with nlu/ and safety/")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "bench", help="folder for results")
    parser.add_argument(
        "--work",
        help="folder for models and logs, used again where it holds them; default: a new temporary one",
    )
    return parser


def _check(tests: Sequence[Path]) -> None:
    for test in tests:
        if not read_gold(test).messages:
            raise GoldError(f"{test} holds no single messages: this measures messages, not conversations")
    if len({test.stem for test in tests}) < len(tests):
        raise GoldError("two test files have the same name: results are kept by name")


def _trained_before(task: Task, work: Path) -> Trained | None:
    task_file, result = work / f"{task.system}-task.json", work / f"{task.system}-train.json"
    if not (task_file.is_file() and result.is_file()):
        return None
    before = Task.read(task_file)
    same = replace(before, tests=task.tests, data_dir=task.data_dir) == task
    return read_trained(result) if same else None


def _step(step: str, task: Task, work: Path) -> Path:
    task_file, log = work / f"{task.system}-task.json", work / f"{task.system}-{step}.log"
    result = work / f"{task.system}-{step}.json"
    task.write(task_file)
    command = [sys.executable, "-m", "bench.understanding.child", step, str(task_file), str(result)]
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **QUIET},
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise BenchError(f"{TITLES[task.system]}: {step} failed; {log} says why")
    return result


def _sets(
    tests: Sequence[Path], costs: Mapping[str, tuple[Trained, Served]]
) -> dict[str, dict[str, MessageSet]]:
    sets: dict[str, dict[str, MessageSet]] = {}
    for index, test in enumerate(tests):
        messages = read_gold(test).messages
        sets[test.stem] = {
            system: MessageSet(test.stem, tuple(map(Judged, messages, served.judgements[index])))
            for system, (_, served) in costs.items()
        }
    return sets


def _about(options: argparse.Namespace, costs: Mapping[str, tuple[Trained, Served]]) -> dict[str, str]:
    trained = next(iter(costs.values()))[0]
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "commit": commit_of(ROOT) or "–",
        "training messages": f"{trained.examples}",
        "epochs of DIET": f"{options.epochs}",
        "processors": f"{os.cpu_count()}",
    }


def _record(run: Run, tests: Sequence[Path]) -> None:
    """Whoever looks at a frozen set leaves a line."""
    for test in tests:
        if test.name.startswith(PREFIX):
            found = {TITLES[system]: judged.rows for system, judged in run.sets[test.stem].items()}
            version = run.costs["ours"][0].version if "ours" in run.costs else "–"
            today = datetime.now(timezone.utc).date()
            record_run(test.parent, today, "comparison", version, commit_of(ROOT), headlines(found))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except AssistantError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
