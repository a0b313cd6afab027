"""Figures as tables: what the page lays out, and what a CSV file holds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.cases.words import CATEGORIES, TIERS
from bot.insight.case_figures import BREACHES, STEPS, CaseCount, CaseFigures, WaitTimes
from bot.insight.numbers import FEWEST, NONE, TOO_FEW, duration, share_words
from bot.insight.period import day_words
from bot.insight.talk_figures import OUTCOMES, QUESTIONS, UNHELPED, TalkFigures

Cell = str | int
Titles = Mapping[str, str]
"""Topic -> what people call it."""

RESOLUTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "contacted": "Contacted",
        "referred": "Referred",
        "false_positive": "False positive",
        "duplicate": "Duplicate",
        "could_not_reach": "Could not reach",
        "other": "Other",
        "": "Unresolved",
    }
)
CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {"widget": "Website", "telegram": "Telegram", "slack": "Slack"}
)
STEP_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "notified": "Clinic notified",
        "acknowledged": "Acknowledged",
        "started": "Work started",
        "contacted": "Patient contacted",
    }
)
BREACH_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deadline_missed": "Not acknowledged in time",
        "lapsed": "Acknowledgement lapsed",
        "nobody_to_page": "Nobody to page",
        "delivery_failed": "Notification failed",
    }
)
OUTCOME_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "answered": "Answered",
        "in_part": "Answered in part",
        "refused": "Not covered",
        "asked_back": "Asked back",
        "failed": "No answer (a fault)",
        "to_clinician": "Written to a clinician",
        "concern": "A concern",
        "talk": "No question",
        "deleted": "Deleted by the patient",
    }
)
DROP_OFF_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "refused": "After a question that is not covered",
        "asked_back": "After being asked back",
        "failed": "After no answer (a fault)",
    }
)


@dataclass(frozen=True)
class Table:
    """`name` is also the CSV file's. The first column heads its row."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tier_words(tier: int) -> str:
    """Now (tier 1)"""
    return f"{TIERS[tier]} (tier {tier})"


def _counted_by(
    name: str, title: str, head: str, figures: CaseFigures, value: Callable[[CaseCount], str]
) -> Table:
    counts: Counter[str] = Counter()
    for found in figures.counts:
        counts[value(found)] += found.count
    total = figures.total
    rows = [
        (label, count, share_words(count, total))
        for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Table(name, title, (head, "Cases", "Share"), tuple(rows))


def categories(figures: CaseFigures) -> Table:
    """Each category with its tiers."""
    counts: dict[str, Counter[int]] = {}
    for found in figures.counts:
        counts.setdefault(found.category, Counter())[found.tier] += found.count
    ordered = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            CATEGORIES[category],
            sum(tiers.values()),
            *(tiers[tier] for tier in TIERS),
            share_words(sum(tiers.values()), figures.total),
        )
        for category, tiers in ordered
    )
    columns = ("Concern", "Cases", *(f"Tier {tier}" for tier in TIERS), "Share")
    return Table("cases-by-concern", "Cases by concern and urgency", columns, rows)


def tiers(figures: CaseFigures) -> Table:
    found = _counted_by(
        "cases-by-urgency", "Cases by urgency", "Urgency", figures, lambda count: tier_words(count.tier)
    )
    order = {tier_words(tier): tier for tier in TIERS}
    return Table(
        found.name,
        found.title,
        found.columns,
        tuple(sorted(found.rows, key=lambda row: order[str(row[0])])),
    )


def channels(figures: CaseFigures) -> Table:
    return _counted_by(
        "cases-by-channel",
        "Cases by channel",
        "Channel",
        figures,
        lambda count: CHANNELS.get(count.channel, count.channel),
    )


def resolutions(figures: CaseFigures) -> Table:
    return _counted_by(
        "cases-by-resolution",
        "Cases by resolution",
        "Resolution",
        figures,
        lambda count: RESOLUTIONS.get(count.resolution, count.resolution),
    )


def waits(figures: CaseFigures) -> Table:
    columns = (
        "Urgency and step",
        "Waits",
        "Got there",
        "Not yet",
        "Half within",
        "95% within",
        "Longest",
    )
    return Table(
        "times", "How long patients waited", columns, tuple(_wait_row(found) for found in figures.waits)
    )


def _wait_row(found: WaitTimes) -> tuple[Cell, ...]:
    label = f"{tier_words(found.tier)}: {STEP_WORDS[found.step].lower()}"
    return (
        label,
        found.waits,
        found.reached,
        found.open_still,
        _time(found, found.median),
        _time(found, found.p95),
        NONE if found.longest is None else duration(found.longest),
    )


def _time(found: WaitTimes, seconds: float | None) -> str:
    if seconds is None:
        return NONE
    return duration(seconds) if found.reached >= FEWEST else TOO_FEW


def times_by_tier(figures: CaseFigures, tier: int) -> Sequence[WaitTimes]:
    """The steps of a tier in their order; empty when it had no wait."""
    found = {times.step: times for times in figures.waits if times.tier == tier}
    return [found[step] for step in STEPS if step in found]


def breaches(figures: CaseFigures) -> Table:
    """Every kind, also those that did not happen: that nothing is there is what one wants to read."""
    rows: list[tuple[Cell, ...]] = []
    for kind in BREACHES:
        found = [breach for breach in figures.breaches if breach.kind == kind]
        by_tier = {breach.tier: breach.events for breach in found}
        rows.append(
            (
                BREACH_WORDS[kind],
                sum(by_tier.values()),
                sum(breach.cases for breach in found),
                *(by_tier.get(tier, 0) for tier in TIERS),
            )
        )
    columns = ("What went wrong", "Times", "Cases", *(f"Tier {tier}" for tier in TIERS))
    return Table("breaches", "When telling the clinic went wrong", columns, tuple(rows))


def days(figures: TalkFigures) -> Table:
    rows = tuple((day_words(day.day), day.messages, day.conversations) for day in figures.days)
    return Table(
        "messages-by-day", "Messages a day", ("Day (UTC)", "Patients' messages", "Conversations"), rows
    )


def outcomes(figures: TalkFigures) -> Table:
    questions = sum(figures.outcomes[outcome] for outcome in QUESTIONS)
    rows = tuple(
        (
            OUTCOME_WORDS[outcome],
            figures.outcomes[outcome],
            share_words(figures.outcomes[outcome], questions) if outcome in QUESTIONS else NONE,
        )
        for outcome in OUTCOMES
    )
    return Table(
        "outcomes", "What came of patients' messages", ("Outcome", "Messages", "Share of questions"), rows
    )


def topics(figures: TalkFigures, titles: Titles) -> Table:
    rows = tuple(
        (
            titles.get(found.topic, found.topic),
            found.messages,
            found.conversations,
            found.helped,
            found.missed,
        )
        for found in figures.topics
    )
    columns = ("Topic", "Messages", "Conversations", "Helped", "Missed")
    return Table("topics", "Topics asked about", columns, rows)


def drop_offs(figures: TalkFigures) -> Table:
    rows = tuple(
        (
            DROP_OFF_WORDS[outcome],
            figures.drop_offs[outcome],
            share_words(figures.drop_offs[outcome], figures.over),
        )
        for outcome in UNHELPED
    )
    return Table(
        "drop-offs",
        "Conversations that ended without help",
        ("Where they ended", "Conversations", "Share of those that ended"),
        rows,
    )


def ratings(figures: TalkFigures) -> Table:
    given = figures.helped + figures.missed
    rows = (
        ("This helped", figures.helped, share_words(figures.helped, given)),
        ("Not what I asked", figures.missed, share_words(figures.missed, given)),
    )
    return Table("ratings", "What patients thought of answers", ("Rating", "Answers", "Share"), rows)


def samples(figures: TalkFigures) -> Table:
    found = figures.samples
    rows = (
        ("Messages picked", found.picked, NONE),
        ("Read by a person", found.reviewed, share_words(found.reviewed, found.picked)),
        (
            "With a concern that was missed",
            found.missed_concerns,
            share_words(found.missed_concerns, found.reviewed),
        ),
    )
    columns = ("Weekly sample", "Messages", "Share of the line above")
    return Table("weekly-sample", "The weekly sample", columns, rows)


def all_tables(cases: CaseFigures, talk: TalkFigures, titles: Titles) -> dict[str, Table]:
    """By name, in the order of the page."""
    found = (
        categories(cases),
        tiers(cases),
        channels(cases),
        resolutions(cases),
        waits(cases),
        breaches(cases),
        days(talk),
        outcomes(talk),
        topics(talk, titles),
        drop_offs(talk),
        ratings(talk),
        samples(talk),
    )
    return {table.name: table for table in found}
