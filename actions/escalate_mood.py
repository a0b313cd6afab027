"""Escalate low or changed mood."""

from __future__ import annotations

from actions.escalation import EscalateAction
from bot.safety.categories import Category


class ActionEscalateMood(EscalateAction):
    category = Category.MOOD

    def name(self) -> str:
        return "action_escalate_mood"
