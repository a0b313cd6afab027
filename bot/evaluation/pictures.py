"""Reliability diagram and price curves as SVG: the same numbers give the same file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from bot.evaluation.calibration import Reliability
from bot.evaluation.prices import Price

BLUE: Final = "#1f5f8b"
GREY: Final = "#8a8a8a"
RED: Final = "#b03a2e"
STYLE: Final = {
    "svg.hashsalt": "isotretinoin-assistant",
    "svg.fonttype": "path",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw_reliability(path: Path, found: Mapping[str, Reliability], title: str) -> None:
    """One panel for each probability: what was said against what came true, with 95% intervals."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(1, len(found), figsize=(4.2 * len(found), 4.2), squeeze=False)
        for axis, (name, result) in zip(axes[0], found.items(), strict=True):
            said = [b.said for b in result.bins]
            share = [b.share for b in result.bins]
            below = [max(0.0, b.share - b.interval.low) for b in result.bins]
            above = [max(0.0, b.interval.high - b.share) for b in result.bins]
            axis.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
            axis.errorbar(said, share, yerr=[below, above], color=BLUE, marker="o", markersize=4, capsize=2)
            for b in result.bins:
                axis.annotate(str(b.count), (b.said, 0.02), ha="center", color=GREY, fontsize=7)
            axis.set(
                xlim=(0, 1),
                ylim=(0, 1.02),
                xlabel="probability given (grey: messages)",
                ylabel="share that came true",
                title=f"{name}: expected calibration error {result.error:.3f}",
            )
        figure.suptitle(title)
        save(figure, path)


def draw_prices(path: Path, answers: Sequence[Price], alarms: Sequence[Price], title: str) -> None:
    """Two curves by threshold; the one in the middle of each is in use and red."""
    panels = (
        (answers, "needless refusals, of covered questions", "wrong answers, of all messages"),
        (alarms, "missed concerns", "false alarms, of messages without one"),
    )
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(1, 2, figsize=(9, 4.2))
        for axis, (curve, across, up) in zip(axes, panels, strict=True):
            axis.plot(
                [100 * p.missed for p in curve],
                [100 * p.wrong for p in curve],
                color=BLUE,
                marker="o",
                markersize=4,
            )
            for index, point in enumerate(curve):
                used = index == len(curve) // 2
                place = (100 * point.missed, 100 * point.wrong)
                if used:
                    axis.plot(*place, color=RED, marker="o", markersize=8)
                axis.annotate(
                    f"{point.threshold:.2f}",
                    place,
                    textcoords="offset points",
                    xytext=(5, 5),
                    fontsize=7,
                    color=RED if used else GREY,
                )
            axis.set(xlabel=f"{across}, %", ylabel=f"{up}, %")
            axis.set_xlim(left=0)
            axis.set_ylim(bottom=0)
        figure.suptitle(title)
        save(figure, path)


def save(figure: Any, path: Path) -> None:
    """As SVG without a date, so that the same picture is the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    # Matplotlib ends lines of paths with blanks.
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")
