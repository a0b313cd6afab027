"""Escalation cases: what a clinician must see, until a clinician has dealt with it."""

from bot.cases.domain import Case, Opened, State, Trigger
from bot.cases.service import acknowledge, open_case, record_contact, resolve

__all__ = ["Case", "Opened", "State", "Trigger", "acknowledge", "open_case", "record_contact", "resolve"]
