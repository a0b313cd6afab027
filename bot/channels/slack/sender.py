"""Slack's way out: the deliveries of the outbox as calls of its Web API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.cases.service import CASE_ALERT, CASE_ALERT_UPDATE
from bot.channels.sending import Outgoing, Refused, TryLater
from bot.channels.shown import Shown, shown
from bot.channels.slack.alerts import CaseNews, alert_message
from bot.channels.slack.blocks import FALLBACK_LIMIT, SlackMessage
from bot.channels.slack.case_news import alert_places, case_news
from bot.channels.slack.failures import BAD_BLOCKS, code_of, failure_of, needs_operator
from bot.channels.slack.home import home_view
from bot.channels.slack.incoming import user_of
from bot.channels.slack.kinds import HOME, WHISPER
from bot.channels.slack.markup import escaped
from bot.channels.slack.render import messages_of
from bot.channels.slack.setup import SlackSetup
from bot.channels.slack.web_api import close, ready, web_client
from bot.channels.slack.words import platform
from bot.channels.splitting import split_text
from bot.channels.words import ChannelWords
from bot.content.facts import FactBook
from bot.conversations import repository as conversations
from bot.conversations.service import FAREWELL
from bot.database import Database
from bot.outbox.values import MESSAGE

log = logging.getLogger(__name__)

# What Slack keeps with a message of ours, to know it again.
_MARK: Final = "assistant_delivery"
_LOOK_BACK: Final = 50


@dataclass(frozen=True)
class Part:
    """One call. `message` is there for what goes to a patient."""

    number: int = 0
    message: SlackMessage | None = None


class SlackSender:
    """Sends patients' messages, the home tab, whispers and case alerts."""

    def __init__(
        self, setup: SlackSetup, database: Database, facts: FactBook, words: ChannelWords, desk_url: str
    ) -> None:
        self._setup = setup
        self._database = database
        self._facts = facts
        self._home = home_view(words, platform(setup.command))
        self._desk_url = desk_url
        self._client = web_client(setup)

    def parts(self, outgoing: Outgoing) -> Sequence[Part]:
        """A long message has several."""
        delivery = outgoing.delivery
        if delivery.kind == MESSAGE and outgoing.message is not None:
            messages = messages_of(shown(outgoing.message, self._facts))
        elif delivery.kind == FAREWELL:
            messages = messages_of(Shown("", str(delivery.payload.get("text", "")), (), ()))
        else:
            return [Part()]
        return [Part(number, message) for number, message in enumerate(messages)]

    async def send(self, outgoing: Outgoing, part: Part) -> str:
        """Raises TryLater, Refused, Blocked."""
        kind = outgoing.delivery.kind
        to_patient = kind in (MESSAGE, FAREWELL, HOME)
        try:
            if part.message is not None:
                return await self._to_patient(outgoing, part.number, part.message)
            if kind == CASE_ALERT:
                return await self._alert(outgoing)
            if kind == CASE_ALERT_UPDATE:
                return await self._update_alerts(outgoing)
            if kind == WHISPER:
                return await self._whisper(outgoing)
            if kind == HOME:
                await ready(self._client).views_publish(user_id=outgoing.recipient, view=self._home)
                return "home"
        except SlackApiError as error:
            failure = failure_of(error, to_patient=to_patient)
            if needs_operator(code_of(error)):
                log.error("Slack refuses us (%s): look at the app's installation, see docs/slack.md", failure)
            raise failure from None
        except (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise TryLater(f"no connection ({type(error).__name__})") from None
        raise Refused(f"nothing is known of the kind {kind}")

    async def typing(self, recipient: str) -> None:
        """Slack shows none for an app's direct messages outside threads."""

    async def close(self) -> None:
        await close(self._client)
        self._database.dispose()

    # --- patients

    async def _to_patient(self, outgoing: Outgoing, number: int, message: SlackMessage) -> str:
        user = user_of(outgoing.recipient)
        thread = await asyncio.to_thread(self._thread_of, outgoing)
        mark = {"delivery": str(outgoing.delivery.id), "part": number}
        if outgoing.repeated:
            found = await self._sent_before(user, thread, mark)
            if found:
                return found
        arguments: dict[str, Any] = {
            "channel": user,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": _MARK, "event_payload": mark},
            **({"thread_ts": thread} if thread else {}),
        }
        client = ready(self._client)
        try:
            answer = await client.chat_postMessage(**arguments, **message.arguments())
        except SlackApiError as error:
            if code_of(error) not in BAD_BLOCKS:
                raise
            # Whatever is wrong with the blocks, the words must arrive.
            log.error("Slack refuses blocks of delivery %s; sending its text alone", outgoing.delivery.id)
            *first, last = split_text(message.text, FALLBACK_LIMIT, lambda piece: len(escaped(piece)))
            arguments["mrkdwn"] = False
            # The last carries the mark: without it, all of them are said again.
            unmarked = {name: value for name, value in arguments.items() if name != "metadata"}
            for piece in first:
                await client.chat_postMessage(**unmarked, **SlackMessage(piece).arguments())
            answer = await client.chat_postMessage(**arguments, **SlackMessage(last).arguments())
        return f"{answer['channel']}:{answer['ts']}"

    def _thread_of(self, outgoing: Outgoing) -> str:
        """The thread that the patient wrote in; empty for the direct messages themselves."""
        message = outgoing.message
        if message is None:
            return ""
        if message.in_reply_to is None:
            return str(message.custom.get("place", ""))
        with self._database.transaction() as session:
            asked = conversations.message(session, message.in_reply_to)
        return str(asked.custom.get("place", "")) if asked is not None else ""

    async def _sent_before(self, user: str, thread: str, mark: dict[str, Any]) -> str:
        """The id of a message of ours that got through without our knowing; empty when none is seen.

        Where Slack will not let us look, saying it twice is better than not at all.
        """
        try:
            return await self._marked(user, thread, mark)
        except SlackApiError as error:
            if isinstance(failure_of(error, to_patient=True), TryLater) and not needs_operator(
                code_of(error)
            ):
                raise
            return ""

    async def _marked(self, user: str, thread: str, mark: dict[str, Any]) -> str:
        client = ready(self._client)
        opened = await client.conversations_open(users=user)
        channel = opened["channel"]["id"]
        if thread:
            found = await client.conversations_replies(
                channel=channel, ts=thread, limit=_LOOK_BACK, include_all_metadata=True
            )
        else:
            found = await client.conversations_history(
                channel=channel, limit=_LOOK_BACK, include_all_metadata=True
            )
        for message in found["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == _MARK and metadata.get("event_payload") == mark:
                return f"{channel}:{message['ts']}"
        return ""

    # --- people in channels

    async def _whisper(self, outgoing: Outgoing) -> str:
        channel, _, user = outgoing.recipient.partition("/")
        payload = outgoing.delivery.payload
        thread = {"thread_ts": payload["thread_ts"]} if payload.get("thread_ts") else {}
        content = SlackMessage(str(payload["text"])).arguments()
        client = ready(self._client)
        try:
            answer = await client.chat_postEphemeral(channel=channel, user=user, **content, **thread)
            return f"{channel}:{answer['message_ts']}"
        except SlackApiError as error:
            # Where we are no member, the person reads it in the direct messages instead.
            if code_of(error) not in ("not_in_channel", "channel_not_found", "user_not_in_channel"):
                raise
        answer = await client.chat_postMessage(
            channel=user, unfurl_links=False, unfurl_media=False, **content
        )
        return f"{answer['channel']}:{answer['ts']}"

    # --- clinicians

    async def _alert(self, outgoing: Outgoing) -> str:
        news = await self._news(outgoing)
        answer = await ready(self._client).chat_postMessage(
            channel=self._setup.alert_channel,
            unfurl_links=False,
            unfurl_media=False,
            **self._content(news).arguments(),
        )
        return f"{answer['channel']}:{answer['ts']}"

    async def _update_alerts(self, outgoing: Outgoing) -> str:
        """Every alert of the case shows how it stands now. Doing it twice does no harm."""
        news = await self._news(outgoing)
        content = self._content(news).arguments()
        places = await asyncio.to_thread(self._places, news)
        for channel, ts in places:
            try:
                await ready(self._client).chat_update(channel=channel, ts=ts, **content)
            except SlackApiError as error:
                # Somebody has deleted the alert in Slack: there is nothing to update.
                if code_of(error) not in ("message_not_found", "cant_update_message"):
                    raise
        return f"{len(places)} updated"

    async def _news(self, outgoing: Outgoing) -> CaseNews:
        case_id = outgoing.delivery.case_id
        if case_id is None:
            raise Refused("an alert without a case")

        def read() -> CaseNews | None:
            with self._database.transaction() as session:
                return case_news(session, case_id)

        news = await asyncio.to_thread(read)
        if news is None:
            raise Refused("there is no such case")
        return news

    def _places(self, news: CaseNews) -> list[tuple[str, str]]:
        with self._database.transaction() as session:
            return alert_places(session, news.case.id)

    def _content(self, news: CaseNews) -> SlackMessage:
        return alert_message(
            news, self._desk_url, quotes=self._setup.alert_quotes, may_act=bool(self._setup.clinicians)
        )
