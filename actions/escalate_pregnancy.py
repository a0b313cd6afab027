"""Escalate a pregnancy that is possible, confirmed or risked."""

from __future__ import annotations

from actions.escalation import EscalateAction
from bot.safety.categories import Category


class ActionEscalatePregnancy(EscalateAction):
    category = Category.PREGNANCY

    def name(self) -> str:
        return "action_escalate_pregnancy"
