"""The frozen sets are scored as a whole: no message in what is reported, and a line for each look."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bot.evaluation.frozen import RUNS, headline, record_run, refuse_frozen, run_frozen
from bot.evaluation.gold import GoldError
from bot.evaluation.measures import Share
from bot.evaluation.reader_system import ReaderSystem
from tests.unit.evaluation.conftest import Written

SECRET = "zebracrossing"


@pytest.fixture
def folder(written: Written, tmp_path: Path) -> Path:
    """Four made-up sets."""
    calm = {"topics": [], "concern": "none", "slice": ["small_talk"]}
    low = {"topics": [], "concern": "concern_mood", "tier": 2}
    written("frozen", [{"id": f"{SECRET}-{n}", "text": f"hello {SECRET}", **calm} for n in range(6)])
    pair = {"id": "p", "of": f"{SECRET}-1", "kind": "typos", "text": f"helo {SECRET}", **calm}
    written("frozen_pairs", [pair])
    turns = [{"text": f"hi {SECRET}", **calm}, {"text": f"i want to kill myself {SECRET}", **low}]
    written("frozen_conversations", [{"id": SECRET, "turns": turns}])
    written("frozen_languages", [{"id": "l", "text": f"hola {SECRET}", "language": "es", "concern": "none"}])
    return tmp_path


def test_scores_hold_no_message(folder: Path, system: ReaderSystem) -> None:
    result = run_frozen(system, folder)
    assert SECRET not in json.dumps(result.to_dict()) + result.headline
    numbers = result.to_dict()
    assert numbers["frozen"]["messages"] == 6
    assert numbers["frozen"]["slices"]["small_talk"]
    assert numbers["frozen_pairs"]["typos"]["judged as wanted"]["total"] == 1
    assert numbers["frozen_conversations"]["measures"]["concern caught by the end"]["hits"] == 1
    assert numbers["frozen_languages"]["by_language"]["es"]


def test_each_run_adds_a_line(tmp_path: Path) -> None:
    for commit in ("abc1234", None):
        record_run(tmp_path, date(2026, 1, 2), "ours", "m1+r1", commit, "short 90.0 [80.0–95.0]")
    lines = (tmp_path / RUNS).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Runs of the frozen sets"
    assert lines[-2:] == [
        "| 2026-01-02 | ours | m1+r1 | abc1234 | short 90.0 [80.0–95.0] |",
        "| 2026-01-02 | ours | m1+r1 | – | short 90.0 [80.0–95.0] |",
    ]


def test_the_headline_names_the_targets_that_were_measured() -> None:
    rows = [Share("  short messages", 9, 10), Share("something else", 1, 2)]
    assert headline(rows) == "short 90.0 [59.6–98.2]"


def test_a_frozen_file_cannot_be_given_as_any_file() -> None:
    with pytest.raises(GoldError, match="--frozen"):
        refuse_frozen(Path("tests/data/frozen_pairs.jsonl"))
    refuse_frozen(Path("tests/data/development.jsonl"))
