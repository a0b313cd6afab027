"""Messages in other languages."""

from __future__ import annotations

from bot.evaluation.gold import Gold
from bot.evaluation.languages import by_language, language_shares
from bot.evaluation.measures import Judged
from bot.evaluation.system import FoundConcern, Judgement
from tests.unit.evaluation.by_hand import MOOD, counts


def written_in(
    language: str, taken_for: str | None, concern: str = "none", found: str | None = None
) -> Judged:
    concerns = (FoundConcern(found, 2),) if found else ()
    gold = Gold("m", "x", None, concern, language=language)
    return Judged(gold, Judgement(concerns=concerns, language=taken_for))


def test_recognition_and_concerns() -> None:
    items = [
        written_in("es", "es", MOOD, MOOD),
        written_in("es", "pt"),
        written_in("de", "en", MOOD),
        written_in("de", None, "none", MOOD),
        written_in("en", "en"),
        written_in("en", "nl"),
    ]
    found = counts(language_shares(items))
    assert found["other language: recognised as foreign"] == (2, 4)
    assert found["other language: the right one"] == (1, 4)
    assert found["English taken for foreign"] == (1, 2)
    assert found["other language: concern caught"] == (1, 2)
    assert found["other language: false alarm"] == (1, 2)
    assert counts(by_language(items)["de"])["other language: concern caught"] == (0, 1)


def test_a_system_that_names_no_language_is_not_measured_on_it() -> None:
    found = counts(language_shares([written_in("es", None, MOOD, MOOD), written_in("en", None)]))
    assert found == {"other language: concern caught": (1, 1)}
