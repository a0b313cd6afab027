"""A case as clinicians see it in Slack: reference, category and urgency. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.cases.domain import TRANSITIONS, Case, State
from bot.cases.words import CATEGORIES, STATES, TIERS, time_words
from bot.channels.slack.blocks import (
    Block,
    SlackMessage,
    button,
    buttons,
    fields,
    header,
    section,
    small_print,
)

ACKNOWLEDGE: Final = "case_acknowledge"
OPEN: Final = "case_open"
UNREACHED: Final = (
    "A message of the assistant did not reach this patient: please do not wait for an answer there."
)


@dataclass(frozen=True)
class CaseNews:
    """A case and the latest that a clinician did with it: `who` and `at` are empty as long as nobody has.

    `unreached`: a message could not be delivered to the patient. `answered_at`: when the patient last answered a
    clinician, if nobody has written to them since.
    """

    case: Case
    who: str
    at: datetime | None
    unreached: bool
    answered_at: datetime | None = None


def alert_message(news: CaseNews, desk_url: str, *, quotes: bool, may_act: bool) -> SlackMessage:
    """`quotes`: with the words that raised the case. `may_act`: somebody may acknowledge from here."""
    case = news.case
    urgency, concern = TIERS[case.tier], CATEGORIES[case.category]
    blocks: list[Block] = [
        header(f"{urgency}: {concern}"),
        fields(
            [
                ("Case", case.reference),
                ("State", STATES[case.state.value]),
                ("Opened", time_words(case.opened_at)),
                ("Acknowledge by", time_words(case.due_at)),
            ]
        ),
    ]
    if quotes and case.evidence.strip():
        blocks.append(section(f"“{case.evidence}”"))
    if news.at is not None:
        blocks.append(small_print(f"{STATES[case.state.value]} by {news.who}, {time_words(news.at)}"))
    if news.answered_at is not None:
        blocks.append(small_print(f"The patient has answered, {time_words(news.answered_at)}"))
    if news.unreached:
        blocks.append(small_print(UNREACHED))
    steps = [button("Open", OPEN, url=f"{desk_url}/desk/cases/{case.id}")]
    if may_act and State.ACKNOWLEDGED in TRANSITIONS[case.state]:
        steps.insert(0, button("Acknowledge", ACKNOWLEDGE, value=str(case.id), style="primary"))
    blocks.append(buttons(steps))
    return SlackMessage(
        f"Case {case.reference}: {urgency}, {concern}. {STATES[case.state.value]}.", tuple(blocks)
    )
