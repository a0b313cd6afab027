"""Telegram's updates over real HTTP at the front door: taken in once, or refused and nothing stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from starlette.responses import Response

from bot.channels.inbox import Outcome
from bot.channels.telegram.config import WEBHOOK_PATH
from bot.channels.telegram.webhook import PRIVATE_ONLY, SECRET_HEADER, TOASTS
from bot.content.facts import FactBook
from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.conftest import WORDS
from tests.support.reader import KeywordReader, rule_book
from tests.support.servers import front_door
from tests.support.telegram_bot_api import BOT_ID, BotApi, refusal
from tests.support.telegram_chat import PAYLOADS, SECRET, Chat, names, payload, stored, until
from tests.support.world import rows

NOTHING = (
    "edited_live_location", "service_pinned", "group_service", "channel_post", "edited_channel_post",
    "message_reaction", "another_bot", "inline_query", "my_chat_member_left_group", "my_chat_member_blocked",
    "my_chat_member_unblocked", "callback_query_foreign", "callback_query", "callback_query_inaccessible",
)  # fmt: skip
GROUPS = ("group_message", "group_command", "my_chat_member_added_to_group")
TEXTS = {
    "message": "can i drink wine while taking it?",
    "message_concern": "I think I'm pregnant",
    "message_markup": "is <b>wine</b> & *beer* ok? [x](y) _z_",
    "message_reply_with_quote": "and wine?",
    "message_forwarded": "wine is fine, my friend says",
    "photo_caption": "can i drink wine with this rash?",
    "contact_own": "+12025550123",
    "command_with_words": "I want to kill myself",
    "command_unknown": "wine",
}
UNSUPPORTED = (
    "photo", "voice", "video_note", "sticker", "document", "location", "contact_other", "poll", "dice",
    "newer_than_the_library", "album_1", "album_2", "album_3",
)  # fmt: skip
COMMANDS = ("start", "start_deep_link", "help", "help_named", "privacy", "delete")
EDITED = ("edited_message", "edited_message_concern", "edited_caption")


def test_every_payload_is_spoken_for() -> None:
    known = {*NOTHING, *GROUPS, *TEXTS, *UNSUPPORTED, *COMMANDS, *EDITED}
    assert known == set(names())


# --- what is taken in


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_a_patients_words_are_stored_with_their_turn(
    chat: Chat, database: Database, name: str, text: str
) -> None:
    update = chat.send(name)
    assert chat.said() == [text]
    (conversation,) = rows(database, "SELECT * FROM conversations WHERE external_id = :a", a=chat.address)
    assert (conversation.channel, conversation.region, conversation.token_hash) == ("telegram", "US", None)
    (event,) = rows(
        database, "SELECT * FROM inbound_events WHERE event_id = :e", e=f"{BOT_ID}:{update['update_id']}"
    )
    assert event.channel == "telegram"
    jobs = rows(
        database,
        "SELECT * FROM procrastinate_jobs WHERE task_name = 'run_turn' AND args ->> 'conversation_id' = :c",
        c=str(conversation.id),
    )
    assert len(jobs) == 1
    assert text not in str(jobs)


def test_the_first_message_begins_the_conversation_with_the_disclaimer_to_be_delivered(chat: Chat) -> None:
    chat.say("wine?")
    first, second = chat.messages()
    assert (first.kind, second.text) == ("disclaimer", "wine?")
    (delivery,) = chat.deliveries()
    assert (delivery.message_id, delivery.status, delivery.recipient) == (first.id, "pending", chat.address)
    assert delivery.stream == f"conversation:{chat.conversation_id()}"
    assert (delivery.channel, delivery.kind, delivery.payload) == ("telegram", "message", {})


def test_a_concern_has_its_case_and_its_urgent_help_on_the_way_without_any_worker(chat: Chat) -> None:
    chat.send("message_concern")
    (case,) = chat.cases()
    assert (case.category, case.tier, case.channel) == ("concern_pregnancy", 1, "telegram")
    kinds = {message.id: message.kind for message in chat.messages()}
    assert [kinds[delivery.message_id] for delivery in chat.deliveries()] == ["disclaimer", "urgent_help"]


def test_a_repeated_update_changes_nothing(chat: Chat, database: Database) -> None:
    update = chat.send("message_concern")
    before = stored(database)
    assert [chat.post(update).status_code for _ in range(3)] == [200, 200, 200]
    assert stored(database) == before


def test_the_same_update_many_times_at_once_is_stored_once(chat: Chat) -> None:
    update = chat.update("message_concern")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(chat.post, [update] * 8))
    assert {answer.status_code for answer in answers} == {200}
    assert chat.said() == ["I think I'm pregnant"]
    assert [message.kind for message in chat.messages()] == ["disclaimer", "text", "urgent_help"]
    assert len(chat.cases()) == 1


def test_the_order_of_messages_is_kept(chat: Chat) -> None:
    texts = [f"wine, question {number}" for number in range(12)]
    for text in texts:
        chat.say(text)
    assert chat.said() == texts


def test_a_long_message_is_read_to_its_end(chat: Chat) -> None:
    text = "I like wine. " * 310 + "I think I'm pregnant."
    assert 4000 < len(text) <= 4096
    chat.say(text)
    assert len(chat.said()) == 2
    assert " ".join(chat.said()) == text
    assert [case.category for case in chat.cases()] == ["concern_pregnancy"]


# --- what is refused


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "pässword"])
def test_a_forged_update_is_refused_and_nothing_stored(
    chat: Chat, database: Database, secret: str | None
) -> None:
    before = stored(database)
    update = chat.update("message_concern")
    headers = {} if secret is None else {SECRET_HEADER: secret.encode()}
    response = chat.http.post(WEBHOOK_PATH, json=update, headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 403
    assert stored(database) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
)
def test_what_is_no_update_is_refused_and_nothing_stored(chat: Chat, database: Database, body: bytes) -> None:
    before = stored(database)
    assert chat.http.post(WEBHOOK_PATH, content=body, headers={SECRET_HEADER: SECRET}).status_code == 400
    assert stored(database) == before


def test_an_update_that_makes_no_sense_is_acknowledged_and_nothing_stored(
    chat: Chat, database: Database
) -> None:
    before = stored(database)
    assert chat.post({"update_id": 1, "message": {"message_id": 5, "text": "pregnant"}}).status_code == 200
    assert chat.post({"update_id": 2}).status_code == 200
    assert stored(database) == before


@pytest.mark.parametrize("announced", [True, False])
def test_an_oversized_update_is_refused_and_nothing_stored(
    chat: Chat, database: Database, announced: bool
) -> None:
    before = stored(database)
    body = b'{"update_id": 1, "x": "' + b"x" * 1_000_001 + b'"}'
    content = body if announced else (body[at : at + 50_000] for at in range(0, len(body), 50_000))
    answer = chat.http.post(WEBHOOK_PATH, content=content, headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 413
    assert stored(database) == before


def test_a_long_update_within_the_limit_is_taken(chat: Chat) -> None:
    update = chat.update("message")
    update["message"]["entities"] = [{"offset": 0, "length": 1, "type": "bold"}] * 3000
    assert chat.post(update).status_code == 200
    assert len(chat.said()) == 1


def test_only_posts_are_taken(chat: Chat) -> None:
    assert chat.http.get(WEBHOOK_PATH, headers={SECRET_HEADER: SECRET}).status_code == 405


def test_without_a_database_telegram_is_asked_to_send_it_again(
    settings: Settings, facts: FactBook, chat: Chat
) -> None:
    lost = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    with front_door(create_app(lost, KeywordReader(), rule_book(), facts, WORDS)) as address:
        answer = httpx.post(
            address + WEBHOOK_PATH,
            json=chat.update("message_concern"),
            headers={SECRET_HEADER: SECRET},
            trust_env=False,
            timeout=20,
        )
    assert answer.status_code == 503
    assert "pregnant" not in answer.text


def test_switched_off_there_is_no_such_address(settings: Settings, facts: FactBook, chat: Chat) -> None:
    off = replace(settings, telegram_bot_token="", telegram_webhook_secret="")
    with front_door(create_app(off, KeywordReader(), rule_book(), facts, WORDS)) as address:
        answer = httpx.post(address + WEBHOOK_PATH, json=chat.update("message"), trust_env=False)
    assert answer.status_code == 404


# --- what is none of our business


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_not_for_us_is_acknowledged_and_nothing_stored(
    chat: Chat, database: Database, name: str
) -> None:
    before = stored(database)
    chat.send(name)
    assert stored(database) == before


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_gets_one_sentence_and_nothing_is_stored(
    chat: Chat, database: Database, api: BotApi, name: str
) -> None:
    update = chat.update(name)
    change = update.get("message") or update["my_chat_member"]
    change["chat"]["id"] -= chat.id
    group = change["chat"]["id"]
    before = stored(database)
    for _ in range(3):
        assert chat.post(update).status_code == 200
        update["update_id"] += 1
    until(lambda: api.left, "the group is left")
    assert api.texts(group) == [PRIVATE_ONLY]
    assert api.left == [group]
    assert stored(database) == before


# --- what is no text


@pytest.mark.parametrize("name", [name for name in UNSUPPORTED if not name.startswith("album")])
def test_what_cannot_be_read_gets_a_kind_sentence_and_no_turn(chat: Chat, name: str) -> None:
    chat.send(name)
    assert chat.said() == []
    disclaimer, notice = chat.said("assistant")
    assert "nobody at the clinic gets this" in notice and "911" in notice
    assert "[" not in notice
    assert len(chat.deliveries()) == 2


def test_an_album_gets_one_kind_sentence(chat: Chat) -> None:
    for name in ("album_1", "album_2", "album_3", "voice", "sticker"):
        chat.send(name)
    assert chat.notices() == ["unsupported"]


def test_a_caption_is_read_and_the_picture_owned_up_to(chat: Chat) -> None:
    chat.send("photo_caption")
    assert chat.said() == ["can i drink wine with this rash?"]
    assert chat.notices() == ["unsupported"]
    assert chat.said("assistant")[-1].startswith("I've read your words. I can't see pictures")


def test_invisible_words_get_a_kind_sentence(chat: Chat) -> None:
    chat.say("\u200b\u2060")
    assert chat.notices() == ["unreadable"]
    assert chat.said() == []


def test_an_edited_message_runs_no_second_turn(chat: Chat) -> None:
    chat.send("message")
    chat.send("edited_message")
    chat.send("edited_caption")
    assert chat.said() == ["can i drink wine while taking it?"]
    assert chat.notices() == ["edited"]


def test_a_new_worry_in_an_edited_message_is_never_passed_over(chat: Chat) -> None:
    chat.send("message")
    chat.send("edited_message_concern")
    assert [case.category for case in chat.cases()] == ["concern_pregnancy"]
    assert chat.messages()[-1].kind == "urgent_help"
    before = (chat.said(), len(chat.cases()))
    chat.send("edited_message_concern")
    assert (chat.said(), len(chat.cases())) == before
    assert chat.notices() == ["edited"]


def test_a_new_worry_at_the_end_of_a_very_long_edit_is_seen_too(chat: Chat) -> None:
    chat.send("message")
    long = "wine or beer. " * 290 + "I think I'm pregnant"
    update = chat.send("edited_message", long)
    assert [case.category for case in chat.cases()] == ["concern_pregnancy"]
    assert chat.notices() == []
    before = (chat.said(), len(chat.cases()))
    chat.post(update)
    assert (chat.said(), len(chat.cases()), chat.notices()) == (*before, [])


# --- commands


def test_start_begins_with_the_disclaimer_and_says_nothing_twice(chat: Chat) -> None:
    update = chat.send("start")
    assert [message.kind for message in chat.messages()] == ["disclaimer"]
    chat.post(update)
    assert [message.kind for message in chat.messages()] == ["disclaimer"]
    chat.send("start_deep_link")
    assert chat.notices() == ["start"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("help", ["Nobody watches this chat live", "911", "988", "/delete"]),
        ("help_named", ["Nobody watches this chat live"]),
        ("privacy", ["Telegram carries these messages", "/delete"]),
        ("delete", ["Shall I delete"]),
    ],
)
def test_a_command_is_answered_and_not_read(chat: Chat, name: str, words: list[str]) -> None:
    chat.send(name)
    assert chat.said() == []
    assert all(word in chat.said("assistant")[-1] for word in words)


def button(chat: Chat, title: str) -> str:
    found = [b for message in chat.messages() for b in message.buttons if b["title"] == title]
    return f"press:{found[-1]['id']}"


def test_deleting_asks_first_and_then_keeps_nothing_but_an_open_case(chat: Chat, database: Database) -> None:
    first = chat.send("message_concern")
    conversation = chat.conversation_id()
    chat.send("delete")
    no, yes = button(chat, "No, keep them"), button(chat, "Yes, delete them")
    chat.press(no)
    assert chat.notices() == ["delete", "kept"]
    assert "I think I'm pregnant" in chat.said()
    chat.press(yes)
    assert chat.conversation_id() is None
    left = rows(
        database, "SELECT * FROM messages WHERE conversation_id = :c AND text IS NOT NULL", c=conversation
    )
    assert left == []
    deliveries = rows(
        database, "SELECT * FROM deliveries WHERE stream = :s", s=f"conversation:{conversation}"
    )
    assert [d.status for d in deliveries if d.kind == "message"] == ["cancelled"] * 4
    assert [d.recipient for d in deliveries if d.kind == "message"] == [None] * 4
    (farewell,) = [d for d in deliveries if d.kind == "farewell"]
    assert "have been deleted" in farewell.payload["text"] and "The clinic keeps" in farewell.payload["text"]
    (case,) = rows(database, "SELECT * FROM cases WHERE conversation_id = :c", c=conversation)
    assert case.evidence == "pregnant"

    before = stored(database)
    chat.post(first)
    chat.press(yes)
    assert stored(database) == before, "what was sent before the deletion must not come back"
    chat.say("wine?")
    assert chat.conversation_id() not in (None, conversation)
    assert [message.kind for message in chat.messages()] == ["disclaimer", "text"]


# --- buttons


def press_of(chat: Chat) -> str:
    chat.send("delete")
    return button(chat, "No, keep them")


def test_a_button_counts_once_however_often_it_is_pressed(chat: Chat, api: BotApi) -> None:
    data = press_of(chat)
    updates = [chat.update("callback_query") for _ in range(6)]
    for number, update in enumerate(updates):
        update["callback_query"].update(data=data, id=f"7{number}")
    with ThreadPoolExecutor(6) as pool:
        assert {answer.status_code for answer in pool.map(chat.post, updates)} == {200}
    assert chat.notices() == ["delete", "kept"]
    until(lambda: len(api.answered) == 6, "every press is answered")
    assert sorted(text for _, text in api.answered) == ["", *[TOASTS[Outcome.REPEATED]] * 5]


def test_every_press_is_answered_also_a_strange_one(chat: Chat, api: BotApi) -> None:
    chat.send("message")
    for data in ("press:nothing", "press:", "/restart", "press:" + "x" * 58):
        chat.press(data)
    chat.press(press_of(chat), "callback_query_inaccessible")
    until(lambda: len(api.answered) == 5, "every press is answered")
    assert [text for _, text in api.answered].count(TOASTS[Outcome.UNKNOWN_BUTTON]) == 3
    assert chat.said() == ["can i drink wine while taking it?"]


def test_another_persons_button_is_unknown(chat: Chat, door: str, database: Database, api: BotApi) -> None:
    other = Chat(door, database, api)
    chat.send("message")
    chat.press(press_of(other))
    until(lambda: api.answered, "the press is answered")
    assert [text for _, text in api.answered] == [TOASTS[Outcome.UNKNOWN_BUTTON]]
    assert chat.notices() == []
    other.http.close()


def test_a_press_is_acknowledged_even_if_telegram_does_not_take_the_answer(chat: Chat, api: BotApi) -> None:
    data = press_of(chat)
    api.behave = lambda method, values: _fails()
    chat.press(data)
    assert chat.notices() == ["delete", "kept"]
    until(lambda: api.calls, "Telegram was asked")


async def _fails() -> Response | None:
    return refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")


# --- leaving and coming back


def test_who_blocks_the_bot_is_not_written_to_and_who_returns_gets_what_stayed_back(
    chat: Chat, database: Database
) -> None:
    chat.send("message_concern")
    chat.send("my_chat_member_blocked")
    assert [d.status for d in chat.deliveries()] == ["blocked", "blocked"]
    (event,) = rows(
        database,
        "SELECT e.* FROM case_events e JOIN cases c ON c.id = e.case_id"
        " WHERE c.conversation_id = :c AND e.kind = 'patient_unreached'",
        c=chat.conversation_id(),
    )
    assert event.details == {"channel": "telegram", "problem": "blocked by the patient"}
    assert chat.cases()[0].state == "open"
    older = sa.text("UPDATE deliveries SET created_at = created_at - interval '25 hours' WHERE id = :d")
    with database.transaction() as session:
        session.execute(older, {"d": chat.deliveries()[0].id})
    chat.send("my_chat_member_unblocked")
    assert [d.status for d in chat.deliveries()] == ["blocked", "pending"]


def test_payload_files_are_json_with_an_update_id_each() -> None:
    numbers = [payload(name)["update_id"] for name in names()]
    assert len(set(numbers)) == len(numbers) == len(list(Path(PAYLOADS).iterdir()))
