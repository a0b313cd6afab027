"""`python -m bot evaluate`: files in, tables and a report out; the frozen sets without a message."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bot.commands.evaluate import commit_of, run
from bot.errors import AssistantError
from bot.evaluation.frozen import RUNS
from bot.evaluation.gold import GoldError
from bot.settings import Settings
from bot.understanding.model import ReaderModel
from tests.unit.evaluation.conftest import Written

SECRET = "zebracrossing"
SETTINGS = Settings.from_env()


@pytest.fixture(scope="session")
def model(small_model: ReaderModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small model."""
    folder = tmp_path_factory.mktemp("model")
    small_model.save(folder)
    return folder


@pytest.fixture
def frozen(written: Written, tmp_path: Path) -> Path:
    """Four made-up sets that the reader judges wrongly in part."""
    asked = {"topics": ["storage"], "concern": "none", "slice": ["short"]}
    written(
        "frozen", [{"id": f"{SECRET}-{n}", "text": f"can i drink wine {SECRET}", **asked} for n in range(6)]
    )
    spelt = {"id": "p", "of": f"{SECRET}-1", "kind": "typos", "text": f"cn i drnk wine {SECRET}"}
    written("frozen_pairs", [spelt | asked])
    turn = {"text": f"i want to kill myself {SECRET}", "topics": [], "concern": "concern_suicidal", "tier": 1}
    written("frozen_conversations", [{"id": SECRET, "turns": [turn]}])
    written("frozen_languages", [{"id": "l", "text": f"hola {SECRET}", "language": "es", "concern": "none"}])
    return tmp_path


def test_a_file_with_labels(
    written: Written, tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {
            "id": "right",
            "text": "can i drink wine",
            "topics": ["alcohol"],
            "concern": "none",
            "slice": ["short"],
        },
        {
            "id": "missed",
            "text": "can i drink wine",
            "topics": ["storage"],
            "concern": "none",
            "slice": ["short"],
        },
        {"id": "bare", "text": "hello"},
    ]
    report = tmp_path / "report.json"
    run(SETTINGS, [written("mine", lines)], report=report, model=model)
    shown = capsys.readouterr().out
    assert "mine, 3 messages" in shown
    assert "covered question: a right topic is answered" in shown and "1 of 2" in shown
    numbers = json.loads(report.read_text(encoding="utf-8"))
    measure = numbers["mine"]["measures"]["covered question: a right topic is answered"]
    assert (measure["hits"], measure["total"]) == (1, 2)
    assert 0 < measure["low"] < measure["share"] < measure["high"] < 1
    assert [miss["id"] for miss in numbers["mine"]["misses"]] == ["missed"]
    assert numbers["mine"]["reliability"]["topic"]["bins"]


def test_a_file_without_labels_has_nothing_to_measure(
    written: Written, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(SETTINGS, [written("bare", [{"id": "a", "text": "hello"}])], model=model)
    assert "%" not in capsys.readouterr().out


def test_conversations_in_a_file(written: Written, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [
        {"text": "can i drink wine", "topics": ["alcohol"], "concern": "none"},
        {"text": "i want to kill myself", "topics": [], "concern": "concern_suicidal", "tier": 1},
    ]
    run(SETTINGS, [written("talks", [{"id": "c", "turns": turns}])], model=model)
    shown = capsys.readouterr().out
    assert "talks, 1 conversations, 2 turns" in shown
    assert "turns from the first cue to the case: median 0" in shown


def test_the_frozen_sets_show_scores_and_no_message(
    frozen: Path, tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    run(SETTINGS, frozen=True, data=frozen, report=report, model=model)
    shown = capsys.readouterr()
    written_down = report.read_text(encoding="utf-8") + (frozen / RUNS).read_text(encoding="utf-8")
    assert SECRET not in shown.out + shown.err + written_down
    assert "frozen, 6 messages" in shown.out
    assert "0 of 6" in shown.out  # all are misses, and none is shown
    assert "misses" not in written_down
    assert (frozen / RUNS).read_text(encoding="utf-8").count("| ours |") == 1


def test_a_look_at_the_frozen_sets_is_written_down_each_time(frozen: Path, model: Path) -> None:
    for _ in range(2):
        run(SETTINGS, frozen=True, data=frozen, model=model)
    assert (frozen / RUNS).read_text(encoding="utf-8").count("| ours |") == 2


def test_a_damaged_frozen_set_is_reported_without_its_words(frozen: Path, model: Path) -> None:
    with (frozen / "frozen.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"id": "x", "text": SECRET, "topics": SECRET}))
    with pytest.raises(GoldError) as raised:
        run(SETTINGS, frozen=True, data=frozen, model=model)
    assert "line 7" in str(raised.value) and SECRET not in str(raised.value)
    assert not (frozen / RUNS).exists()


def test_frozen_files_have_one_way_in(frozen: Path, model: Path) -> None:
    with pytest.raises(GoldError, match="--frozen"):
        run(SETTINGS, [frozen / "frozen.jsonl"], model=model)
    with pytest.raises(AssistantError, match="stands alone"):
        run(SETTINGS, [frozen / "other.jsonl"], frozen=True, model=model)


def test_pictures(written: Written, tmp_path: Path, model: Path) -> None:
    lines = [
        {"id": "a", "text": "can i drink wine", "topics": ["alcohol"], "concern": "none"},
        {"id": "b", "text": "i feel so low", "topics": [], "concern": "concern_mood", "tier": 2},
    ]
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        run(SETTINGS, [written("mine", lines)], pictures=folder, model=model)
    for name in ("reliability.svg", "prices.svg"):
        drawn = (first / name).read_text(encoding="utf-8")
        assert drawn.count("<path") > 20
        assert drawn == (second / name).read_text(encoding="utf-8")


def test_the_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-m", "one")
    commit = commit_of(tmp_path)
    assert commit is not None and len(commit) >= 7 and not commit.endswith("+")
    (tmp_path / "file").write_text("two")
    assert commit_of(tmp_path) == commit + "+"
