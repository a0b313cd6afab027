"""The reader as trained, in conversations: what messages mean after the ones before them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.safety.categories import Category
from bot.safety.rules import RuleOutcome
from bot.safety.screening import Concern
from bot.understanding import Context, Reader
from bot.understanding.concerns import Screening
from bot.understanding.in_context import weigh_in_context
from bot.understanding.payload import topic_payload
from bot.understanding.worry import EXPLICIT

DRINKING = Context(last_topics=("alcohol",), last_question="can I drink on it", last_text="can I drink on it")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("what about the sun", "sun_sensitivity"),
        ("and for kids", "children"),
        ("no, I meant how long the treatment is", "treatment_duration"),
        ("and if I already did", "alcohol"),
        ("is it dangerous", "alcohol"),
        ("why", "alcohol"),
    ],
)
def test_the_subject_that_is_meant(reader: Reader, text: str, topic: str) -> None:
    assert reader.read(text, DRINKING).topics == (topic,)


@pytest.mark.parametrize(
    ("text", "last", "before", "topic"),
    [
        ("is that the same for men", "contraception", "which two methods count", "men_semen_condom"),
        ("and if it's almost time for the next one", "missed_dose", "I forgot a capsule", "missed_dose"),
    ],
)
def test_several_ways_of_reading_agree_on_a_subject(
    reader: Reader, text: str, last: str, before: str, topic: str
) -> None:
    context = Context(last_topics=(last,), last_question=before, last_text=before, last_intent="faq")
    assert reader.read(text, context).topics == (topic,)


def test_at_the_start_of_a_conversation_nothing_leans(reader: Reader) -> None:
    assert reader.read("what if i miss one").topics == ("missed_dose",)


def test_a_question_of_its_own_is_answered_whatever_came_before(reader: Reader) -> None:
    for text in ("how should i store the capsules", "can older people take it", "does it come as a cream"):
        assert reader.read(text, DRINKING).topics == reader.read(text).topics != ()


@pytest.mark.parametrize("text", ["two or three i think", "at home on my own"])
def test_more_of_what_opened_a_case_is_no_question(reader: Reader, text: str) -> None:
    after = Context(
        last_topics=("storage",), last_text="my toddler had some", worries=({"concern_mood": EXPLICIT},)
    )
    assert not reader.read(text, after).topics


def test_a_question_after_a_case_is_about_the_case(reader: Reader) -> None:
    after = Context(
        last_topics=("dosage",), last_text="i am so low since then", worries=({"concern_mood": EXPLICIT},)
    )
    assert reader.read("what am i supposed to do about that", after).topics in (
        (),
        ("mood_education",),
        ("managing_side_effects",),
    )


def test_a_choice_among_subjects_is_still_one_after_a_case(reader: Reader) -> None:
    after = Context(
        last_topics=("storage", "alcohol"),
        choices=("storage", "alcohol"),
        last_text="i am so low since then",
        worries=({"concern_mood": EXPLICIT},),
    )
    assert reader.read("the second one", after).topics == ("alcohol",)


def test_a_scrap_after_a_refusal_is_refused(reader: Reader) -> None:
    context = Context(last_text="does it make your hair fall out", last_intent="not_in_source")
    assert reader.read("permanent?", context).topics == ()


def test_one_of_several_is_picked_by_its_place(reader: Reader) -> None:
    context = Context(last_topics=("alcohol", "sun_sensitivity"), choices=("alcohol", "sun_sensitivity"))
    assert reader.read("tell me more about the second one", context).topics == ("sun_sensitivity",)


def test_what_is_said_after_a_place_counts_before_the_place(reader: Reader) -> None:
    context = Context(last_topics=("storage", "sun_sensitivity"), choices=("storage", "sun_sensitivity"))
    reading = reader.read("back to the first thing, can I drink wine on it", context)
    assert reading.topics[0] == "alcohol"


def test_a_place_that_names_its_own_subject_presses_no_button(reader: Reader) -> None:
    offers = (("Storage", topic_payload("storage")), ("Sun", topic_payload("sun_sensitivity")))
    context = Context(last_text="can I go to Spain", last_intent="not_in_source", offers=offers)
    assert reader.read("the second one", context).topics == ("sun_sensitivity",)
    assert reader.read("the second one, can I drink wine on it", context).topics == ("alcohol",)


@pytest.mark.parametrize(
    "rest", ["", ", thank you", ", kindly", ", my mum is worried", ", for my dry lips", ", can I drink wine"]
)
def test_the_button_that_calls_somebody_is_pressed_whatever_follows(reader: Reader, rest: str) -> None:
    offers = (("Dry skin", topic_payload("dry_skin_lips")), ("Ask the clinic", "/request_human"))
    context = Context(last_text="does it make hair fall out", last_intent="not_in_source", offers=offers)
    found = reader.read(f"the second one{rest}", context).concerns
    assert [concern.category for concern in found] == [Category.HUMAN]


def test_thanks_after_a_place_still_press_it(reader: Reader) -> None:
    offers = (("Storage", topic_payload("storage")), ("Sun", topic_payload("sun_sensitivity")))
    assert reader.read("the first one, thank you very much", Context(offers=offers)).topics == ("storage",)


@pytest.mark.parametrize(
    "text",
    [
        "At first, my lips cracked and now my nose bleeds, what can I put on them, and can I drink wine?",
        "My eyes were dry at first, then my knees. Can I take ibuprofen, and how long does treatment last?",
    ],
)
def test_a_place_in_a_story_is_none_where_nothing_was_offered(reader: Reader, text: str) -> None:
    assert len(reader.read(text).topics) >= 2


def test_a_quick_reply_may_be_typed(reader: Reader) -> None:
    offers = (("Dry skin", topic_payload("dry_skin_lips")), ("It's happening to me now", "/concern_mood"))
    assert reader.read("dry skin!", Context(offers=offers)).topics == ("dry_skin_lips",)
    assert reader.read(
        "its happening to me now", Context(offers=(("Its happening to me now", "/concern_mood"),))
    ).concerns
    assert reader.read("the second one", Context(offers=offers)).intent == "concern_mood"


def test_what_leans_on_a_refused_question_is_refused(reader: Reader) -> None:
    context = Context(last_text="does it make your hair fall out", last_intent="not_in_source")
    assert reader.read("why", context).intent == "not_in_source"


def test_a_pronoun_after_contraception_is_a_risk(reader: Reader) -> None:
    context = Context(last_topics=("contraception",), last_text="which two methods are best")
    reading = reader.read("ours slid off on Saturday", context)
    assert (reading.intent, reading.concerns[0].tier, reading.topics) == ("concern_pregnancy", 1, ())
    assert reading.explanations[0].category == "concern_pregnancy"
    assert not reader.read("ours slid off on Saturday").concerns


def test_that_is_me_after_warning_signs(reader: Reader) -> None:
    context = Context(last_topics=("mood_education",), last_text="can it change your mood")
    assert reader.read("yeah that's me", context).intent == "concern_mood"
    assert not reader.read("yeah that's me", DRINKING).concerns


@pytest.mark.parametrize("answer", ["yeah kind of", "sometimes", "not sure"])
def test_half_a_yes_is_a_yes(reader: Reader, answer: str) -> None:
    assert reader.read(answer, Context(pending_clarification="concern_mood")).intent == "concern_mood"


def test_a_firm_no_settles_and_half_a_no_does_not(reader: Reader) -> None:
    pending = Context(pending_clarification="concern_mood")
    assert reader.read("no!! just asking", pending).intent == "ask_topic"
    half = reader.read("not really", pending)
    assert (half.intent, half.topics, half.concerns) == ("faq", ("mood_education",), ())


@pytest.mark.parametrize("text", ["thanks", "can I drink wine", "how do I store the capsules"])
def test_nothing_harmless_becomes_a_concern_by_what_came_before(reader: Reader, text: str) -> None:
    context = Context(last_text="i am so low", worries=({"concern_mood": EXPLICIT}, {"concern_mood": 0.4}))
    assert not reader.read(text, context).concerns


@pytest.mark.parametrize(
    "text",
    [
        "every single day?? im in an office",
        "she's on the pill already",
        "ours kinda broke sunday",
        "mine was late too this time",
        "didnt fancy going out again",
        "few drops only, two minutes",
    ],
)
@pytest.mark.parametrize("topic", ["sun_sensitivity", "contraception", "nosebleeds", "mood_education"])
def test_a_concern_of_one_message_is_at_least_asked_about_after_another(
    reader: Reader, text: str, topic: str
) -> None:
    said = "tell me about it"
    after = Context(last_topics=(topic,), last_text=said, last_question=said, answered=True)
    weighed_in = weigh_in_context(reader._model, reader._rules, text, RuleOutcome(), weak_mood(text), after)
    assert weighed_in.concerns or weighed_in.clarify


def test_the_stand_in_is_looked_for_before_a_weak_guess_opens_a_case(reader: Reader) -> None:
    before = "what if its only condoms"
    after = Context(last_topics=("contraception",), last_text=before, last_question=before, answered=True)
    (concern,) = reader.read("cause ours kinda broke sunday", after).concerns
    assert concern.category.value == "concern_pregnancy"


def test_a_refused_personal_dose_leaves_the_dose_as_the_subject(reader: Reader) -> None:
    asked = reader.read("im 68 kg how many mg should i be on")
    assert asked.intent == "personal_dose" and asked.topics == ("dosage",)


def weak_mood(text: str) -> Screening:
    """As if the classifier found a little low mood in the message: what it finds today may be gone tomorrow."""
    concern = Concern(Category.MOOD, 2, 0, len(text), text, "reads a little like low mood", 0.12)
    return Screening((concern,), None)


IN_WINTER = "even in winter, when it rains?"
CLOUDY = "do i still need suncream if its cloudy"
TALK = Context(last_topics=("sun_sensitivity",), last_text=CLOUDY, last_question=CLOUDY, answered=True)


def weighed(reader: Reader, context: Context) -> Screening:
    model, rules = reader._model, reader._rules
    return weigh_in_context(model, rules, IN_WINTER, RuleOutcome(), weak_mood(IN_WINTER), context)


def test_a_weak_concern_that_the_talk_does_not_bear_out_is_asked_about(reader: Reader) -> None:
    assert weighed(reader, TALK) == Screening((), "concern_mood")


@pytest.mark.parametrize(
    "context",
    [
        replace(TALK, answered=False),
        replace(TALK, awaiting_contact=True),
        replace(TALK, worries=({"concern_mood": EXPLICIT},)),
    ],
    ids=["a person talks with the patient", "the next answer is their number", "after a case"],
)
def test_a_weak_concern_is_not_weighed_where_the_next_answer_is_not_free(
    reader: Reader, context: Context
) -> None:
    assert weighed(reader, context) == weak_mood(IN_WINTER)


def test_what_is_told_beside_a_no_is_read_by_itself(reader: Reader) -> None:
    asked = Context(
        pending_clarification="concern_serious_side_effect",
        last_topics=("serious_side_effects",),
        last_text="what side effects are bad",
        last_intent="faq",
        answered=True,
    )
    said = "no but can I drink wine on it"
    reading = reader.read(said, asked)
    assert reading.text == said and reading.topics == ("alcohol",)
    worse = reader.read("no but now my chest is tight and I can't breathe", asked)
    assert worse.concerns and all(worse.text[c.start : c.end] == c.evidence for c in worse.concerns)


def test_a_personal_dose_beside_three_questions_loses_none(reader: Reader) -> None:
    text = "I'm 60 kg, how many mg should I take? Can I drink wine? Do I need sun cream? When will it work?"
    reading = reader.read(text)
    assert reading.intent == "personal_dose" and len(reading.topics) == 3
    assert {"dosage", "alcohol", "sun_sensitivity", "when_results_appear"} == {
        *reading.topics,
        *reading.further_topics,
    }
