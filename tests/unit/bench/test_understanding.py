"""The comparison: the same messages for all, costs apart, results without a message."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.understanding.__main__ import BenchError, main, run_system, write
from bench.understanding.result import Run, markdown
from bench.understanding.systems import TITLES, TrainingData
from bench.understanding.systems.counts import Counts
from bench.understanding.systems.keywords import KeywordSystem, topic_keywords
from bench.understanding.systems.one_label import judgement_of
from bench.understanding.systems.rasa_pipelines import RasaPipeline, judgement_in, nlu_data, plain
from bench.understanding.training_sample import sample
from bench.understanding.work import Served, Task, Trained, read_served, write_result
from bot.evaluation.frozen import RUNS
from bot.evaluation.gold import Gold, GoldError
from bot.evaluation.measures import Judged
from bot.evaluation.sets import MessageSet
from bot.evaluation.system import FoundConcern, Judgement
from bot.safety.rules import RuleBook
from bot.understanding.examples import Example
from bot.understanding.training import LEAST_EXAMPLES

DATA = Path(__file__).resolve().parents[3] / "data"
SECRET = "zebracrossing"
MESSAGES = [
    {"id": "a", "text": f"can I drink alcohol {SECRET}", "topics": ["alcohol"], "concern": "none"},
    {
        "id": "b",
        "text": f"i want to kill myself {SECRET}",
        "topics": [],
        "concern": "concern_suicidal",
        "tier": 1,
    },
]


def test_one_label_leads_to_an_answer_a_case_or_nothing() -> None:
    asked = judgement_of({"faq/alcohol": 0.6, "concern_mood": 0.4}, refused=False)
    assert (asked.topics, asked.concerns) == (("alcohol",), ())
    assert (asked.best_topic, asked.topic_probability, asked.concern_probability) == ("alcohol", 0.6, 0.4)
    case = judgement_of({"faq/alcohol": 0.3, "concern_suicidal": 0.7}, refused=False)
    assert (case.topics, case.concerns) == ((), (FoundConcern("concern_suicidal", 1),))
    refused = judgement_of({"faq/alcohol": 0.2, "concern_mood": 0.1}, refused=True)
    assert (refused.topics, refused.concerns) == ((), ())


def test_parse_data_of_rasa() -> None:
    ranking = [{"name": "nlu_fallback", "confidence": 0.3}, {"name": "faq.alcohol", "confidence": 0.2}]
    refused = judgement_in({"intent": ranking[0], "intent_ranking": ranking})
    assert (refused.topics, refused.best_topic, refused.topic_probability) == ((), "alcohol", 0.2)
    sure = {"name": "faq.alcohol", "confidence": 0.8}
    assert judgement_in({"intent": sure, "intent_ranking": [sure]}).topics == ("alcohol",)
    empty = {"intent": {"name": None, "confidence": 0.0}, "intent_ranking": []}
    assert judgement_in(empty) == Judgement()


def test_rasa_sees_topics_as_plain_intents_and_the_first_label_of_several() -> None:
    examples = [Example("x [y](z)", ("faq/alcohol", "faq/liver"))]
    (written,) = nlu_data(TrainingData(examples, DATA, 1))["rasa_nlu_data"]["common_examples"]
    assert written == {"text": "x [y](z)", "intent": "faq.alcohol", "entities": []}
    assert "/" not in plain("faq/alcohol")


def test_the_two_pipelines_differ_in_their_opening_alone() -> None:
    stock, spacy = (RasaPipeline(name).config(7)["pipeline"] for name in ("rasa", "spacy"))
    assert stock[1:] == spacy[3:]
    assert [part["epochs"] for part in stock if part["name"] == "DIETClassifier"] == [7]


def test_counts_learn(tmp_path: Path) -> None:
    words = {"faq/alcohol": "wine beer gin", "concern_mood": "cry low sad", "greet": "hello hey hi"}
    examples = [
        Example(f"{word} {word} today", (label,))
        for label, all_of in words.items()
        for word in all_of.split()
    ]
    Counts().train(TrainingData(examples * 4, DATA, 1), tmp_path)
    assert Counts().load(tmp_path, DATA).judge("wine beer wine gin today").topics == ("alcohol",)


def test_keywords_are_words_of_few_topics() -> None:
    keywords = topic_keywords(
        {
            "alcohol": ["Alcohol strains the liver"],
            "liver": ["The liver tests"],
            "x": ["the strains"],
            "y": ["strains"],
        }
    )
    assert keywords["alcohol"] == {"alcohol", "liver"}
    assert "strain" not in keywords["x"]
    system = KeywordSystem(keywords, RuleBook.load(DATA / "safety"))
    assert system.judge("Alcohol?").topics == ("alcohol",)
    assert system.judge("and my livers?").topics == ("alcohol", "liver")
    assert system.judge("no idea").refused
    assert system.judge("i want to kill myself").concerns[0] == FoundConcern("concern_suicidal", 1)


labelled = st.lists(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True), min_size=1, max_size=120
)


@given(labelled, st.integers(0, 140), st.integers(0, 3))
def test_a_sample_keeps_every_label_trainable(labels: list[list[str]], size: int, seed: int) -> None:
    examples = [Example(str(n), tuple(own)) for n, own in enumerate(labels)]
    chosen = sample(examples, size, seed)
    assert chosen == sample(examples, size, seed)
    assert len(chosen) >= min(size, len(examples))
    assert len({e.text for e in chosen}) == len(chosen)
    all_of = Counter(label for e in examples for label in e.labels)
    kept = Counter(label for e in chosen for label in e.labels)
    assert all(kept[label] >= min(LEAST_EXAMPLES, count) for label, count in all_of.items())


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    judgement = Judgement(("alcohol",), (FoundConcern("concern_mood", 2),), None, None, "alcohol", 0.5, 0.4)
    served = Served(((judgement, Judgement()), ()), 1.0, 2.0, 1.5, 300.0)
    write_result(tmp_path / "served.json", served)
    assert read_served(tmp_path / "served.json") == served
    task = Task("ours", tmp_path / "a", DATA, (tmp_path / "t.jsonl",), None, 100)
    task.write(tmp_path / "task.json")
    assert Task.read(tmp_path / "task.json") == task


def made_up_run(*, with_stock: bool) -> Run:
    trained = Trained(10.0, 12.0, 500.0, 3.0, 100, "v")
    item = Judged(Gold("a", SECRET, ("alcohol",), "none"), Judgement(("alcohol",)))
    costs = {"ours": (trained, Served(((),), 1.0, 5.0, 4.0, 300.0))}
    if with_stock:
        costs["rasa"] = (trained, Served(((),), 1.0, 20.0, 18.0, 900.0))
    return Run({"t": {system: MessageSet("t", (item,)) for system in costs}}, costs, {"date": "today"})


def test_costs_are_told_as_a_multiple_of_stock_rasa() -> None:
    assert made_up_run(with_stock=True).ratio("ours") == pytest.approx(0.25)
    assert made_up_run(with_stock=False).ratio("ours") is None
    page = markdown(made_up_run(with_stock=True), {"A picture": "x.svg"})
    assert "| ours | 5.0 ms | 0.25 × | 300 MB |" in page
    assert "| covered question: a right topic is answered (higher is better) | 100.0 [" in page
    assert "![A picture](x.svg)" in page
    assert SECRET not in page + json.dumps(made_up_run(with_stock=True).to_dict())


def test_all_systems_fit_into_one_picture(tmp_path: Path) -> None:
    run = made_up_run(with_stock=True)
    cost, items = run.costs["ours"], run.sets["t"]["ours"]
    every = Run({"t": dict.fromkeys(TITLES, items)}, dict.fromkeys(TITLES, cost), run.about)
    write(every, tmp_path)
    picture = (tmp_path / "understanding-costs.svg").read_text(encoding="utf-8")
    assert all(f"<!-- {title} -->" in picture for title in TITLES.values())


def test_a_whole_run(tmp_path: Path) -> None:
    test = tmp_path / "frozen_made_up.jsonl"
    test.write_text("\n".join(map(json.dumps, MESSAGES)), encoding="utf-8")
    out, work = tmp_path / "out", tmp_path / "work"
    main(["--systems", "keywords", "--tests", str(test), "--out", str(out), "--work", str(work)])
    numbers = json.loads((out / "understanding.json").read_text(encoding="utf-8"))
    found = numbers["sets"]["frozen_made_up"]["keywords"]["measures"]
    assert found["tier 1 concern recognised"]["hits"] == 1
    assert found["covered question: a right topic is answered"]["hits"] == 1
    cost = numbers["costs"]["keywords"]
    assert cost["cpu_ms_per_message"] > 0 and cost["peak_mb_serving"] > 10
    assert (out / "understanding-frozen_made_up.svg").is_file()
    assert (out / "understanding-costs.svg").is_file()
    # A frozen set was looked at: that is written down. What was read is not, anywhere.
    assert (tmp_path / RUNS).read_text(encoding="utf-8").count("| comparison |") == 1
    written = [
        path.read_text(encoding="utf-8")
        for folder in (out, work)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert not any(SECRET in text for text in written)


def test_a_step_that_fails_names_the_system_and_the_log(tmp_path: Path) -> None:
    task = Task("counts", tmp_path, tmp_path, (), None, 1)  # no training data there
    with pytest.raises(BenchError, match=r"counts .* train failed.*counts-train\.log"):
        run_system(task, tmp_path)


def test_files_that_cannot_be_compared(tmp_path: Path) -> None:
    talk = tmp_path / "talk.jsonl"
    talk.write_text(json.dumps({"id": "c", "turns": [{"text": "x"}]}), encoding="utf-8")
    with pytest.raises(GoldError, match="no single messages"):
        main(["--tests", str(talk), "--systems", "keywords"])


def test_what_was_trained_on_the_same_task_is_not_trained_again(tmp_path: Path) -> None:
    test = tmp_path / "test.jsonl"
    test.write_text("\n".join(map(json.dumps, MESSAGES)), encoding="utf-8")
    task = Task("keywords", tmp_path, DATA, (test,), None, 1)
    first, _ = run_system(task, tmp_path)
    again, _ = run_system(task, tmp_path)
    assert again == first, "its seconds would differ"
    other, _ = run_system(replace(task, epochs=2), tmp_path)
    assert other != first
