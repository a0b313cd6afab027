"""One call to a provider through Apprise, with time limits and a key by which a repeat can be told."""

from __future__ import annotations

import logging
import re
import threading
from typing import Final

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.plugins.base import NotifyBase

from bot.channels.sending import Refused, TryLater

# Each network step of a call. The courier waits for 12 seconds in all.
CONNECT_SECONDS: Final = 4.0
READ_SECONDS: Final = 5.0
KEY_HEADER: Final = "Idempotency-Key"
# On-call services that take an alert with a known key for the one that they have.
_KEY_FIELDS: Final = {"NotifyPagerDuty": "dedup", "NotifyGoAlert": "dedup", "NotifyOpsgenie": "alias"}

_asset: Final = AppriseAsset(
    app_id="Care desk", app_desc="Care desk", async_mode=False, storage_mode="memory"
)


class Provider:
    """Makes a plugin for each call: plugins keep state, and throttle themselves."""

    def __init__(self) -> None:
        self._statuses = _Statuses()
        logger = logging.getLogger("apprise")
        # Its lines name addresses. We keep the status that they mention, nothing else.
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.handlers = [self._statuses]

    def send(self, url: str, title: str, body: str, key: str, *, urgent: bool) -> None:
        """Returns when the provider has taken it. Blocks.

        Raises:
            TryLater: it was not taken; with the provider's status where that is known.
            Refused: the URL names no provider that Apprise knows, or lacks something.
        """
        plugin = Apprise.instantiate(url, asset=_asset)
        if plugin is None:
            raise Refused("the address cannot be used")
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, CONNECT_SECONDS)
        plugin.socket_read_timeout = min(plugin.socket_read_timeout, READ_SECONDS)
        _mark(plugin, key)
        self._statuses.forget()
        kind = NotifyType.WARNING if urgent else NotifyType.INFO
        if not plugin.notify(title=title, body=body, notify_type=kind, body_format=NotifyFormat.TEXT):
            raise TryLater(self._statuses.problem())


def _mark(plugin: NotifyBase, key: str) -> None:
    """Give the key along wherever the provider has a place for it. The page's own number in the text is everywhere."""
    headers = getattr(plugin, "headers", None)
    if isinstance(headers, dict):
        headers[KEY_HEADER] = key
    name = _KEY_FIELDS.get(type(plugin).__name__)
    if name is not None and not getattr(plugin, name, None):
        setattr(plugin, name, key)


class _Statuses(logging.Handler):
    """The HTTP status that Apprise mentioned last, by thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._latest = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        found = re.search(r"error=(\d{3})\b", record.getMessage())
        if found:
            self._latest.status = found[1]

    def forget(self) -> None:
        self._latest.status = ""

    def problem(self) -> str:
        status = getattr(self._latest, "status", "")
        return f"not taken (status {status})" if status else "not taken, or no connection"
