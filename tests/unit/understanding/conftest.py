"""The trained reader, and scores made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings
from bot.understanding import Reader
from bot.understanding.encoder import SentenceEncoder
from bot.understanding.encoder_graph import build
from bot.understanding.published import published_weights

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The model that `make train` made."""
    return Reader.load(Settings.from_env().models_dir)


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The published encoder, without our adapter."""
    return SentenceEncoder(build(published_weights()))
