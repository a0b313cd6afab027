"""Escalate a serious side effect."""

from __future__ import annotations

from actions.escalation import EscalateAction
from bot.safety.categories import Category


class ActionEscalateSeriousSideEffect(EscalateAction):
    category = Category.SERIOUS_SIDE_EFFECT

    def name(self) -> str:
        return "action_escalate_serious_side_effect"
