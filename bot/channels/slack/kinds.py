"""The kinds of delivery that only Slack has."""

from __future__ import annotations

from typing import Final

WHISPER: Final = "whisper"
"""To one person in a channel: recipient CHANNEL/USER, payload `text` and `thread_ts`."""

HOME: Final = "home"
"""The home tab: recipient USER."""
