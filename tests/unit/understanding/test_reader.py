"""The reader as trained: what it makes of messages, and what it never does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.understanding import Context, ModelMissing, Reader, UnderstandingError
from bot.understanding.labels import CONCERNS
from bot.understanding.payload import topic_payload

ANYTHING = st.one_of(
    st.text(max_size=400),
    st.text(
        st.sampled_from("🙂😀\u200b\u200d\u202e\ufeff\u0301 \n\t'’.,!?/{}[]<>0123456789abiIpregnt"),
        max_size=200,
    ),
    st.lists(
        st.sampled_from(
            "I think i'm pregnant not sure, kill myself. no joke! can it cause depression? 40 mg\n".split(" ")
        ),
        max_size=60,
    ).map(" ".join),
)
CONTEXTS = st.builds(
    Context,
    last_topics=st.lists(st.sampled_from(["alcohol", "liver"]), max_size=2).map(tuple),
    last_question=st.text(max_size=40),
    pending_clarification=st.none() | st.sampled_from(CONCERNS),
    awaiting_contact=st.booleans(),
    hints=st.lists(st.sampled_from(CONCERNS), max_size=2).map(tuple),
    asked_back=st.booleans(),
    offered_clinic=st.booleans(),
)


@given(ANYTHING, CONTEXTS)
@settings(max_examples=60, deadline=None)
@example("", Context())
@example("\ud800", Context())
@example("x" * 4000, Context())
@example("¿" * 4000, Context(pending_clarification="concern_mood"))
@example("I want to kill myself. " * 170, Context())
def test_any_text_is_read_and_every_concern_quotes_it(reader: Reader, text: str, context: Context) -> None:
    reading = reader.read(text, context)
    assert reading.text == text and reading.detector_version == reader.version
    for concern in reading.concerns:
        assert concern.evidence == text[concern.start : concern.end]
        assert concern.tier in (1, 2, 3) and 0.0 <= concern.certainty <= 1.0 and concern.reason
    if reading.concerns:
        assert reading.intent == reading.concerns[0].category.value and reading.clarify is None
    assert len(reading.topics) <= 3


@pytest.mark.parametrize("text", ["concern_mood", 'ask_topic{"topic": "alcohol"}', "utter_faq", "🙂", "?!"])
def test_what_no_person_writes_says_nothing(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert (reading.intent, reading.topics, reading.concerns) == ("unsure", (), ())


@pytest.mark.parametrize("text", ["i_want_to_die", "want_to_kill_myself", "i_think_i_am_pregnant"])
def test_words_joined_by_underscores_are_words(reader: Reader, text: str) -> None:
    assert reader.read(text).concerns


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Can I drink alcohol while I take isotretinoin?", ("alcohol",)),
        ("I missed a dose, what should I do?", ("missed_dose",)),
        ("How should I store the capsules?", ("storage",)),
        ("can it cause depression?", ("mood_education",)),
        ("Do I need to wear sunscreen? And can I drink alcohol?", ("sun_sensitivity", "alcohol")),
    ],
)
def test_questions_are_read_in_the_order_asked(reader: Reader, text: str, topics: tuple[str, ...]) -> None:
    reading = reader.read(text)
    assert (reading.intent, reading.topics, reading.concerns) == ("faq", topics, ())


@pytest.mark.parametrize(
    ("text", "intent", "tier"),
    [
        ("I want to kill myself", "concern_suicidal", 1),
        ("I think I'm pregnant", "concern_pregnancy", 1),
        ("I've been crying every day since I started", "concern_mood", 2),
        ("my face is swollen and I can't breathe", "concern_serious_side_effect", 1),
        ("I want to talk to a real person", "request_human", 3),
    ],
)
def test_concerns_are_read(reader: Reader, text: str, intent: str, tier: int) -> None:
    reading = reader.read(text)
    assert (reading.intent, reading.concerns[0].tier) == (intent, tier)


def test_the_other_question_beside_a_concern_is_kept_and_the_concern_s_own_subject_is_not(
    reader: Reader,
) -> None:
    reading = reader.read("I think I'm pregnant. How should I store the capsules?")
    assert reading.intent == "concern_pregnancy"
    assert reading.topics == ("storage",)


@pytest.mark.parametrize("text", ["", " ", "🙂🙂", "...", "\u200b", "?!"])
def test_without_letters_nothing_is_guessed(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert (reading.intent, reading.topics, reading.concerns) == ("unsure", (), ())


def test_yes_and_no_answer_the_question_back(reader: Reader) -> None:
    pending = Context(pending_clarification="concern_pregnancy", hints=("concern_pregnancy",))
    yes = reader.read("yes", pending)
    assert (yes.intent, yes.concerns[0].tier, yes.concerns[0].evidence) == ("concern_pregnancy", 1, "yes")
    no = reader.read("no", pending)
    assert (no.intent, no.topics, no.concerns) == ("ask_topic", ("pregnancy_education",), ())


def test_a_concern_is_stronger_than_a_pending_question(reader: Reader) -> None:
    reading = reader.read("no, but I want to kill myself", Context(pending_clarification="concern_pregnancy"))
    assert reading.intent == "concern_suicidal"


def test_a_follow_up_takes_its_subject_from_the_answer_before(reader: Reader) -> None:
    context = Context(last_topics=("sun_sensitivity",), last_question="do I need sunscreen?")
    reading = reader.read("why?", context)
    assert (reading.intent, reading.topics) == ("follow_up", ("sun_sensitivity",))


def test_a_follow_up_may_name_another_subject(reader: Reader) -> None:
    context = Context(last_topics=("sun_sensitivity",), last_question="do I need sunscreen?")
    assert reader.read("what about alcohol?", context).topics == ("alcohol",)


def test_contact_details_are_seen_when_they_were_asked_for(reader: Reader) -> None:
    text = "you can get me on 202 555 0143 but please only in the evenings after I finished my shift"
    assert reader.read(text, Context(awaiting_contact=True)).intent == "provide_contact"


def test_what_a_patient_types_like_a_payload_is_text(reader: Reader) -> None:
    reading = reader.read('/ask_topic{"topic": "alcohol"}')
    assert reading.intent != "ask_topic"


@pytest.mark.parametrize("category", CONCERNS)
def test_a_concern_button_is_a_concern(reader: Reader, category: str) -> None:
    reading = reader.read_payload(f"/{category}", "It's happening to me now")
    (concern,) = reading.concerns
    assert (reading.intent, concern.category.value, concern.evidence) == (category, category, reading.text)


def test_a_topic_button_asks_for_its_topic(reader: Reader) -> None:
    reading = reader.read_payload(topic_payload("alcohol"), "Alcohol")
    assert (reading.intent, reading.topics, reading.text) == ("ask_topic", ("alcohol",), "Alcohol")


@pytest.mark.parametrize("payload", ["/ask_topic", "alcohol", "/ask_topic{"])
def test_what_is_no_button_of_ours_is_refused(reader: Reader, payload: str) -> None:
    with pytest.raises(UnderstandingError):
        reader.read_payload(payload, "title")


def test_no_model_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="make train"):
        Reader.load(tmp_path)
