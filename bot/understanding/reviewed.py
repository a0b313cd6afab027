"""What the reviewed rules say of a message, as typed and in known words."""

from __future__ import annotations

from dataclasses import replace

from bot.safety.rules import RuleBook, RuleOutcome
from bot.understanding.spelling import respelt


def reviewed(rules: RuleBook, text: str) -> RuleOutcome:
    """A concern in either spelling is one. Places are those of `text`."""
    typed = rules.match(text)
    known = respelt(text)
    if known is None:
        return typed
    found = rules.match(known.text)
    held = {(match.rule_id, match.category) for match in typed.matches}
    matches = list(typed.matches)
    for match in found.matches:
        if (match.rule_id, match.category) not in held:
            start, end = known.original(match.start, match.end)
            matches.append(replace(match, start=start, end=end, evidence=text[start:end]))
    neutralised = list(typed.neutralised)
    for clause in found.neutralised:
        start, end = known.original(clause.start, clause.end)
        neutralised.append(replace(clause, start=start, end=end))
    matches.sort(key=lambda match: (match.tier, match.start))
    return RuleOutcome(tuple(matches), tuple(dict.fromkeys(neutralised)))
