"""Whatever comes in whatever order: the assistant says nothing inside a hold, and no message is lost."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.conversations.errors import HeldByAnother
from bot.conversations.hand_over import RECEIVED, TAKEN
from bot.conversations.turns import Turn
from bot.conversations.values import RETURNED, Message
from bot.database import Database
from tests.support.holding import MINUTE, Chat, Clinician, new_clinician
from tests.support.world import jobs_of, rows

TEXTS = ("hi there", "can i drink wine", "since tuesday", "I think I'm pregnant", "I feel very low")
# What the assistant may say while a clinician holds the conversation.
ALLOWED = {"notice", "urgent_help"}


def in_holds(messages: list[Message]) -> list[list[Message]]:
    """What was stored inside each hold: after the notice that it began, before the one that it was over."""
    holds: list[list[Message]] = []
    held = False
    for message in messages:
        name = message.custom.get("notice")
        if name == TAKEN:
            holds.append([])
        held = name == TAKEN or (held and name != RETURNED)
        if held:
            holds[-1].append(message)
    return holds


def silent_inside_holds(messages: list[Message]) -> None:
    """By the order in which they were stored, and by their times."""
    spans: list[tuple[Message, Message | None]] = []
    for message in messages:
        name = message.custom.get("notice")
        if name in (TAKEN, RETURNED) and spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], message)
        if name == TAKEN:
            spans.append((message, None))
    answers = [m for m in messages if m.author == "assistant" and m.kind not in ALLOWED]
    for began, over in spans:
        for answer in answers:
            before = answer.seq < began.seq and answer.created_at <= began.created_at
            after = over is not None and answer.seq > over.seq and answer.created_at >= over.created_at
            assert before or after, f"{answer.kind} {answer.seq} inside a hold"


class Interleaved(RuleBasedStateMachine):
    database: Database
    clinicians: tuple[Clinician, Clinician]

    def __init__(self) -> None:
        super().__init__()
        self.chat = Chat(self.database)
        self.said: list[UUID] = []
        self.replied: list[UUID] = []
        self.running: list[Turn] = []

    @rule(text=st.sampled_from(TEXTS))
    def the_patient_writes(self, text: str) -> None:
        message = self.chat.says(text)
        self.said.append(message.id)
        if not self.running and message.answered_at is None:
            self.running.append(self.chat.begin(message))

    @precondition(lambda self: self.running)
    @rule()
    def the_turn_ends(self) -> None:
        turn = self.running.pop()
        if not self.chat.finish(turn):
            assert any(m.id == turn.message.id and m.answered_at for m in self.chat.messages())

    @rule(who=st.integers(0, 1), take_over=st.booleans())
    def somebody_takes_it(self, who: int, take_over: bool) -> None:
        try:
            assert (
                self.chat.take(self.clinicians[who], take_over=take_over).user_id == self.clinicians[who].id
            )
        except HeldByAnother as refused:
            assert refused.name != self.clinicians[who].name and not take_over

    @rule(who=st.integers(0, 1), words=st.sampled_from(("Hello", "Please call us", "How are you?")))
    def somebody_replies(self, who: int, words: str) -> None:
        try:
            reply = self.chat.reply(self.clinicians[who], words)
        except HeldByAnother as refused:
            assert refused.name != self.clinicians[who].name
        else:
            if reply not in self.replied:
                self.replied.append(reply)

    @rule(who=st.integers(0, 1))
    def somebody_gives_it_back(self, who: int) -> None:
        self.chat.give_back(self.clinicians[who])
        assert self.chat.holder() is None

    @rule(minutes=st.sampled_from((1, 29, 45)), chore=st.booleans())
    def time_passes(self, minutes: int, chore: bool) -> None:
        self.chat.clock.pass_(minutes * MINUTE)
        if chore:
            self.chat.chore()
            assert (self.chat.holder() is None) == (self._stored_holder() is None)

    def _stored_holder(self) -> object:
        return rows(self.database, "SELECT held_by FROM conversations WHERE id = :c", c=self.chat.id)[
            0
        ].held_by

    @invariant()
    def all_is_well(self) -> None:
        messages = list(self.chat.messages())
        silent_inside_holds(messages)
        nothing_is_lost_or_doubled(messages, self.said, self.replied)
        a_hold_has_one_notice_for_messages(messages)

    def teardown(self) -> None:
        """Every message has a turn or a clinician to read it, and every concern a case."""
        asked = {job.args["message_id"] for job in jobs_of(self.database, self.chat.id)}
        cases = rows(self.database, "SELECT category FROM cases WHERE conversation_id = :c", c=self.chat.id)
        written = [message for message in self.chat.messages() if message.author == "patient"]
        for message in written:
            assert (str(message.id) in asked) != bool(message.custom.get("held"))
            assert message.answered_at is not None or not message.custom.get("held")
        assert {m.concern for m in written if m.concern} == {case.category for case in cases}


def nothing_is_lost_or_doubled(messages: list[Message], said: list[UUID], replied: list[UUID]) -> None:
    assert [m.id for m in messages if m.author == "patient"] == said
    assert [m.id for m in messages if m.author == "clinician"] == replied
    assert [m.seq for m in messages] == list(range(1, len(messages) + 1))


def a_hold_has_one_notice_for_messages(messages: list[Message]) -> None:
    for hold in in_holds(messages):
        names = [m.custom.get("notice") for m in hold]
        assert names.count(RECEIVED) == int(any(m.author == "patient" for m in hold))


@pytest.fixture(scope="module")
def machine(database: Database) -> type[Interleaved]:
    # A thousand small transactions: nothing here is about surviving a power cut.
    with database.transaction() as session:
        name = session.execute(sa.text("SELECT current_database()")).scalar_one()
        session.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    database.dispose()
    Interleaved.database = database
    Interleaved.clinicians = (new_clinician(database, "Dr Lee"), new_clinician(database, "Sam Ng"))
    return Interleaved


def test_under_any_interleaving(machine: type[Interleaved]) -> None:
    few = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        # Shrinking on a database takes minutes; the steps that failed are printed all the same.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=few)
