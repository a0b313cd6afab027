"""Patients in Slack's direct messages: real HTTP into the real front door, slack_sdk's own client out of the worker."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import Response

from bot.database import Database
from bot.gateway.app import create_app
from bot.settings import Settings
from tests.contract.slack.conftest import until
from tests.support.servers import RasaStandIn
from tests.support.slack_payloads import event, names, payload, press, slash
from tests.support.slack_requests import SlackServers
from tests.support.slack_web_api import SlackStandIn
from tests.support.world import DISCLAIMER, rows

pytestmark = pytest.mark.usefixtures("worker_with_rasa")
REASONS = "http_timeout too_many_redirects connection_failed ssl_error http_error unknown_error".split()


def stored(database: Database, person: str) -> list[Any]:
    return rows(
        database,
        "SELECT m.author, m.kind, m.text, m.custom, c.external_id FROM messages m"
        " JOIN conversations c ON c.id = m.conversation_id WHERE c.external_id LIKE '%/' || :person ORDER BY m.seq",
        person=person,
    )


def texts(web_api: SlackStandIn, person: str) -> list[str]:
    return [message.words for message in web_api.to("D" + person[1:])]


def everything(database: Database) -> int:
    (row,) = rows(
        database,
        "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM inbound_events)"
        " + (SELECT count(*) FROM conversations) + (SELECT count(*) FROM deliveries) AS n",
    )
    return int(row.n)


def test_a_message_is_answered_after_the_disclaimer(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    answer = slack.event(event("message_im", user=person, text="can I drink wine &amp; beer?"))
    assert (answer.status_code, answer.text) == (200, "")
    # It is stored when Slack is told, whatever becomes of this process then.
    assert "can I drink wine & beer?" in [row.text for row in stored(database, person)]
    said = until(lambda: texts(web_api, person) if len(texts(web_api, person)) == 2 else [])
    assert said[0].startswith("I am a computer program, not a doctor [1].")
    assert said[1].startswith("You said: can I drink wine & beer? [1].")
    assert "Sources:" in said[1]
    assert [row.author for row in stored(database, person)] == ["assistant", "patient", "assistant"]
    assert stored(database, person)[0].external_id == f"-/T0CLINIC1/{person}"
    assert stored(database, person)[1].text == "can I drink wine & beer?"


def test_a_concern_opens_a_case_and_brings_urgent_help_first(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    slack.event(event("message_im", user=person, text="I think I'm pregnant"))
    said = until(lambda: texts(web_api, person) if len(texts(web_api, person)) == 3 else [])
    assert said[1] == "urgent help: concern_pregnancy, tier 1, US"
    (case,) = rows(
        database, "SELECT channel, evidence FROM cases WHERE evidence = 'pregnant' ORDER BY opened_at"
    )[-1:]
    assert case.channel == "slack"


@pytest.mark.parametrize("reason", REASONS)
def test_a_retry_for_any_reason_runs_nothing_twice(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database, reason: str
) -> None:
    body = event("message_im", user=person, text="is wine fine?")
    assert slack.event(body).status_code == 200
    for number in (1, 2, 3):
        assert slack.event(body, retry=(number, reason)).status_code == 200
    until(lambda: len(texts(web_api, person)) == 2)
    assert [row.author for row in stored(database, person)] == ["assistant", "patient", "assistant"]


def test_simultaneous_repeats_are_one_message(
    door: str, web_api: SlackStandIn, person: str, database: Database
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    body = event("message_im", user=person, text="is wine fine?")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: SlackServers(door).event(body).status_code, range(8)))
    assert answers == [200] * 8
    until(lambda: len(texts(web_api, person)) == 2)
    assert [row.author for row in stored(database, person)] == ["assistant", "patient", "assistant"]


def test_the_same_person_in_another_workspace_has_another_conversation(
    slack: SlackServers, person: str, database: Database
) -> None:
    slack.event(event("message_im", user=person, text="hi"))
    slack.event(event("message_im_grid", user=person, text="hi"))
    addresses = {row.external_id for row in stored(database, person)}
    assert addresses == {f"-/T0CLINIC1/{person}", f"E0HEALTH1/T0CLINIC1/{person}"}


def test_words_in_a_thread_are_answered_in_the_thread(
    slack: SlackServers, web_api: SlackStandIn, person: str
) -> None:
    slack.event(event("message_im", user=person, text="hi"))
    slack.event(event("message_im_thread", user=person, text="is wine fine?"))
    until(lambda: len(texts(web_api, person)) == 3)
    threads = {message.words.split("\n")[0]: message.thread_ts for message in web_api.to("D" + person[1:])}
    assert threads["You said: is wine fine? [1]."] == "1795399990.000050"
    assert threads["You said: hi [1]."] is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("file_share_bare", "I can't see pictures"),
        ("voice_message", "I can't listen to voice messages"),
    ],
)
def test_what_is_no_text_gets_a_kind_sentence(
    slack: SlackServers, web_api: SlackStandIn, person: str, name: str, words: str
) -> None:
    slack.event(event(name, user=person))
    said = until(lambda: texts(web_api, person) if len(texts(web_api, person)) == 2 else [])
    assert said[1].startswith(words) and "911" in said[1]


def test_the_words_beside_a_picture_are_read(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    slack.event(event("file_share_caption", user=person, text="I feel very low"))
    until(lambda: len(texts(web_api, person)) >= 4)
    assert any(row.text == "I feel very low" for row in stored(database, person))
    assert any("I've read your words. I can't see pictures" in said for said in texts(web_api, person))


def test_an_edit_is_not_answered_twice_but_a_new_worry_in_it_is_seen(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    slack.event(event("message_im", user=person, text="is wine fine?"))
    slack.event(event("message_changed", user=person, text="is beer fine?"))
    until(lambda: len(texts(web_api, person)) == 3)
    assert [row.text for row in stored(database, person) if row.author == "patient"] == ["is wine fine?"]
    slack.event(event("message_changed", user=person, text="I want to kill myself"))
    until(lambda: any("concern_suicidal" in said for said in texts(web_api, person)))


@pytest.mark.parametrize(
    "name",
    [
        "message_changed_preview",
        "message_changed_own",
        "message_deleted",
        "bot_message",
        "app_message",
        "message_channel",
        "message_group",
        "message_mpim",
        "channel_join",
        "reaction_added",
        "app_uninstalled",
        "tokens_revoked",
        "tokens_revoked_user",
        "app_rate_limited",
        "app_home_opened_messages",
    ],
)
def test_what_is_not_for_us_is_acknowledged_and_not_kept(
    slack: SlackServers, database: Database, name: str
) -> None:
    before = everything(database)
    assert slack.event(payload(name)).status_code == 200
    assert everything(database) == before


def test_a_mention_in_a_channel_invites_that_person_alone_and_keeps_nothing(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    web_api.members.add("C0GENERAL")
    body = event("app_mention_thread", user=person, text="<@U0ASSISTB> I think I'm pregnant")
    for _ in range(3):
        assert slack.event(body).status_code == 200
    (whisper,) = until(lambda: web_api.ephemeral)
    assert (whisper["channel"], whisper["user"]) == ("C0GENERAL", person)
    assert whisper["text"].startswith("Please write to me in a direct message") and "911" in whisper["text"]
    assert whisper["thread_ts"] == "1795399000.000001"
    assert web_api.to("C0GENERAL") == [] and stored(database, person) == []
    assert rows(database, "SELECT 1 FROM deliveries WHERE payload::text LIKE '%pregnant%'") == []


def test_a_mention_where_the_app_is_no_member_is_answered_in_the_direct_messages(
    slack: SlackServers, web_api: SlackStandIn, person: str
) -> None:
    web_api.script = lambda method, values: (
        SlackStandIn.error("not_in_channel") if method == "chat.postEphemeral" else None
    )
    slack.event(event("app_mention", user=person))
    until(lambda: len(texts(web_api, person)) == 1)
    assert texts(web_api, person)[0].startswith("Please write to me in a direct message")


def _with_buttons(rasa: RasaStandIn) -> None:
    async def answer(body: dict[str, Any]) -> Response:
        buttons = [
            {"title": "Missed dose", "payload": '/ask_topic{"topic": "missed_dose"}'},
            {"title": "Sun", "payload": '/ask_topic{"topic": "sun_sensitivity"}'},
        ]
        return rasa.says({"text": f"You said: {body['text']}", "buttons": buttons})

    rasa.behave = answer


def test_a_quick_reply_counts_once_however_often_it_is_pressed(
    slack: SlackServers, web_api: SlackStandIn, person: str, rasa: RasaStandIn, database: Database
) -> None:
    _with_buttons(rasa)
    try:
        slack.event(event("message_im", user=person, text="hi"))
        until(lambda: len(texts(web_api, person)) == 2)
        shown = web_api.to("D" + person[1:])[-1]
        chosen = shown.buttons[0]
        assert chosen["text"]["text"] == "Missed dose"
        body = press(chosen["value"], user=person, message_ts=shown.ts, action_id=chosen["action_id"])
        for other in (body, press(chosen["value"], user=person, message_ts=shown.ts)):
            other["message"]["blocks"] = [
                {**block, "block_id": f"b{number}"} for number, block in enumerate(shown.blocks)
            ]
            other["actions"][0].update(block_id="b1", text=chosen["text"])
            assert slack.button(other).status_code == 200
        until(lambda: shown.edits == 1)
        assert shown.words.endswith("You chose: Missed dose")
        assert [item["text"]["text"] for item in shown.buttons] == ["Sun"]
        until(lambda: len(texts(web_api, person)) == 3)
        asked = [row.text for row in stored(database, person) if row.kind == "button"]
        assert asked == ["Missed dose"]
    finally:
        rasa.behave = rasa.echo


def test_a_button_of_somebody_else_does_nothing_and_says_so(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    slack.event(event("message_im", user=person, text="hi"))
    assert slack.button(press("NotMyButton1", user=person, message_ts="1795400001.000100")).status_code == 200
    (whisper,) = until(lambda: web_api.ephemeral)
    assert whisper["user"] == person and "can no longer be used" in whisper["text"]
    assert all(row.kind != "button" for row in stored(database, person))


def test_the_command_answers_that_person_alone_and_takes_words_to_the_direct_messages(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    answer = slack.form(slash("can I drink wine?", user=person)).json()
    assert answer["response_type"] == "ephemeral"
    assert answer["text"].startswith("I've saved your message") and "wine" not in answer["text"]
    until(lambda: len(texts(web_api, person)) == 2)
    assert [row.text for row in stored(database, person) if row.author == "patient"] == ["can I drink wine?"]


def test_the_bare_command_helps_and_keeps_nothing(
    slack: SlackServers, person: str, database: Database
) -> None:
    before = everything(database)
    for words in ("", "help", " HELP "):
        answer = slack.form(slash(words, user=person)).json()
        assert answer["response_type"] == "ephemeral"
        assert "911" in answer["text"] and "/acne delete" in answer["text"]
    assert everything(database) == before


def test_what_was_written_can_be_deleted(
    slack: SlackServers, web_api: SlackStandIn, person: str, database: Database
) -> None:
    slack.event(event("message_im", user=person, text="is wine fine?"))
    until(lambda: len(texts(web_api, person)) == 2)
    assert slack.form(slash("delete", user=person)).status_code == 200
    until(lambda: len(texts(web_api, person)) == 3)
    shown = web_api.to("D" + person[1:])[-1]
    yes = next(item for item in shown.buttons if item["text"]["text"].startswith("Yes"))
    slack.button(press(yes["value"], user=person, message_ts=shown.ts, action_id=yes["action_id"]))
    until(lambda: "have been deleted" in texts(web_api, person)[-1])
    assert stored(database, person) == []
    assert (
        rows(database, "SELECT 1 FROM messages WHERE text = 'is wine fine?' AND client_id IS NOT NULL") == []
    )


def test_privacy_is_told_in_the_direct_messages(
    slack: SlackServers, web_api: SlackStandIn, person: str
) -> None:
    slack.form(slash("privacy", user=person))
    until(lambda: any("Slack carries these messages" in said for said in texts(web_api, person)))


def test_the_home_tab_says_what_this_is_and_whom_to_call(
    slack: SlackServers, web_api: SlackStandIn, person: str
) -> None:
    slack.event(event("app_home_opened_first", user=person))
    view = until(lambda: web_api.homes.get(person))
    words = str(view)
    for part in ("not for emergencies", "call 911", "988", "Your privacy", "/acne delete"):
        assert part in words
    web_api.homes.clear()
    again = event("app_home_opened_again", user=person)
    again["event"]["view"]["private_metadata"] = view["private_metadata"]
    slack.event(again)
    slack.event(event("app_home_opened_again", user=person))
    until(lambda: web_api.homes.get(person))
    assert len([call for call in web_api.calls if call[0] == "views.publish"]) == 2


def test_slack_may_verify_the_address(slack: SlackServers) -> None:
    body = payload("url_verification")
    answer = slack.event(body)
    assert answer.status_code == 200 and answer.json() == {"challenge": body["challenge"]}


def test_every_payload_is_acknowledged(slack: SlackServers, database: Database) -> None:
    for name in names():
        body = payload(name)
        if name in ("slash_command", "ssl_check"):
            answer = slack.form({key: str(value) for key, value in body.items()})
        elif name.startswith("block_actions"):
            answer = slack.button(body)
        else:
            answer = slack.event(body)
        assert answer.status_code == 200, name


def test_without_a_database_slack_is_asked_to_send_it_again_and_a_command_says_so(
    settings: Settings, facts: Any, web_api: SlackStandIn, person: str
) -> None:
    from dataclasses import replace

    from tests.contract.conftest import WORDS
    from tests.support.reader import KeywordReader, rule_book
    from tests.support.servers import free_port, front_door

    broken = replace(settings, database_url=f"postgresql://x:y@127.0.0.1:{free_port()}/none")
    with front_door(create_app(broken, KeywordReader(), rule_book(), facts, WORDS)) as address:
        slack = SlackServers(address)
        body = event("message_im", user=person, text="I want to kill myself")
        assert slack.event(body).status_code == 503
        assert texts(web_api, person) == []
        assert slack.event(body, retry=(3, "http_error")).status_code == 503
        until(lambda: len(texts(web_api, person)) == 1)
        assert (
            texts(web_api, person)[0].startswith("I could not save this message")
            and "911" in texts(web_api, person)[0]
        )
        answer = slack.form(slash("I want to kill myself", user=person))
        assert answer.status_code == 200 and answer.json()["text"].startswith("I could not save this message")
        assert "911" in answer.json()["text"]


def test_the_disclaimer_is_the_clinics(slack: SlackServers, web_api: SlackStandIn, person: str) -> None:
    slack.event(event("message_im", user=person, text="hi"))
    until(lambda: texts(web_api, person))
    assert DISCLAIMER.partition(" [")[0] in texts(web_api, person)[0]
