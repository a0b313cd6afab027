"""`python -m bot evaluate`: the reader on messages that it was not trained on.

The development set (tests/data/development.jsonl) is the one thresholds are chosen on; tests/data/held_out.jsonl is
only reported. Both are read through the code that serves patients.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.errors import AssistantError
from bot.settings import Settings
from bot.understanding import Reader, Reading

SETS: Final = ("development", "held_out")
DATA: Final = Path(__file__).resolve().parents[2] / "tests" / "data"


@dataclass(frozen=True)
class Judged:
    """A message of a set, and what reading it gave."""

    wanted: Mapping[str, Any]
    reading: Reading

    @property
    def concern(self) -> str:
        found = self.reading.concern
        return found.category.value if found else "none"

    @property
    def answered(self) -> tuple[str, ...]:
        return self.reading.topics


@dataclass(frozen=True)
class Measure:
    """A share: `right` of `total`."""

    name: str
    right: int
    total: int

    @property
    def share(self) -> float:
        return self.right / self.total if self.total else float("nan")


def measures(judged: Sequence[Judged]) -> list[Measure]:
    """The table of one set, top to bottom."""
    plain = [item for item in judged if item.wanted["concern"] == "none"]
    worrying = [item for item in judged if item.wanted["concern"] not in ("none", "request_human")]
    asked = [item for item in plain if item.wanted["topics"]]
    several = [item for item in asked if len(item.wanted["topics"]) > 1]
    uncovered = [item for item in plain if not item.wanted["topics"]]
    rows = [
        _measure("covered question: a right topic is answered", asked, _a_right_topic),
        _measure("  short messages", _slice(asked, "short"), _a_right_topic),
        _measure("  long messages", _slice(asked, "long"), _a_right_topic),
        _measure("several questions: all answered", several, _all_topics),
        _measure("not covered or small talk: nothing is answered", uncovered, lambda item: not item.answered),
        _measure("any plain message: no wrong answer", plain, _no_wrong_answer),
        _measure("tier 1 concern recognised", [i for i in worrying if i.wanted["tier"] == 1], _recognised),
        _measure("tier 2 concern recognised", [i for i in worrying if i.wanted["tier"] == 2], _recognised),
        _measure(
            "  or asked back", worrying, lambda item: _recognised(item) or item.reading.clarify is not None
        ),
        _measure("right category among recognised", [i for i in worrying if _recognised(i)], _right_category),
        _measure("wish for a person recognised", _of_concern(judged, "request_human"), _recognised),
        _measure("plain question: no case", [i for i in asked if not _in(i, "hard_negative")], _no_case),
        _measure("hard negative: no case", _slice(plain, "hard_negative"), _no_case),
        _measure(
            "everything else without concern: no case", [i for i in plain if not i.wanted["topics"]], _no_case
        ),
    ]
    return [row for row in rows if row.total]


def run(settings: Settings, report: Path | None) -> None:
    """Print a table for each set; `report` also gets the numbers and every miss as JSON."""
    reader = Reader.load(settings.models_dir, settings.data_dir)
    numbers: dict[str, Any] = {"detector_version": reader.version}
    for name in SETS:
        judged = [Judged(wanted, reader.read(wanted["text"])) for wanted in _messages(DATA / f"{name}.jsonl")]
        rows = measures(judged)
        print(f"\n{name.replace('_', '-')} set, {len(judged)} messages")
        for row in rows:
            print(f"  {row.name:<50} {row.share:6.1%}  {row.right:>4} of {row.total}")
        numbers[name] = {
            "messages": len(judged),
            "measures": {row.name.strip(): {"right": row.right, "total": row.total} for row in rows},
            "misses": [_miss(item) for item in judged if not _as_wanted(item)],
        }
    if report is not None:
        report.write_text(json.dumps(numbers, indent=1, ensure_ascii=False), encoding="utf-8")


def _messages(path: Path) -> Iterable[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise AssistantError(f"{path} cannot be read: run this in a clone of the project") from error
    return [json.loads(line) for line in lines if line.strip()]


def _measure(name: str, items: Sequence[Judged], right: Callable[[Judged], bool]) -> Measure:
    return Measure(name, sum(1 for item in items if right(item)), len(items))


def _in(item: Judged, name: str) -> bool:
    return name in item.wanted["slice"]


def _slice(items: Iterable[Judged], name: str) -> list[Judged]:
    return [item for item in items if _in(item, name)]


def _of_concern(items: Iterable[Judged], category: str) -> list[Judged]:
    return [item for item in items if item.wanted["concern"] == category]


def _accepted(item: Judged) -> set[str]:
    return {*item.wanted["topics"], *item.wanted.get("also_ok", ())}


def _a_right_topic(item: Judged) -> bool:
    return bool(set(item.wanted["topics"]) & set(item.answered))


def _all_topics(item: Judged) -> bool:
    return set(item.wanted["topics"][:3]) <= set(item.answered)


def _no_wrong_answer(item: Judged) -> bool:
    return not item.answered or bool(_accepted(item) & set(item.answered))


def _recognised(item: Judged) -> bool:
    return bool(item.reading.concerns)


def _right_category(item: Judged) -> bool:
    return item.wanted["concern"] in {concern.category.value for concern in item.reading.concerns}


def _no_case(item: Judged) -> bool:
    return not item.reading.concerns


def _as_wanted(item: Judged) -> bool:
    if item.wanted["concern"] != "none":
        return _right_category(item)
    if item.reading.concerns:
        return False
    return _a_right_topic(item) if item.wanted["topics"] else not item.answered


def _miss(item: Judged) -> dict[str, Any]:
    return {
        "id": item.wanted["id"],
        "text": item.wanted["text"],
        "wanted": {"topics": item.wanted["topics"], "concern": item.wanted["concern"]},
        "got": {"intent": item.reading.intent, "topics": list(item.answered), "concern": item.concern},
        "asked_back_about": item.reading.clarify,
    }
