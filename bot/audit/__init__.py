"""The trail of who saw and did what at the care desk: it only grows, and each entry seals the one before it."""

from bot.audit.domain import Entry
from bot.audit.repository import record

__all__ = ["Entry", "record"]
