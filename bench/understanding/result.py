"""What a run found: as JSON, as a Markdown page, as headline shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.understanding.systems import STOCK, TITLES
from bench.understanding.work import Served, Trained
from bot.evaluation.intervals import wilson
from bot.evaluation.measures import Share, by_slice, shares
from bot.evaluation.sets import SMALLEST_SLICE, MessageSet, shares_dict


@dataclass(frozen=True)
class Run:
    """`sets`: for each test file, each system's judgements. `costs`: by system."""

    sets: Mapping[str, Mapping[str, MessageSet]]
    costs: Mapping[str, tuple[Trained, Served]]
    about: Mapping[str, str]

    @property
    def systems(self) -> list[str]:
        return list(self.costs)

    def ratio(self, system: str) -> float | None:
        """CPU a message as a multiple of stock Rasa's in this run; None without it."""
        if STOCK not in self.costs:
            return None
        return self.costs[system][1].cpu_ms / self.costs[STOCK][1].cpu_ms

    def to_dict(self) -> dict[str, Any]:
        return {
            "about": dict(self.about),
            "sets": {
                name: {
                    system: {"messages": len(judged.items), **_tables(judged)}
                    for system, judged in found.items()
                }
                for name, found in self.sets.items()
            },
            "costs": {system: self._cost(system) for system in self.systems},
        }

    def _cost(self, system: str) -> dict[str, Any]:
        trained, served = self.costs[system]
        ratio = self.ratio(system)
        return {
            "cpu_ms_per_message": round(served.cpu_ms, 2),
            "cpu_ms_per_message_median": round(served.cpu_ms_median, 2),
            "cpu_against_stock_rasa": None if ratio is None else round(ratio, 3),
            "peak_mb_serving": round(served.peak_mb),
            "peak_mb_training": round(trained.peak_mb),
            "load_seconds": round(served.load_seconds, 1),
            "training_seconds": round(trained.seconds, 1),
            "training_cpu_seconds": round(trained.cpu_seconds, 1),
            "disk_mb": round(trained.disk_mb, 1),
            "training_messages": trained.examples,
            "version": trained.version,
        }


def markdown(run: Run, pictures: Mapping[str, str]) -> str:
    """A page with one table a test set, one of costs, and the pictures: file names by title."""
    parts = ["# Understanding, compared", _about(run)]
    for name, found in run.sets.items():
        count = len(next(iter(found.values())).items)
        parts.append(f"## {name}: {count} messages\n\n{_measures_table(found)}")
    parts.append(f"## Costs\n\n{_cost_table(run)}")
    parts += [f"![{title}]({file})" for title, file in pictures.items()]
    return "\n\n".join(parts) + "\n"


def share_text(share: Share) -> str:
    """`93.1 [91.0–94.8]`, in percent."""
    interval = wilson(share.hits, share.total)
    return f"{share.value * 100:.1f} [{interval.low * 100:.1f}–{interval.high * 100:.1f}]"


def _tables(judged: MessageSet) -> dict[str, Any]:
    large = {
        name: shares_dict(rows)
        for name, rows in by_slice(judged.items).items()
        if sum(name in item.gold.slices for item in judged.items) >= SMALLEST_SLICE
    }
    return {"measures": shares_dict(judged.rows), "slices": large}


def _about(run: Run) -> str:
    lines = [f"- {name}: {value}" for name, value in run.about.items()]
    return (
        "Written by `python -m bench.understanding`. Shares in percent with 95% intervals.\n\n"
        + "\n".join(lines)
    )


def _measures_table(found: Mapping[str, MessageSet]) -> str:
    rows = {system: {share.name: share for share in shares(judged.items)} for system, judged in found.items()}
    names = list(dict.fromkeys(name for own in rows.values() for name in own))
    body = [[_name(name, rows.values()), *(_cell(own.get(name)) for own in rows.values())] for name in names]
    return _table(["", *(TITLES[system] for system in found)], body)


def _name(name: str, rows: Any) -> str:
    share: Share = next(own[name] for own in rows if name in own)
    return f"{name.strip()} ({'lower' if share.at_most else 'higher'} is better)"


def _cell(share: Share | None) -> str:
    return "–" if share is None else share_text(share)


def _cost_table(run: Run) -> str:
    head = [
        "",
        "CPU a message",
        "against stock Rasa",
        "memory serving",
        "memory training",
        "training",
        "on disk",
    ]
    body = []
    for system in run.systems:
        trained, served = run.costs[system]
        ratio = run.ratio(system)
        body.append(
            [
                TITLES[system],
                f"{served.cpu_ms:.1f} ms",
                "–" if ratio is None else f"{ratio:.2f} ×",
                f"{served.peak_mb:.0f} MB",
                f"{trained.peak_mb:.0f} MB",
                f"{trained.seconds:.0f} s",
                f"{trained.disk_mb:.1f} MB",
            ]
        )
    return _table(head, body)


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
