"""What the channels say themselves: plain, true, and with the right numbers for the country."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import textstat

from bot.channels.words import CANNOT, ChannelWords
from bot.conversations.values import Erased
from bot.settings import REGIONS, Settings

DATA = Path(__file__).resolve().parents[3] / "data"


def words(region: str = "US", phone: str = "(202) 555-0123") -> ChannelWords:
    return ChannelWords.load(
        Settings(region=region, clinic_name="Northside", clinic_phone=phone, data_dir=DATA)
    )


def everything(said: ChannelWords) -> list[str]:
    return [
        *(said.unsupported(kind) for kind in CANNOT),
        *(said.unsupported(kind, words_read=True) for kind in CANNOT),
        said.edited(), said.unreadable(), said.cut(), said.welcome_back(), said.help("/delete"),
        said.privacy("Telegram", "/delete"), said.ask_to_delete(), said.kept(),
        said.deleted(Erased(3, ("A-1",)), "Telegram"), said.deleted(Erased(3, ()), "Telegram"),
    ]  # fmt: skip


@pytest.mark.parametrize("region", REGIONS)
def test_where_something_could_be_urgent_the_countrys_number_is_there(region: str) -> None:
    said = words(region)
    number = said.region.emergency
    for text in (
        said.unsupported("photo"),
        said.edited(),
        said.unreadable(),
        said.cut(),
        said.help("/delete"),
    ):
        assert f"In an emergency, call {number}." in text
    for line in said.region.crisis:
        assert line.sentence_part in said.help("/delete")


def test_nothing_reads_harder_than_an_answer() -> None:
    for text in everything(words()):
        plain = re.sub(r"[^.?!]*(?:\d{3}|/delete)[^.?!]*[.?!]", " ", text)
        if len(plain.split()) > 8:
            assert textstat.flesch_kincaid_grade(plain) <= 8, text


def test_nothing_claims_that_somebody_reads_or_was_told() -> None:
    for text in everything(words()):
        assert "has been told" not in text and "will answer" not in text
        assert "[" not in text


def test_a_kept_case_is_owned_up_to_and_only_then() -> None:
    said = words()
    assert "The clinic keeps" in said.deleted(Erased(1, ("A-1",)), "Telegram")
    assert "The clinic keeps" not in said.deleted(Erased(1, ()), "Telegram")


def test_a_clinic_without_a_number_names_none() -> None:
    assert "The number of Northside" not in words(phone="").help("/delete")
    assert "The number of Northside is (202) 555-0123." in words().help("/delete")
