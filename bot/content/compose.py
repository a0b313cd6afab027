"""What is said to one message: an answer, several, an honest refusal, or the reply about a personal dose."""

from __future__ import annotations

from collections.abc import Sequence

from bot.content.answers import AnswerBook

MOST_ANSWERS = 3
MOST_OFFERS = 3
FEWEST_OFFERS = 2
_GENERAL_TOPICS = ("common_side_effects", "how_to_take", "when_results_appear")


def compose_answer(topics: Sequence[str], answers: AnswerBook) -> str:
    """One topic: its text. Several: each under its title, in the order asked, and a line naming what is left.

    Raises UnknownTopic, and ValueError when `topics` is empty.
    """
    asked = list(dict.fromkeys(topics))
    if not asked:
        raise ValueError("no topic to answer")
    if len(asked) == 1:
        return answers[asked[0]].text
    parts = [f"{answers[topic].title}:\n{answers[topic].text}" for topic in asked[:MOST_ANSWERS]]
    left = [answers[topic].short for topic in asked[MOST_ANSWERS:]]
    if left:
        them = "that" if len(left) == 1 else "those"
        parts.append(f"You also asked about {_listed(left, 'and')}; ask me again and I'll answer {them} too.")
    return "\n\n".join(parts)


def not_covered(nearby: Sequence[str], answers: AnswerBook) -> str:
    """The refusal: nothing is guessed, subjects near the question are named, the clinic is offered.

    Raises UnknownTopic.
    """
    offered = list(dict.fromkeys(nearby))[:MOST_OFFERS]
    for topic in _GENERAL_TOPICS:
        if len(offered) < FEWEST_OFFERS and topic not in offered:
            offered.append(topic)
    subjects = _listed([answers[topic].short for topic in offered], "or")
    return (
        "My two sources don't cover that, so I won't guess.\n\n"
        f"I can tell you about {subjects}. Would you like me to pass your question to the clinic?"
    )


def personal_dose(answers: AnswerBook) -> str:
    """The reply to "how much should I take?": no sum is done, the general facts are given.

    Raises UnknownTopic when there is no answer on the dose.
    """
    return f"I can't work out a dose for you, but I can tell you how doses are set. {answers['dosage'].text}"


def _listed(phrases: Sequence[str], joiner: str) -> str:
    """'a', 'a or b', 'a, b or c'."""
    *firsts, last = phrases
    return f"{', '.join(firsts)} {joiner} {last}" if firsts else last
