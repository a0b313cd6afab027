"""Rasa's rules and the replies without Rasa say the same to every intent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.content import ContentError
from bot.dialogue.nlg import GroundedNLG
from bot.replies import Replies
from bot.safety.categories import Category
from bot.safety.screening import Concern
from bot.understanding import Context, Reading, to_parse_data
from bot.understanding.labels import CONCERNS
from tests.unit.replies.conftest import DATA

DOMAIN_FILE = DATA.parent / "domain.yml"
BEFORE = Reading("can I drink?", "faq", 0.9, topics=("alcohol",))
SAID_BEFORE = "Best not [A14]."


def _rules() -> list[tuple[str, str]]:
    """(intent, the response of the rule's last utterance) of every rule that needs no open form."""
    rules = [
        rule
        for path in sorted((DATA / "rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    ]
    found = []
    for rule in rules:
        steps = rule["steps"]
        utterances = [step["action"] for step in steps if step.get("action", "").startswith("utter_")]
        if "condition" not in rule and "intent" in steps[0] and utterances:
            found.append((steps[0]["intent"], utterances[-1]))
    return found


def _reading(intent: str) -> Reading:
    text = "what I wrote"
    if intent in CONCERNS:
        concern = Concern(Category(intent), 2, 0, len(text), text, "why", 1.0)
        return Reading(text, intent, 1.0, topics=("storage",), concerns=(concern,))
    if intent in ("faq", "ask_topic", "personal_dose"):
        return Reading(text, intent, 0.9, topics=("dosage", "storage"), uncovered=True)
    if intent == "clarify_concern":
        return Reading(text, intent, 1.0, clarify="concern_pregnancy")
    return Reading(text, intent, 0.9, nearby=("liver",))


def _tracker(*readings: Reading) -> DialogueStateTracker:
    tracker = DialogueStateTracker.from_events("someone", [])
    for number, reading in enumerate(readings):
        data = to_parse_data(reading)
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(UserUttered(reading.text, data["intent"], data["entities"], data))
        if number == 0:
            tracker.update(BotUttered(SAID_BEFORE))
    return tracker


@pytest.fixture(scope="module")
def nlg() -> GroundedNLG:
    """As `rasa run` makes it: before the model, with an empty domain, and the templates handed over later."""
    made = GroundedNLG(EndpointConfig(), Domain.empty())
    made.responses = Domain.from_file(str(DOMAIN_FILE)).responses
    return made


@pytest.mark.parametrize(("intent", "response"), _rules())
async def test_both_say_the_same(nlg: GroundedNLG, replies: Replies, intent: str, response: str) -> None:
    reading = _reading(intent)
    if response == "utter_faq":
        response += f"/{reading.topics[0]}"  # Rasa completes it from the response selector's output
    by_rasa: dict[str, Any] = await nlg.generate(response, _tracker(BEFORE, reading), "frontdoor") or {}
    context = Context(last_topics=BEFORE.topics, last_question=BEFORE.text)
    said = replies.to(reading, context, SAID_BEFORE)
    assert said.text
    assert by_rasa["text"] == said.text
    assert [(b["title"], b["payload"]) for b in by_rasa.get("buttons", ())] == list(said.buttons)


def test_every_intent_gets_words(replies: Replies) -> None:
    domain = yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))
    intents = [next(iter(item)) if isinstance(item, dict) else item for item in domain["intents"]]
    silent = [intent for intent in intents if not replies.to(_reading(intent)).text]
    assert intents and silent == []


async def test_nothing_is_said_where_no_words_are_due(nlg: GroundedNLG) -> None:
    concern = Concern(Category.SUICIDAL, 1, 0, 4, "what", "why", 1.0)
    reading = Reading("what I wrote", "concern_suicidal", 1.0, topics=("storage",), concerns=(concern,))
    assert await nlg.generate("utter_other_questions", _tracker(reading), "frontdoor") is None


async def test_the_first_turn_has_no_earlier_topics(nlg: GroundedNLG, replies: Replies) -> None:
    reading = _reading("ask_source")
    generated = await nlg.generate("utter_sources", _tracker(reading), "frontdoor")
    assert generated is not None and generated["text"] == replies.to(reading).text
    assert "two texts" in generated["text"]


def test_a_domain_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "domain.yml"
    broken.write_text("responses:\n  utter_greet: []\n", encoding="utf-8")
    with pytest.raises(ContentError, match="domain.yml: its responses cannot be read"):
        Replies.load(DATA, broken)
