"""Tells a patient whether anybody at the clinic has seen their message, on whatever channel they use."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from bot.cases import ladder
from bot.cases import repository as cases
from bot.conversations import repository as conversations
from bot.conversations.values import Conversation, Draft
from bot.escalation.ladder_case import LadderCase
from bot.escalation.patient_words import PatientWords

UNSEEN: Final = "case_unseen"
SEEN: Final = "case_seen"


class PatientTruth:
    """Stores the notices, in the caller's transaction, which has locked the conversation and then the case.

    Nothing is said in a conversation that its patient has deleted.
    """

    def __init__(self, words: PatientWords) -> None:
        self._words = words

    def tell_unseen(self, session: Session, case: LadderCase, now: datetime) -> None:
        """The deadline has passed and nobody has acknowledged the case."""
        conversation = _living(session, case)
        if conversation is None:
            return
        message = conversations.message(session, case.message_id)
        language = message.reading.language if message is not None and message.reading is not None else None
        text = self._words.unseen(case.reference, case.category, case.tier, conversation.region, language)
        self._tell(session, case, conversation, UNSEEN, "patient_told_unseen", text, now)

    def tell_seen(self, session: Session, case: LadderCase, now: datetime) -> None:
        """A clinician has acknowledged the case; nothing where one has written to the patient: that says more."""
        conversation = _living(session, case)
        if conversation is not None and not conversations.clinician_wrote(
            session, case.conversation_id, case.ladder_started_at
        ):
            text = self._words.seen(case.reference, conversation.region)
            self._tell(session, case, conversation, SEEN, "patient_told_seen", text, now)

    @staticmethod
    def _tell(
        session: Session,
        case: LadderCase,
        conversation: Conversation,
        name: str,
        event: str,
        text: str,
        now: datetime,
    ) -> None:
        draft = Draft("notice", text, custom={"notice": name})
        message = conversations.add_message_to_patient(session, conversation, draft, None, now)
        details = {"round": case.ladder_round, "tier": case.tier}
        cases.add_event(session, case.id, event, ladder.ACTOR, now, message_id=message, details=details)


def _living(session: Session, case: LadderCase) -> Conversation | None:
    found = conversations.conversation(session, case.conversation_id)
    return None if found is None or found.deleted_at is not None else found
