"""How our processes log: as deploy/logging.yml says, the same as Rasa does."""

from __future__ import annotations

import logging.config
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).resolve().parent.parent / "deploy" / "logging.yml"


def configure_logs() -> None:
    """Warnings and worse on stdout, one line each, without what patients wrote."""
    logging.config.dictConfig(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
