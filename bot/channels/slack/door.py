"""The front door's side of Slack: one address for its events, buttons and commands."""

from __future__ import annotations

import re
from typing import Final

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.plug import ChannelParts, Door
from bot.channels.slack.answers import SlackAnswers
from bot.channels.slack.bolt import SlackApp
from bot.channels.slack.home import home_view
from bot.channels.slack.setup import PATH, SlackSetup
from bot.channels.slack.words import platform

_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}")
_TIME: Final = re.compile(r"[0-9]{1,12}")


def slack_door(setup: SlackSetup, parts: ChannelParts) -> Door:
    """Raises nothing: Slack itself is not asked."""
    said = platform(setup.command)
    version = home_view(parts.words, said)["private_metadata"]
    answers = SlackAnswers(setup, parts.database, parts.inbox(said), parts.words, version, parts.clock)
    app = SlackApp(setup, answers)

    async def events(request: Request) -> Response:
        """POST /channels/slack/events"""
        if not _looks_signed(request):
            return Response(status_code=401)
        try:
            bolt_request = to_async_bolt_request(request, await request.body())
        except (ValueError, TypeError, AttributeError, RecursionError):
            # Bolt takes the body apart before it looks at the signature. Slack never sends such a thing.
            return Response(status_code=400)
        return to_starlette_response(await app.dispatch(bolt_request))

    return Door([Route(PATH, events, methods=["POST"])], app.close)


def _looks_signed(request: Request) -> bool:
    """Bolt stumbles over headers of another shape, and takes a `ssl_check` without any."""
    signature = request.headers.get("x-slack-signature", "")
    time = request.headers.get("x-slack-request-timestamp", "")
    return bool(_SIGNATURE.fullmatch(signature) and _TIME.fullmatch(time))
