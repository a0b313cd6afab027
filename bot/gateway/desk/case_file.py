"""Gathers what the page of a case shows. Runs in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from bot.accounts.users import names_of, names_of_ids
from bot.cases import notes
from bot.cases import repository as cases
from bot.cases.errors import CaseNotFound
from bot.conversations import hand_over
from bot.conversations import repository as conversations
from bot.gateway.desk.case_view import CaseFile
from bot.outbox import repository as outbox

TRANSCRIPT_LIMIT: Final = 2_000


def load(session: Session, case_id: UUID, now: datetime) -> CaseFile:
    """Raises CaseNotFound."""
    case = cases.by_id(session, case_id)
    if case is None:
        raise CaseNotFound("there is no such case")
    conversation = conversations.conversation(session, case.conversation_id)
    assert conversation is not None, "conversations are emptied, never removed"
    events, written = cases.events(session, case_id), notes.of_case(session, case_id)
    actors = {event.actor for event in events} | {note.author for note in written}
    assignee = case.assignee_id
    return CaseFile(
        case=case,
        conversation=conversation,
        messages=conversations.latest(session, conversation.id, TRANSCRIPT_LIMIT),
        events=events,
        notes=written,
        sent=outbox.of_messages(session, conversation.id),
        parcels=outbox.of_case(session, case_id),
        told=cases.told(session, conversation.id),
        hold=hand_over.holder(session, conversation.id, now),
        reach=hand_over.reach(session, conversation.id, now),
        assignee="" if assignee is None else names_of_ids(session, [assignee]).get(assignee, ""),
        names=names_of(session, actors),
        others=[other for other in cases.of_conversation(session, conversation.id) if other.id != case_id],
    )
