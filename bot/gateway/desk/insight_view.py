"""The page of figures: which table has which chart, and the sentence that each chart says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from bot.cases.words import TIERS
from bot.insight import tables
from bot.insight.case_figures import CaseFigures
from bot.insight.charts import Bar, Point, bar_chart, line_chart, share_chart, span_chart, span_of
from bot.insight.numbers import FEWEST, counted, share_words
from bot.insight.tables import STEP_WORDS, Table, Titles, tier_words
from bot.insight.talk_figures import QUESTIONS, TalkFigures

MOST_TOPICS: Final = 15
LONGEST_SHOWN: Final = 14
"""Rows of a table before it scrolls."""


@dataclass(frozen=True)
class Block:
    """A table and, where there is something to draw, its chart. `note` stands below.

    `wide`: across the page; `beside`: across the page, the table next to the chart.
    """

    table: Table
    chart: Markup | None
    note: str = ""
    wide: bool = False
    beside: bool = False

    @property
    def scrolls(self) -> bool:
        return len(self.table.rows) > LONGEST_SHOWN


@dataclass(frozen=True)
class Part:
    """A heading with what is to be said first and its blocks."""

    id: str
    title: str
    says: str
    blocks: tuple[Block, ...]


def parts_of(cases: CaseFigures, talk: TalkFigures, titles: Titles) -> tuple[Part, ...]:
    """The page from top to bottom."""
    return (
        Part("cases", "Cases", _cases_say(cases), _case_blocks(cases)),
        Part("times", "How long patients waited", _WAITS_SAY, (_wait_block(cases), _breach_block(cases))),
        Part("questions", "What patients asked", _talk_says(talk), _talk_blocks(talk, titles)),
        Part("help", "Did it help?", _help_says(talk), (_rating_block(talk), _drop_off_block(talk))),
        Part("missed", "What was missed", _MISSED_SAY, (Block(tables.samples(talk), None, wide=True),)),
    )


def _cases_say(cases: CaseFigures) -> str:
    return f"{counted(cases.total, 'case was', 'cases were')} opened in these days."


_WAITS_SAY: Final = (
    "A wait begins when a case is opened, becomes more urgent, or is reopened. An acknowledgement that lapsed without "
    "action does not count: the clock runs on until the one that held."
)


def _case_blocks(cases: CaseFigures) -> tuple[Block, ...]:
    return (
        Block(tables.categories(cases), _bars(tables.categories(cases)), beside=True),
        Block(tables.tiers(cases), _bars(tables.tiers(cases))),
        Block(tables.channels(cases), _bars(tables.channels(cases))),
        Block(tables.resolutions(cases), _bars(tables.resolutions(cases)), beside=True),
    )


def _bars(table: Table, most: int | None = None) -> Markup | None:
    """The second column of a table as bars; none for an empty table."""
    rows = table.rows[:most]
    bars = [Bar(str(row[0]), int(row[1])) for row in rows]
    if not any(bar.value for bar in bars):
        return None
    says = "; ".join(f"{bar.label}: {bar.value}" for bar in bars)
    return Markup(bar_chart(f"chart-{table.name}", table.title, says, bars))


def _wait_block(cases: CaseFigures) -> Block:
    table = tables.waits(cases)
    spans = [
        span_of(
            f"{tier_words(tier)}: {STEP_WORDS[found.step].lower()}",
            found.median,
            found.p95,
        )
        for tier in TIERS
        for found in tables.times_by_tier(cases, tier)
        if found.median is not None and found.p95 is not None and found.reached >= FEWEST
    ]
    chart = None
    if spans:
        says = "; ".join(f"{span.label}: {span.words}" for span in spans)
        title = "Half of the waits ended at the dot, 95% by the ring"
        chart = Markup(span_chart("chart-times", title, says, spans))
    note = (
        "Dot: half of the waits were over by then. Ring: 95% were. The scale is logarithmic: each line on it is "
        f"several times the one before. With fewer than {FEWEST} waits only the longest is given. “Not yet” still "
        "waits. Contacted means a reply in the chat, or a case resolved as contacted."
    )
    if cases.overtaken:
        note += (
            f" {counted(cases.overtaken, 'wait was', 'waits were')} overtaken by a more urgent one before anybody "
            "had acknowledged it."
        )
    return Block(table, chart, note, wide=True)


def _breach_block(cases: CaseFigures) -> Block:
    table = tables.breaches(cases)
    return Block(table, _bars(table), "" if any(cases.breaches) else "None in these days.", beside=True)


def _talk_says(talk: TalkFigures) -> str:
    messages = counted(talk.messages, "message", "messages")
    return f"{messages} from patients in {counted(talk.conversations, 'conversation', 'conversations')}."


def _talk_blocks(talk: TalkFigures, titles: Titles) -> tuple[Block, ...]:
    topics = tables.topics(talk, titles)
    shown = "" if len(topics.rows) <= MOST_TOPICS else f"The chart shows the {MOST_TOPICS} most frequent."
    return (
        Block(tables.days(talk), _days(talk), wide=True),
        Block(tables.outcomes(talk), _outcomes(talk), beside=True),
        Block(topics, _bars(topics, MOST_TOPICS), shown, beside=True),
    )


def _days(talk: TalkFigures) -> Markup | None:
    if not talk.messages:
        return None
    points = [Point(f"{day.day.day} {day.day:%b}", day.messages) for day in talk.days]
    highest = max(talk.days, key=lambda day: day.messages)
    most = f"the most, {highest.messages}, on {highest.day.isoformat()}"
    says = f"{talk.messages} messages in {len(points)} days; {most}."
    return Markup(line_chart("chart-messages-by-day", "Patients' messages a day", says, points))


def _outcomes(talk: TalkFigures) -> Markup | None:
    questions = sum(talk.outcomes[outcome] for outcome in QUESTIONS)
    if not questions:
        return None
    bars = [
        Bar(
            tables.OUTCOME_WORDS[outcome],
            talk.outcomes[outcome],
            _with_share(talk.outcomes[outcome], questions),
        )
        for outcome in QUESTIONS
    ]
    return _shares("chart-outcomes", "What came of patients' questions", bars)


def _shares(name: str, title: str, bars: Sequence[Bar]) -> Markup:
    says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
    return Markup(share_chart(name, title, says, bars))


def _with_share(part: int, whole: int) -> str:
    return f"{part:,} ({share_words(part, whole)})" if whole >= FEWEST else str(part)


_MISSED_SAY: Final = (
    "People read a sample of the messages that raised no flag. It covers the weeks that these days touch."
)


def _help_says(talk: TalkFigures) -> str:
    given = talk.helped + talk.missed
    asked = counted(talk.asked, "answer", "answers")
    return (
        f"Patients were asked under {asked} whether it helped; {given:,} "
        f"{'rating was' if given == 1 else 'ratings were'} given. At most every third answer asks. People who are "
        "content, or cross, press more often than others: read it as a hint, not as a measurement."
    )


def _rating_block(talk: TalkFigures) -> Block:
    given = talk.helped + talk.missed
    bars = [
        Bar("This helped", talk.helped, _with_share(talk.helped, given)),
        Bar("Not what I asked", talk.missed, _with_share(talk.missed, given)),
    ]
    table = tables.ratings(talk)
    chart = _shares("chart-ratings", table.title, bars) if given else None
    return Block(table, chart, "" if given else "No ratings in these days.")


def _drop_off_block(talk: TalkFigures) -> Block:
    table = tables.drop_offs(talk)
    note = (
        f"{counted(talk.over, 'conversation has', 'conversations have')} ended in these days: an hour without a word. "
        "Here are those whose last message got no answer to its question, and no clinician wrote after it."
    )
    return Block(table, _bars(table), note)
