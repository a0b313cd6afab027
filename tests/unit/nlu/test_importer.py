"""Our importer gives Rasa what Rasa's own gives, from each file parsed once, and fails as clearly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rasa.shared.utils.io
from rasa.shared.exceptions import YamlException
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.validation import YamlValidationException

from bot.nlu import importer as importer_module
from bot.nlu.importer import QuickImporter
from tests.support.reader import DATA

ROOT = DATA.parent
# What Rasa says of the sample's odd files is the same for both importers.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
PLAIN = """
version: "3.1"
nlu:
- intent: faq/alcohol
  examples: |
    - can I drink [wine](drink) or [lager]{"entity": "drink", "value": "beer"}
    - can I drink [wine](drink) or [lager]{"entity": "drink", "value": "beer"}
    - naïve “quotes” – and no: yes
- intent: concern_mood
  metadata: {source: invented}
  examples:
  - text: |
      I feel low. Can I drink?
    metadata:
      tier: 2
      labels: [faq/alcohol]
      parts: [{labels: [concern_mood], text: I feel low., tier: 2}]
  - text: "tab\\there"
"""
FURTHER = {
    "escapes.yml": 'nlu:\n- intent: "greet "\n  examples: |\n    - hello \\u2713\n',
    "newer.yml": 'version: "9.9"\nnlu:\n- intent: greet\n  examples: |\n    - hello from the future\n',
    "others.yml": """
nlu:
- synonym: beer
  examples: |
    - lager
- regex: dose
  examples: |
    - \\d+ mg
- lookup: drink
  examples: |
    - cider
- intent: greet
  examples: |
    - hi
""",
    "answers.yml": "responses:\n  utter_faq/alcohol:\n  - text: Ask first.\n    metadata: {facts: [M1]}\n",
    "anchors.yml": "nlu:\n- intent: &name bye\n  examples: |\n    - bye\n- intent: *name\n  examples: |\n    - cu\n",
    "empty.yml": "nlu:\n",
    "old.json": '{"rasa_nlu_data": {"common_examples": [{"text": "hey", "intent": "greet", "entities": []}]}}',
}


def tree(folder: Path, **changes: str) -> Path:
    for name, text in {"plain.yml": PLAIN, **FURTHER, **changes}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def quick(*paths: Path) -> TrainingData:
    return QuickImporter(training_data_paths=[str(path) for path in paths]).get_nlu_data()


def rasas(*paths: Path) -> TrainingData:
    return RasaFileImporter(training_data_paths=[str(path) for path in paths]).get_nlu_data()


def everything(data: TrainingData) -> tuple[Any, ...]:
    return (
        [(m.data, m.features, m.output_properties) for m in data.training_examples],
        data.entity_synonyms,
        data.regex_features,
        data.lookup_tables,
        data.responses,
        data.retrieval_intents,
        data.fingerprint(),
    )


def test_it_gives_what_rasas_own_importer_gives(tmp_path: Path) -> None:
    found = quick(tree(tmp_path))
    assert everything(found) == everything(rasas(tmp_path))
    assert len(found.intent_examples) == 9
    assert found.entity_synonyms and found.regex_features and found.lookup_tables and found.responses


def test_it_gives_the_same_for_our_own_files() -> None:
    paths = [DATA / "responses", DATA / "nlu" / "faq", DATA / "nlu" / "written" / "urgent.yml"]
    assert everything(quick(*paths)) == everything(rasas(*paths))


def test_rasa_uses_it_and_each_of_our_files_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain.yml").write_text(PLAIN, encoding="utf-8")
    parsed: list[str] = []

    def counted(read: Callable[..., Any]) -> Callable[..., Any]:
        return lambda text, *how, **kw: (parsed.append(text), read(text, *how, **kw))[1]

    monkeypatch.setattr(rasa.shared.utils.io, "read_yaml", counted(rasa.shared.utils.io.read_yaml))
    monkeypatch.setattr(importer_module, "load_yaml", counted(importer_module.load_yaml))
    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(tmp_path)]
    )
    importer.get_domain()
    assert {m.get("intent") for m in importer.get_nlu_data().intent_examples} == {"faq", "concern_mood"}
    assert parsed.count(PLAIN) == 1


def test_a_changed_message_is_read_anew_and_gives_another_fingerprint(tmp_path: Path) -> None:
    before = quick(tree(tmp_path)).fingerprint()
    assert quick(tmp_path).fingerprint() == before
    after = quick(tree(tmp_path, **{"plain.yml": PLAIN.replace("feel low", "feel so low")}))
    assert after.fingerprint() != before


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (PLAIN.replace("- intent: concern_mood", " - intent: concern_mood"), "line 9"),
        (PLAIN.replace("metadata: {source", "metadata: {source: {"), "line 10"),
        (PLAIN + "  examples: twice\n", "line 19"),
    ],
    ids=["indented wrongly", "a bracket too many", "a key twice"],
)
def test_a_broken_file_is_named_with_the_line(tmp_path: Path, broken: str, line: str) -> None:
    with pytest.raises(YamlException) as raised:
        quick(tree(tmp_path, **{"plain.yml": broken}))
    assert str(tmp_path / "plain.yml") in str(raised.value)
    assert line in str(raised.value)


@pytest.mark.parametrize(
    ("odd", "line"),
    [
        (PLAIN.replace('text: "tab\\there"', "text: 5"), 18),
        (PLAIN.replace('text: "tab\\there"', "words: 5"), 18),
        (PLAIN.replace("intent: concern_mood", "intent: [concern_mood]"), 9),
        (PLAIN.replace("intent: concern_mood", "intend: concern_mood"), 9),
    ],
    ids=["a number for a text", "no text", "a list for an intent", "no intent"],
)
def test_a_file_of_an_unexpected_form_is_named_with_the_line(tmp_path: Path, odd: str, line: int) -> None:
    with pytest.raises(YamlValidationException) as raised:
        quick(tree(tmp_path, **{"plain.yml": odd}))
    assert f"{tmp_path / 'plain.yml'}:{line}" in str(raised.value)
