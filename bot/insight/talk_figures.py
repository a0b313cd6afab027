"""What patients asked in a period and what came of it. The SQL of it, in the caller's transaction.

Counted are patients' messages; a press that rates an answer is none. A message has one *outcome*:

- answered, or answered in part: it was read as a question that the sources cover, wholly or partly;
- refused: the sources do not cover it, or it is in another language or about something else;
- asked_back: it was not understood, or might have been a concern, and the patient was asked;
- failed: nothing came back, or an apology for a fault;
- to_clinician: a clinician held the conversation, and no answer of the assistant was wanted;
- concern: it opened a case or added to one; talk: greetings, thanks, contact details and the like;
- deleted: the patient has had the conversation deleted, and nobody knows any more.

A conversation *dropped off* when its last message from the patient was refused, asked back or failed, no clinician
wrote after it, and an hour has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.conversations.rating import RATED
from bot.conversations.rules_only import UNREAD
from bot.insight.period import Period
from bot.understanding.labels import (
    ASK_TOPIC,
    CLARIFY_CONCERN,
    FAQ,
    FOLLOW_UP,
    NOT_IN_SOURCE,
    OTHER_LANGUAGE,
    OUT_OF_SCOPE,
    PERSONAL_DOSE,
    UNSURE,
)

QUESTIONS: Final = ("answered", "in_part", "refused", "asked_back", "failed")
"""The outcomes of what was a question; the others were none, or nobody knows."""
OUTCOMES: Final = (*QUESTIONS, "to_clinician", "concern", "talk", "deleted")
UNHELPED: Final = ("refused", "asked_back", "failed")
OVER_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Day:
    day: date
    messages: int
    conversations: int


@dataclass(frozen=True)
class TopicCount:
    """How often a topic was asked about, and what patients thought of its answers."""

    topic: str
    messages: int
    conversations: int
    helped: int
    missed: int


@dataclass(frozen=True)
class SampleReview:
    """The weekly samples of the period's weeks: how many were picked and read, and what was found wrong."""

    picked: int
    reviewed: int
    missed_concerns: int


@dataclass(frozen=True)
class TalkFigures:
    """`outcomes`: every outcome with its count. `drop_offs`: conversations by the outcome of their last message."""

    days: tuple[Day, ...]
    outcomes: dict[str, int]
    topics: tuple[TopicCount, ...]
    conversations: int
    over: int
    drop_offs: dict[str, int]
    helped: int
    missed: int
    asked: int
    samples: SampleReview

    @property
    def messages(self) -> int:
        return sum(day.messages for day in self.days)


_ASKED: Final = """
    WITH asked AS (
        SELECT message.id, message.conversation_id, message.seq, message.created_at, message.topics,
            CASE
                WHEN message.reading IS NULL THEN 'deleted'
                WHEN message.concern IS NOT NULL THEN 'concern'
                WHEN message.custom ->> 'held' IS NOT NULL THEN 'to_clinician'
                WHEN message.reading ->> 'intent' = :unread OR message.answered_at IS NULL OR EXISTS (
                    SELECT FROM messages AS reply WHERE reply.in_reply_to = message.id AND reply.kind = 'apology')
                    THEN 'failed'
                WHEN message.reading ->> 'intent' = ANY(:answering) THEN
                    CASE WHEN (message.reading ->> 'uncovered')::boolean THEN 'in_part'
                         WHEN message.reading ->> 'clarify' IS NOT NULL THEN 'asked_back'
                         ELSE 'answered' END
                WHEN message.reading ->> 'intent' = ANY(:refusing) THEN 'refused'
                WHEN message.reading ->> 'intent' = ANY(:asking) THEN 'asked_back'
                ELSE 'talk'
            END AS outcome
        FROM messages AS message
        WHERE message.author = 'patient' AND NOT COALESCE(jsonb_exists(message.custom, :rated), false)
    ), within AS (
        SELECT * FROM asked WHERE created_at >= :start AND created_at < :end
    )
"""
_READ: Final = {
    "unread": UNREAD,
    "rated": RATED,
    "answering": [FAQ, ASK_TOPIC, FOLLOW_UP, PERSONAL_DOSE],
    "refusing": [NOT_IN_SOURCE, OUT_OF_SCOPE, OTHER_LANGUAGE],
    "asking": [UNSURE, CLARIFY_CONCERN],
}
_DAYS: Final = sa.text(
    _ASKED
    + """
    SELECT day::date AS day, count(within.id) AS messages, count(DISTINCT within.conversation_id) AS conversations
    FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS day
    LEFT JOIN within ON (within.created_at AT TIME ZONE 'UTC')::date = day::date
    GROUP BY 1 ORDER BY 1
    """
)
_OUTCOMES: Final = sa.text(_ASKED + "SELECT outcome, count(*) AS messages FROM within GROUP BY 1")
_TOPICS: Final = sa.text(
    _ASKED
    + """
    , counted AS (
        SELECT topic, count(*) AS messages, count(DISTINCT conversation_id) AS conversations
        FROM within, unnest(topics) AS topic WHERE outcome <> 'deleted' GROUP BY 1
    ), thought AS (
        SELECT topic, count(*) FILTER (WHERE helpful) AS helped, count(*) FILTER (WHERE NOT helpful) AS missed
        FROM ratings JOIN messages AS answer ON answer.id = ratings.message_id, unnest(answer.topics) AS topic
        WHERE ratings.at >= :start AND ratings.at < :end GROUP BY 1
    )
    SELECT topic, COALESCE(messages, 0) AS messages, COALESCE(conversations, 0) AS conversations,
        COALESCE(helped, 0) AS helped, COALESCE(missed, 0) AS missed
    FROM counted FULL JOIN thought USING (topic) ORDER BY 2 DESC, 1
    """
)
_CONVERSATIONS: Final = sa.text(_ASKED + "SELECT count(DISTINCT conversation_id) FROM within")
_DROP_OFFS: Final = sa.text(
    _ASKED
    + """
    , latest AS (
        SELECT DISTINCT ON (conversation_id) conversation_id, seq, created_at, outcome
        FROM asked ORDER BY conversation_id, seq DESC
    )
    SELECT outcome, count(*) AS conversations FROM latest
    WHERE created_at >= :start AND created_at < :end AND created_at <= :over AND outcome <> 'deleted'
      AND NOT EXISTS (
        SELECT FROM messages AS later WHERE later.conversation_id = latest.conversation_id
          AND later.author = 'clinician' AND later.seq > latest.seq)
    GROUP BY 1
    """
)
_RATINGS: Final = sa.text(
    "SELECT count(*) FILTER (WHERE helpful) AS helped, count(*) FILTER (WHERE NOT helpful) AS missed"
    " FROM ratings WHERE at >= :start AND at < :end"
)
_RATING_ASKED: Final = sa.text(
    "SELECT count(*) FROM messages WHERE author = 'assistant' AND created_at >= :start AND created_at < :end"
    " AND buttons @> CAST(:button AS jsonb)"
)
_SAMPLES: Final = sa.text(
    "SELECT count(*) AS picked, count(reviewed_at) AS reviewed, count(concern) AS missed_concerns"
    " FROM review_samples WHERE week >= CAST(:first AS date) - 6 AND week <= :last"
)
_RATING_BUTTON: Final = '[{"payload": "/rate{\\"helpful\\": true}"}]'


def talk_figures(session: Session, period: Period, now: datetime) -> TalkFigures:
    """What was asked and rated in the period; drop-offs as they stand `now`."""
    within = {"start": period.start, "end": period.end}
    asked = {**_READ, **within}
    days = session.execute(_DAYS, {**asked, "first": period.first, "last": period.last})
    outcomes = {row.outcome: int(row.messages) for row in session.execute(_OUTCOMES, asked)}
    ended = session.execute(_DROP_OFFS, {**asked, "over": now - OVER_AFTER})
    ends = {row.outcome: int(row.conversations) for row in ended}
    rated = session.execute(_RATINGS, within).one()
    samples = session.execute(_SAMPLES, {"first": period.first, "last": period.last}).one()
    return TalkFigures(
        days=tuple(Day(**row._mapping) for row in days),
        outcomes={outcome: outcomes.get(outcome, 0) for outcome in OUTCOMES},
        topics=tuple(TopicCount(**row._mapping) for row in session.execute(_TOPICS, asked)),
        conversations=int(session.execute(_CONVERSATIONS, asked).scalar_one()),
        over=sum(ends.values()),
        drop_offs={outcome: ends.get(outcome, 0) for outcome in UNHELPED},
        helped=rated.helped,
        missed=rated.missed,
        asked=int(session.execute(_RATING_ASKED, {**within, "button": _RATING_BUTTON}).scalar_one()),
        samples=SampleReview(**samples._mapping),
    )
