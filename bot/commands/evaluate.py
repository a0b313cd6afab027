"""`python -m bot evaluate`: what the reader makes of messages that it was not trained on.

Everything is measured through the code that serves patients; bot/evaluation says how. Thresholds are chosen on the
development set; the held-out set is only reported; the frozen sets are scored and never shown.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from threadpoolctl import threadpool_limits

from bot.errors import AssistantError
from bot.evaluation import tables
from bot.evaluation.calibration import reliability
from bot.evaluation.conversations import judge_conversation, timing
from bot.evaluation.frozen import FrozenResult, record_run, refuse_frozen, run_frozen
from bot.evaluation.gold import read_gold
from bot.evaluation.reader_system import ReaderSystem
from bot.evaluation.sets import ConversationSet, MessageSet, judge, reliability_points
from bot.replies import Replies
from bot.safety.rules import RuleBook
from bot.settings import Settings
from bot.understanding.model import ReaderModel

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT / "tests" / "data"
SETS: Final = ("development", "held_out", "conversations", "more_conversations")

Sets = list[MessageSet | ConversationSet]


def run(
    settings: Settings,
    files: Sequence[Path] = (),
    *,
    report: Path | None = None,
    pictures: Path | None = None,
    frozen: bool = False,
    model: Path | None = None,
    data: Path = DATA,
) -> None:
    """Print a table for each set. `report`: also the numbers of every slice, and every miss, as JSON.

    `pictures`: a folder for the reliability diagram and price curves of the first set of messages.
    `model`: a folder that `ReaderModel.save` wrote, instead of the model that is served.

    Raises:
        AssistantError: no model, a file that cannot be used, or options that do not go together.
    """
    if frozen and (files or pictures):
        raise AssistantError("--frozen stands alone: it takes no files and draws no pictures")
    for file in files:
        refuse_frozen(file)
    threadpool_limits(limits=1, user_api="blas")
    system = ReaderSystem(
        ReaderModel.load(model) if model else ReaderModel.load_from_rasa_model(settings.models_dir),
        RuleBook.load(settings.data_dir / "safety"),
        Replies.load(settings.data_dir),
    )
    if frozen:
        numbers = _run_frozen(system, data)
    else:
        sets = _judge(system, files or [data / f"{name}.jsonl" for name in SETS])
        for judged in sets:
            _print(judged)
        numbers = {judged.name: judged.to_dict(secret=False) for judged in sets}
        if pictures is not None:
            _draw(system, sets, pictures)
    if report is not None:
        whole = {"detector_version": system.version, **numbers}
        report.write_text(json.dumps(whole, indent=1, ensure_ascii=False), encoding="utf-8")


def _judge(system: ReaderSystem, files: Sequence[Path]) -> Sets:
    sets: Sets = []
    for file in files:
        gold = read_gold(file)
        if gold.messages:
            sets.append(MessageSet(file.stem, judge(system.judge_with_probabilities, gold.messages)))
        if gold.conversations:
            name = file.stem if not gold.messages else f"{file.stem} (conversations)"
            played = tuple(judge_conversation(system, one) for one in gold.conversations)
            sets.append(ConversationSet(name, played))
    return sets


def _print(judged: MessageSet | ConversationSet) -> None:
    print(f"\n{judged.title}")
    for line in tables.lines(judged.rows):
        print(line)
    if isinstance(judged, ConversationSet):
        when = timing(judged.items)
        if when.median is not None:
            print(f"  turns from the first cue to the case: median {when.median:g}")
        return
    for name, points in reliability_points(judged.items).items():
        if points:
            print(f"  {name} probability: expected calibration error {reliability(points).error:.3f}")


def _run_frozen(system: ReaderSystem, data: Path) -> dict[str, Any]:
    result = run_frozen(system, data)
    _print(result.messages)
    print("\nworse spellings against their clean originals")
    for line in tables.comparison_lines(result.robustness):
        print(line)
    _print(result.conversations)
    _print_languages(result)
    today = datetime.now(timezone.utc).date()
    record_run(data, today, "ours", system.version, commit_of(ROOT), result.headline)
    return result.to_dict()


def _print_languages(result: FrozenResult) -> None:
    print(f"\nfrozen languages, {len(result.languages)} messages")
    for line in tables.lines(result.language_rows):
        print(line)


def _draw(system: ReaderSystem, sets: Sets, folder: Path) -> None:
    from bot.evaluation.pictures import draw_prices, draw_reliability
    from bot.evaluation.sweeps import alarm_prices, answer_prices

    first = next((found for found in sets if isinstance(found, MessageSet)), None)
    if first is None:
        raise AssistantError("--pictures needs a file of single messages")
    points = {name: found for name, found in reliability_points(first.items).items() if found}
    if points:
        found = {name: reliability(one) for name, one in points.items()}
        draw_reliability(folder / "reliability.svg", found, first.title)
    messages = [item.gold for item in first.items]
    answers, alarms = answer_prices(system, messages), alarm_prices(system, messages)
    draw_prices(folder / "prices.svg", answers, alarms, first.title)
    print(f"\npictures: {folder}")


def commit_of(root: Path) -> str | None:
    """The short hash of the commit that is checked out, with a + when files differ from it; None without git."""
    git = shutil.which("git")
    if git is None:
        return None

    def answer(*arguments: str) -> str | None:
        done = subprocess.run([git, "-C", str(root), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    commit = answer("rev-parse", "--short", "HEAD")
    if not commit:
        return None
    return commit + "+" if answer("status", "--porcelain", "--untracked-files=no") else commit
