"""Escalate thoughts of suicide or self-harm."""

from __future__ import annotations

from actions.escalation import EscalateAction
from bot.safety.categories import Category


class ActionEscalateSuicidal(EscalateAction):
    category = Category.SUICIDAL

    def name(self) -> str:
        return "action_escalate_suicidal"
