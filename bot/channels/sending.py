"""What a channel must be able to do to get a delivery out, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.conversations.values import Conversation, Message
from bot.outbox.values import Delivery


class SendingFailed(Exception):
    """The root of what a sender raises. The text is a kind of failure fit for a log: no address, no patient's words."""


class TryLater(SendingFailed):
    """Not now: no connection, too many requests, a fault of the provider's. `retry_after` in seconds if it said so."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class Refused(SendingFailed):
    """Never: the provider will not take this, however often it is tried."""


class Blocked(SendingFailed):
    """The recipient has shut us out or is gone."""


@dataclass(frozen=True)
class Outgoing:
    """A delivery with what it delivers. `message` and `conversation` are there when the delivery names them.

    `repeated` says that an earlier attempt may have got through without our knowing: a sender that can look, should.
    """

    delivery: Delivery
    message: Message | None
    conversation: Conversation | None
    repeated: bool

    @property
    def recipient(self) -> str:
        """The channel's own address. Raises Refused when there is none."""
        if not self.delivery.recipient:
            raise Refused("no address to send to")
        return self.delivery.recipient


class Sender(Protocol):
    """One channel's way out. Parts are whatever the channel makes of them, one provider call each."""

    def parts(self, outgoing: Outgoing) -> Sequence[Any]:
        """What to send, in order; pure, and the same for the same delivery. Empty: there is nothing to say."""
        ...

    async def send(self, outgoing: Outgoing, part: Any) -> str:
        """Send one part, within 10 seconds; the provider's id of it. Raises TryLater, Refused, Blocked."""
        ...

    async def typing(self, recipient: str) -> None:
        """Show that an answer is being written, where the platform can. May raise anything: nobody depends on it."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
