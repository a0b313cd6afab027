"""A clinician writes with a patient in Telegram: there, back, in pieces, and when the patient has shut the chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.accounts.users import DeskUser
from bot.cases import work
from bot.conversations import hand_over
from bot.conversations.hand_over import PASSED_ON, RECEIVED, TAKEN, Reach
from bot.conversations.service import utc_now
from bot.conversations.values import RETURNED
from bot.database import Database
from tests.support.desk import desk_user
from tests.support.servers import RasaStandIn
from tests.support.telegram_bot_api import BotApi, refusal
from tests.support.telegram_chat import Chat, until
from tests.support.world import rows

pytestmark = pytest.mark.usefixtures("job_worker")


@pytest.fixture(autouse=True)
def behaving(rasa: RasaStandIn) -> Iterator[None]:
    yield
    rasa.turns.clear()


@pytest.fixture(scope="module")
def lee(database: Database) -> DeskUser:
    return desk_user(database, "lee@clinic.example", name="Dr <Lee>")


def reply(database: Database, chat: Chat, who: DeskUser, text: str) -> None:
    with database.transaction() as session:
        work.reply(session, chat.cases()[0].id, who, text, utc_now())


def give_back(database: Database, chat: Chat, who: DeskUser) -> None:
    with database.transaction() as session:
        work.give_back(session, chat.cases()[0].id, who.email, utc_now())


def events(database: Database, chat: Chat) -> list[str]:
    query = "SELECT kind FROM case_events WHERE case_id = :c ORDER BY id"
    return [row.kind for row in rows(database, query, c=chat.cases()[0].id)]


def test_there_and_back(chat: Chat, database: Database, lee: DeskUser, rasa: RasaStandIn) -> None:
    chat.say("I think I'm pregnant")
    chat.wait_for(3)
    reply(database, chat, lee, "Please do a test <today> & tell me [M15].")
    joined, words = chat.wait_for(5)[3:]
    assert joined.text.startswith("Dr <Lee> from your dermatology clinic has joined this chat")
    assert words.text == "From your clinic: Dr <Lee>\nPlease do a test <today> & tell me [M15]."
    assert [(entity.type, entity.offset) for entity in words.entities] == [("b", 0)]
    chat.say("it is negative")
    chat.say("what now")
    saved = chat.wait_for(6)[5]
    assert saved.text.startswith("Your message is saved, and Dr <Lee> can read it here.")
    give_back(database, chat, lee)
    assert chat.wait_for(7)[6].text.startswith("Dr <Lee> has left this chat.")
    chat.say("can i drink wine")
    assert chat.wait_for(8)[7].text.startswith("You said: can i drink wine [1].")
    assert [turn["text"] for turn in rasa.turns] == ["I think I'm pregnant", "can i drink wine"]
    assert chat.notices() == [TAKEN, RECEIVED, RETURNED]
    assert [kind for kind in events(database, chat) if kind in ("replied", "patient_answered")] == [
        "replied",
        "patient_answered",
        "patient_answered",
    ]


def test_a_long_reply_comes_in_order_and_whole(chat: Chat, database: Database, lee: DeskUser) -> None:
    chat.say("I think I'm pregnant")
    chat.wait_for(3)
    words = " ".join(f"Point {number} 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂." for number in range(170))
    reply(database, chat, lee, words)
    first, *rest = [sent.text for sent in chat.wait_for(6)[4:]]
    assert first.startswith("From your clinic: Dr <Lee>\nPoint 0")
    assert rest and not any("From your clinic" in text for text in rest)
    assert " ".join([first.partition("\n")[2], *rest]) == words


def test_an_edit_in_a_held_chat_reaches_the_clinician_and_starts_no_turn(
    chat: Chat, database: Database, lee: DeskUser, rasa: RasaStandIn
) -> None:
    chat.say("I think I'm pregnant")
    chat.wait_for(3)
    reply(database, chat, lee, "Since when?")
    chat.wait_for(5)
    chat.send("edited_message", "since June")
    assert chat.wait_for(6)[-1].text.startswith("Your message is saved")
    assert chat.said()[-1] == "since June"
    assert len(rasa.turns) == 1


def test_a_patient_who_has_shut_the_chat_is_named_at_the_desk(
    chat: Chat, api: BotApi, database: Database, lee: DeskUser
) -> None:
    chat.say("I think I'm pregnant")
    chat.wait_for(3)

    async def blocked(method: str, values: dict[str, str]) -> object:
        return refusal(403, "Forbidden: bot was blocked by the user") if method == "sendMessage" else None

    api.behave = blocked  # type: ignore[assignment]
    reply(database, chat, lee, "Please call us")
    until(lambda: "patient_unreached" in events(database, chat), "the case says so")
    conversation = chat.conversation_id()
    assert conversation is not None
    with database.transaction() as session:
        assert hand_over.reach(session, conversation, utc_now()) is Reach.BLOCKED


def test_an_answer_after_the_hold_is_passed_on_and_answered(
    chat: Chat, database: Database, lee: DeskUser
) -> None:
    chat.say("I think I'm pregnant")
    chat.wait_for(3)
    reply(database, chat, lee, "Tell me how it went")
    give_back(database, chat, lee)
    chat.wait_for(6)
    chat.say("hi, it was negative")
    passed, answer = chat.wait_for(8)[6:]
    assert passed.text.startswith(
        f"Your answer is on your clinic's care desk (reference {chat.cases()[0].reference})"
    )
    assert answer.text.startswith("You said: hi, it was negative")
    assert chat.notices()[-1] == PASSED_ON
