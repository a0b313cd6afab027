"""What a person sees in Telegram: answers in order and in Telegram's own form, whatever fails on the way."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.conversations.rating import HELPED, MISSED
from bot.database import Database
from bot.outbox import repository as outbox
from bot.outbox.values import Parcel
from tests.support.servers import RasaStandIn
from tests.support.telegram_bot_api import BotApi, refusal, willing
from tests.support.telegram_chat import Chat, until
from tests.support.world import DISCLAIMER, rows

pytestmark = pytest.mark.usefixtures("job_worker")
SHOWN_DISCLAIMER = DISCLAIMER.replace("[M40]", "[1]")


@pytest.fixture(autouse=True)
def behaving(rasa: RasaStandIn) -> Iterator[None]:
    yield
    rasa.behave = rasa.echo
    rasa.turns.clear()


def texts(chat: Chat) -> list[str]:
    """What is shown, without the sources."""
    return [sent.text.partition("\n\nSources")[0] for sent in chat.shown()]


def says(rasa: RasaStandIn, *messages: dict[str, Any]) -> None:
    async def answer(body: dict[str, Any]) -> Response:
        return rasa.says(*messages)

    rasa.behave = answer


def test_a_first_question_is_answered_after_the_disclaimer(
    chat: Chat, rasa: RasaStandIn, api: BotApi
) -> None:
    chat.say("can i drink wine")
    chat.wait_for(2)
    assert texts(chat) == [SHOWN_DISCLAIMER, "You said: can i drink wine [1]."]
    assert rasa.turns[-1]["metadata"]["channel"] == "telegram"
    until(lambda: chat.id in api.typing, "typing is shown")
    until(lambda: all(d.status == "sent" for d in chat.deliveries()), "both are known to be sent")
    assert [d.provider_ids for d in chat.deliveries()] == [[str(sent.id)] for sent in chat.shown()]
    assert [d.recipient for d in chat.deliveries()] == [None, None]


def test_urgent_help_comes_before_the_answer(chat: Chat, rasa: RasaStandIn) -> None:
    chat.say("I think I'm pregnant")
    chat.wait_for(3)
    assert texts(chat)[1:] == [
        "urgent help: concern_pregnancy, tier 1, US",
        "You said: I think I'm pregnant [1].",
    ]


def test_sources_are_a_compact_footer_and_quick_replies_are_buttons(
    chat: Chat, rasa: RasaStandIn, api: BotApi
) -> None:
    buttons = [
        {"title": "Missed doses", "payload": '/ask_topic{"topic": "missed_dose"}'},
        {"title": "Sun & <heat>", "payload": '/ask_topic{"topic": "sun_sensitivity"}'},
        {"title": "Something with a rather long title", "payload": '/ask_topic{"topic": "alcohol"}'},
    ]
    says(rasa, {"text": "Drink <little> & slowly [M20, M19]. Never double up [M15].", "buttons": buttons})
    chat.say("can i drink wine")
    sent = chat.wait_for(2)[-1]
    body, _, footer = sent.text.partition("\n\n")
    assert body == "Drink <little> & slowly [1, 2]. Never double up [3]."
    head, *lines = footer.split("\n")
    assert head == "Sources" and 1 <= len(lines) <= 2
    assert sorted(re.findall(r"[0-9]+(?=[],])", footer)) == ["1", "2", "3"]
    (quote,) = sent.entities
    assert (quote.type, quote.offset) == ("blockquote", len(body) + 2)
    titles = [button["title"] for button in buttons]
    assert [title for title, _ in sent.buttons] == [*titles, HELPED[0], MISSED[0]]
    assert all(data.startswith("press:") and "alcohol" not in data for _, data in sent.buttons)

    rasa.behave = rasa.echo
    chat.press(sent.buttons[0][1])
    chat.wait_for(3)
    assert texts(chat)[-1] == "You said: Missed doses [1]."
    assert rasa.turns[-1]["parse_data"]["intent"]["name"] == "ask_topic"
    until(lambda: api.answered, "the press is answered")


def test_a_long_answer_comes_in_parts_that_end_with_sentences(chat: Chat, rasa: RasaStandIn) -> None:
    answer = " ".join(
        f"Sentence {number} says something about lips 💋 & skin <so> [M15]." for number in range(250)
    )
    says(rasa, {"text": answer, "buttons": [{"title": "More", "payload": '/ask_topic{"topic": "alcohol"}'}]})
    chat.say("wine?")
    parts = until(lambda: [s for s in chat.shown()[1:] if chat.shown()[-1].buttons], "the last part")
    assert len(parts) > 2
    assert all(texts_end.rstrip().endswith(".") for texts_end in texts(chat)[1:])
    assert " ".join(texts(chat)[1:]) == answer.replace("[M15]", "[1]")
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    ids = until(
        lambda: chat.deliveries()[-1].provider_ids == [str(s.id) for s in parts], "each part's number"
    )
    assert ids


def test_messages_come_in_the_order_in_which_they_were_written(chat: Chat) -> None:
    for number in range(10):
        chat.say(f"wine {number}")
    chat.wait_for(11)
    assert texts(chat)[1:] == [f"You said: wine {number} [1]." for number in range(10)]


def test_what_a_patient_deletes_is_confirmed(chat: Chat) -> None:
    chat.say("wine")
    chat.wait_for(2)
    chat.send("delete")
    question = chat.wait_for(3)[-1]
    chat.press(dict(question.buttons)["Yes, delete them"])
    assert chat.wait_for(4)[-1].text.startswith("Your messages have been deleted at the clinic.")


# --- the provider's faults


def failing(api: BotApi, times: int, answer: Response) -> list[float]:
    """The next messages are refused so often; when each was tried."""
    tried: list[float] = []

    async def behave(method: str, values: dict[str, str]) -> Response | None:
        if method != "sendMessage":
            return None
        tried.append(time.monotonic())
        return answer if len(tried) <= times else None

    api.behave = behave
    return tried


def test_too_many_requests_are_waited_for_as_long_as_telegram_says(chat: Chat, api: BotApi) -> None:
    tried = failing(api, 1, refusal(429, "Too Many Requests: retry after 3", retry_after=3))
    chat.say("wine 1")
    chat.say("wine 2")
    chat.wait_for(3)
    assert texts(chat) == [SHOWN_DISCLAIMER, "You said: wine 1 [1].", "You said: wine 2 [1]."]
    assert 3 <= tried[1] - tried[0] < 6, "not before, and not held up by what came after"


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("Bad Gateway", 502),
        PlainTextResponse("<html>", 500),
        refusal(500, "Internal Server Error"),
        refusal(401, "Unauthorized"),
        PlainTextResponse("half an ans", 200),
    ],
    ids=["502", "500", "500 json", "401", "broken"],
)
def test_after_a_fault_of_telegrams_it_is_tried_again_in_order(
    chat: Chat, api: BotApi, answer: Response
) -> None:
    failing(api, 2, answer)
    chat.say("wine")
    chat.wait_for(2)
    assert texts(chat) == [SHOWN_DISCLAIMER, "You said: wine [1]."]


def test_a_slow_telegram_keeps_no_other_patient_waiting(
    chat: Chat, api: BotApi, door: str, database: Database
) -> None:
    async def slow(method: str, values: dict[str, str]) -> Response | None:
        if method == "sendMessage" and values["chat_id"] == str(chat.id):
            await asyncio.sleep(4)
        return None

    api.behave = slow
    chat.say("wine")
    other = Chat(door, database, api)
    other.say("wine")
    other.wait_for(2)
    assert len(chat.shown()) < 2
    chat.wait_for(2)
    other.http.close()


def test_what_telegram_calls_bad_markup_is_sent_without_it(chat: Chat, api: BotApi) -> None:
    async def picky(method: str, values: dict[str, str]) -> Response | None:
        if "parse_mode" in values:
            return refusal(400, "Bad Request: can't parse entities: unsupported start tag")
        return None

    api.behave = picky
    chat.say("wine")
    chat.wait_for(2)
    assert texts(chat) == [SHOWN_DISCLAIMER, "You said: wine [1]."]


def test_a_message_that_telegram_never_takes_is_given_up_and_the_next_one_goes_out(
    chat: Chat, api: BotApi, database: Database
) -> None:
    async def never(method: str, values: dict[str, str]) -> Response | None:
        return refusal(400, "Bad Request: SOMETHING_NEW") if "urgent" in values.get("text", "") else None

    api.behave = never
    chat.say("I think I'm pregnant")
    chat.wait_for(2)
    dead = chat.deliveries()[1]
    assert (dead.status, dead.problem) == ("dead", "Telegram does not take this message (400)")
    assert texts(chat)[1] == "You said: I think I'm pregnant [1]."
    assert unreached(chat, database) == [{"channel": "telegram", "problem": dead.problem}]
    assert chat.cases()[0].state == "open"


def unreached(chat: Chat, database: Database) -> list[dict[str, str]]:
    found = rows(
        database,
        "SELECT e.details FROM case_events e JOIN cases c ON c.id = e.case_id"
        " WHERE c.conversation_id = :c AND e.kind = 'patient_unreached'",
        c=chat.conversation_id(),
    )
    return [row.details for row in found]


@pytest.mark.parametrize(
    "gone", [refusal(403, "Forbidden: user is deactivated"), refusal(400, "Bad Request: chat not found")]
)
def test_who_has_blocked_the_bot_is_left_alone_and_the_case_stays(
    chat: Chat, api: BotApi, database: Database, gone: Response
) -> None:
    tried = failing(api, 10**6, gone)
    chat.say("I think I'm pregnant")
    until(
        lambda: {d.status for d in chat.deliveries()} == {"blocked"} and len(chat.deliveries()) == 3,
        "all blocked",
    )
    assert len(tried) <= 3
    (case,) = chat.cases()
    assert (case.category, case.state) == ("concern_pregnancy", "open")
    assert unreached(chat, database)
    api.behave = willing
    chat.say("wine")
    chat.wait_for(4)
    assert texts(chat) == [
        SHOWN_DISCLAIMER,
        "urgent help: concern_pregnancy, tier 1, US",
        "You said: I think I'm pregnant [1].",
        "You said: wine [1].",
    ]


def test_an_answer_of_telegrams_that_gets_lost_may_double_a_message_and_never_lose_one(
    chat: Chat, api: BotApi
) -> None:
    lost = [PlainTextResponse("Bad Gateway", 502)]

    async def after(method: str, values: dict[str, str]) -> Response | None:
        return lost.pop() if method == "sendMessage" and lost else None

    api.after = after
    chat.say("wine")
    chat.wait_for(3)
    assert texts(chat) == [SHOWN_DISCLAIMER, SHOWN_DISCLAIMER, "You said: wine [1]."]


def test_an_odd_answer_does_not_have_a_message_sent_twice(chat: Chat, api: BotApi) -> None:
    async def after(method: str, values: dict[str, str]) -> Response | None:
        return JSONResponse({"ok": True, "result": {"message_id": 7, "chat": "of a new shape"}})

    api.after = after
    chat.say("wine")
    chat.wait_for(2)
    until(lambda: [d.provider_ids for d in chat.deliveries()] == [["7"], ["7"]], "both are known to be sent")
    assert len(chat.shown()) == 2


def test_patients_of_another_bot_are_not_written_to(chat: Chat, api: BotApi, database: Database) -> None:
    parcel = Parcel(
        key=f"test:{chat.id}",
        stream=f"test:{chat.id}",
        channel="telegram",
        kind="test",
        recipient=f"999999:{chat.id}",
        payload={"text": "Hello"},
    )
    with database.transaction() as session:
        outbox.put(session, parcel, datetime.now(timezone.utc))
    query = "SELECT * FROM deliveries WHERE key = :k"
    (dead,) = until(
        lambda: [d for d in rows(database, query, k=parcel.key) if d.status == "dead"], "given up"
    )
    assert dead.problem == "the patient wrote to another bot"
    assert chat.shown() == []
