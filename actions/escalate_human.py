"""Escalate the wish to hear from a person."""

from __future__ import annotations

from actions.escalation import EscalateAction
from bot.safety.categories import Category


class ActionEscalateHuman(EscalateAction):
    category = Category.HUMAN

    def name(self) -> str:
        return "action_escalate_human"
