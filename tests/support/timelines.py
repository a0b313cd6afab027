"""Made-up conversations and cases with times of our choosing, put straight into the tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from bot.cases.references import new_reference
from bot.database import Database
from bot.understanding.reading import Reading

Happening = tuple[str, float] | tuple[str, float, Mapping[str, Any]]
"""Kind, minutes after the opening, details."""


@dataclass
class MadeUp:
    """Writes rows; `start` is the time from which minutes are counted."""

    database: Database
    start: datetime
    conversations: list[UUID] = field(default_factory=list)

    def at(self, minutes: float) -> datetime:
        return self.start + timedelta(minutes=minutes)

    def conversation(self, channel: str = "widget", *, deleted: bool = False) -> UUID:
        found = uuid4()
        self._run(
            "INSERT INTO conversations (id, channel, region, language, created_at, deleted_at)"
            " VALUES (:id, :channel, 'US', 'en', :at, :deleted)",
            id=found,
            channel=channel,
            at=self.start,
            deleted=self.start if deleted else None,
        )
        self.conversations.append(found)
        return found

    def wrote(
        self,
        conversation: UUID,
        text: str,
        minutes: float = 0.0,
        *,
        reading: Reading | None = None,
        kind: str = "text",
        concern: str | None = None,
        answered: bool = True,
        custom: Mapping[str, Any] | None = None,
    ) -> UUID:
        """A patient's message, read as `reading`."""
        found = uuid4()
        self._run(
            "INSERT INTO messages (id, conversation_id, author, kind, text, topics, concern, reading, custom,"
            " created_at, answered_at) VALUES (:id, :conversation, 'patient', :kind, :text, :topics, :concern,"
            " CAST(:reading AS jsonb), CAST(:custom AS jsonb), :at, :answered)",
            id=found,
            conversation=conversation,
            kind=kind,
            text=text,
            topics=list(reading.topics) if reading is not None else [],
            concern=concern,
            reading=None if reading is None else json.dumps(reading.to_dict()),
            custom=json.dumps(dict(custom or {})),
            at=self.at(minutes),
            answered=self.at(minutes) if answered else None,
        )
        return found

    def said(
        self,
        conversation: UUID,
        to: UUID | None,
        minutes: float = 0.0,
        *,
        kind: str = "answer",
        author: str = "assistant",
        topics: Sequence[str] = (),
        buttons: Sequence[tuple[str, str]] = (),
    ) -> UUID:
        """A message to the patient."""
        found = uuid4()
        self._run(
            "INSERT INTO messages (id, conversation_id, author, kind, text, topics, in_reply_to, buttons, created_at)"
            " VALUES (:id, :conversation, :author, :kind, 'words', :topics, :to, CAST(:buttons AS jsonb), :at)",
            id=found,
            conversation=conversation,
            author=author,
            kind=kind,
            topics=list(topics),
            to=to,
            buttons=json.dumps(
                [{"id": uuid4().hex, "title": title, "payload": payload} for title, payload in buttons]
            ),
            at=self.at(minutes),
        )
        return found

    def case(
        self,
        tier: int,
        happenings: Sequence[Happening] = (),
        minutes: float = 0.0,
        *,
        category: str = "concern_mood",
        channel: str = "widget",
        resolution: str | None = None,
        opened_tier: int | None = None,
    ) -> UUID:
        """A case opened `minutes` after the start; `tier` is what it is now, `opened_tier` what it was at first."""
        conversation = self.conversation(channel)
        message = self.wrote(conversation, "words", minutes, concern=category)
        found = uuid4()
        self._run(
            "INSERT INTO cases (id, reference, conversation_id, message_id, category, tier, state, evidence,"
            " evidence_start, evidence_end, reason, detector_version, channel, opened_at, due_at, updated_at,"
            " resolved_reason, resolution) VALUES (:id, :reference, :conversation, :message, :category, :tier, :state,"
            " 'words', 0, 5, 'a reason', 'v1', :channel, :at, :at, :at, :why, :resolution)",
            id=found,
            reference=new_reference(),
            conversation=conversation,
            message=message,
            category=category,
            tier=tier,
            state="resolved" if resolution else "open",
            channel=channel,
            at=self.at(minutes),
            why="done" if resolution else None,
            resolution=resolution,
        )
        opening: Happening = ("opened", 0.0, {"category": category, "tier": opened_tier or tier})
        for happening in (opening, *happenings):
            kind, after, *details = happening
            self._run(
                "INSERT INTO case_events (case_id, kind, actor, at, details)"
                " VALUES (:case, :kind, 'somebody', :at, CAST(:details AS jsonb))",
                case=found,
                kind=kind,
                at=self.at(minutes + after),
                details=json.dumps(dict(details[0]) if details else {}),
            )
        return found

    def rated(self, message: UUID, helpful: bool, minutes: float = 0.0) -> None:
        self._run(
            "INSERT INTO ratings (message_id, helpful, at) VALUES (:id, :helpful, :at)",
            id=message,
            helpful=helpful,
            at=self.at(minutes),
        )

    def unanswered(
        self, text: str, minutes: float = 0.0, channel: str = "widget", status: str = "new"
    ) -> None:
        """A question that is not covered, in a conversation of its own."""
        conversation = self.conversation(channel)
        message = self.wrote(conversation, text, minutes, reading=Reading(text, "not_in_source", 0.9))
        self._run(
            "INSERT INTO unanswered_questions (message_id, text, channel, status, at)"
            " VALUES (:message, :text, :channel, :status, :at)",
            message=message,
            text=text,
            channel=channel,
            status=status,
            at=self.at(minutes),
        )

    def _run(self, statement: str, **values: Any) -> None:
        with self.database.transaction() as session:
            session.execute(sa.text(statement), values)
