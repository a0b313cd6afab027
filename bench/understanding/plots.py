"""Two pictures of a run: what each system gets right, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from matplotlib import pyplot

from bench.understanding.result import Run
from bench.understanding.systems import TITLES
from bot.evaluation.intervals import wilson
from bot.evaluation.measures import Share
from bot.evaluation.pictures import STYLE, save
from bot.evaluation.sets import MessageSet

COLOURS: Final = ("#1f5f8b", "#6fa8cc", "#b03a2e", "#c98a1b", "#5b8c5a", "#8a8a8a")
SHOWN: Final = {
    "covered question: a right topic is answered": "right topic",
    "several questions: all answered, up to three": "all of several",
    "not covered: honest refusal": "honest refusal",
    "anything without a covered question: nothing wrong is answered": "nothing wrong\nwhere uncovered",
    "tier 1 concern recognised": "tier 1\nrecognised",
    "tier 2 concern recognised": "tier 2\nrecognised",
    "wrong answer, of all messages": "wrong answer\n(less is better)",
    "false alarm: hard negative": "alarm, hard negative\n(less is better)",
    "false alarm: anything without concern": "alarm, no concern\n(less is better)",
}


def draw_accuracy(path: Path, name: str, found: Mapping[str, MessageSet]) -> None:
    """Bars with 95% intervals: one group a measure, one bar a system."""
    rows = {system: {share.name: share for share in judged.rows} for system, judged in found.items()}
    measures = [measure for measure in SHOWN if any(measure in own for own in rows.values())]
    width = 0.8 / max(1, len(rows))
    with pyplot.rc_context(STYLE):
        figure, axis = pyplot.subplots(figsize=(max(6.0, 1.35 * len(measures)), 4.5))
        for index, (system, own) in enumerate(rows.items()):
            shown = [(place, own[measure]) for place, measure in enumerate(measures) if measure in own]
            axis.bar(
                [place + (index - (len(rows) - 1) / 2) * width for place, _ in shown],
                [100 * share.value for _, share in shown],
                width,
                yerr=[[_below(share) for _, share in shown], [_above(share) for _, share in shown]],
                color=COLOURS[index],
                error_kw={"elinewidth": 0.8, "ecolor": "#333333"},
                label=TITLES[system],
            )
        axis.set_xticks(range(len(measures)))
        axis.set_xticklabels([SHOWN[measure] for measure in measures], fontsize=7)
        axis.set(ylim=(0, 103), ylabel="%", title=name)
        axis.legend(fontsize=7, ncol=3, loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
        save(figure, path)


def draw_costs(path: Path, run: Run) -> None:
    """CPU a message, memory while serving, time to train."""
    costs = [run.costs[system] for system in run.systems]
    panels = (
        ("CPU a message, ms", [served.cpu_ms for _, served in costs]),
        ("peak memory while serving, MB", [served.peak_mb for _, served in costs]),
        ("training, s", [trained.seconds for trained, _ in costs]),
    )
    titles = [TITLES[system] for system in run.systems]
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(1, len(panels), figsize=(11, 2.8), sharey=True)
        for axis, (title, values) in zip(axes, panels, strict=True):
            axis.barh(titles, values, color=COLOURS[: len(values)])
            for place, value in enumerate(values):
                axis.annotate(f" {value:.3g}", (value, place), va="center", fontsize=7)
            axis.set(title=title)
            axis.margins(x=0.18)
        axes[0].invert_yaxis()
        save(figure, path)


def _below(share: Share) -> float:
    return max(0.0, 100 * (share.value - wilson(share.hits, share.total).low))


def _above(share: Share) -> float:
    return max(0.0, 100 * (wilson(share.hits, share.total).high - share.value))
