"""What a kind of delivery needs beside being sent: how long it is tried, whether it still stands, what follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from sqlalchemy.orm import Session

from bot.outbox.values import Delivery


class Standing(Enum):
    """What is to become of a delivery whose turn it is."""

    SEND = "send"
    CANCEL = "cancel"  # nobody needs it any more
    GIVE_UP = "give up"  # it failed, and something later takes its place


class Keeper(Protocol):
    """Looks after the deliveries of one kind. Everything but `patience` runs in the courier's transaction."""

    def patience(self, delivery: Delivery) -> timedelta:
        """How long after it was put in it is given up."""
        ...

    def standing(self, session: Session, delivery: Delivery) -> Standing:
        """Asked right before each attempt."""
        ...

    def sent(self, session: Session, delivery: Delivery, now: datetime) -> None:
        """The provider has taken it."""
        ...

    def given_up(self, session: Session, delivery: Delivery, problem: str, now: datetime) -> None:
        """It will not be tried again; the row says so already, and so does the log."""
        ...
