"""The dialogue, story by story: Rasa runs tests/stories with the trained model, without any action server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.runtime.services import ROOT, quiet_environment
from bot.runtime.training import MODEL
from bot.settings import Settings

STORIES = Path(__file__).parent
Step = tuple[str, str | None]


def _stories() -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (story["story"], story["steps"])
        for path in sorted(STORIES.glob("test_*.yml"))
        for story in yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]
    ]


def _rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted((ROOT / "data" / "rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    ]


def _steps(raw: Sequence[dict[str, Any]]) -> Iterator[Step]:
    """Comparable steps; listening and slots are left out: the loop's state says the same."""
    for step in raw:
        if "intent" in step:
            yield "intent", str(step["intent"]).partition("/")[0]
        elif "action" in step and step["action"] != "action_listen":
            yield "action", step["action"]
        elif "active_loop" in step:
            yield "loop", step["active_loop"]


def _goes_through(rule: dict[str, Any], story: Sequence[Step]) -> bool:
    """Does the story hold the rule's steps in a row, in the loop that the rule wants?"""
    wanted = list(_steps(rule["steps"]))
    loop = next((c["active_loop"] for c in rule.get("condition", ()) if "active_loop" in c), None)
    open_loop: str | None = None
    for first, step in enumerate(story):
        if open_loop == loop and list(story[first : first + len(wanted)]) == wanted:
            return True
        if step[0] == "loop":
            open_loop = step[1]
    return False


def test_the_dialogue_goes_as_the_stories_say(tmp_path: Path) -> None:
    model = Settings.from_env().models_dir / MODEL
    assert model.is_file(), f"{model} is not there: run `make train`"
    command = [sys.executable, "-m", "rasa", "test", "core", "--e2e", "--no-plot", "--no-warnings"]
    command += ["--stories", str(STORIES), "--model", str(model), "--out", str(tmp_path)]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **quiet_environment()},
        capture_output=True,
        text=True,
        timeout=300,
    )
    report = tmp_path / "story_report.json"
    assert ran.returncode == 0 and report.is_file(), ran.stderr[-3000:]
    failed = (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8")
    result = json.loads(report.read_text(encoding="utf-8"))["conversation_accuracy"]
    assert result["total"] == len(_stories())
    assert result["correct"] == result["total"], failed


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule["rule"])
def test_a_story_goes_through_every_rule(rule: dict[str, Any]) -> None:
    assert any(_goes_through(rule, list(_steps(steps))) for _, steps in _stories())


def test_every_intent_of_the_domain_is_in_a_story() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    known = {next(iter(item)) if isinstance(item, dict) else item for item in domain["intents"]}
    used = {name for _, steps in _stories() for kind, name in _steps(steps) if kind == "intent"}
    assert used == known


def test_stories_have_names_of_their_own() -> None:
    names = [name for name, _ in _stories()]
    assert len(names) == len(set(names))
