"""Reading YAML files whose mistakes are told in one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.content.errors import ContentError


def read_mapping(path: Path) -> Mapping[str, Any]:
    """The top-level mapping of a YAML file; raises ContentError when there is none."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContentError(f"{path}: cannot be read ({error.strerror}). Put the file there") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{path}: is not UTF-8 text. Save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ContentError(f"{path}:{line} is not valid YAML. Mend the file") from error
    if not isinstance(document, dict):
        raise ContentError(f"{path}: holds no keys. Write a YAML mapping")
    return document


def text_of(entry: object, key: str, where: str) -> str:
    """The non-empty text under `key`; `where` names the file and entry in the error."""
    value = entry.get(key) if isinstance(entry, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise ContentError(f"{where}: '{key}' is missing or empty. Write a text under '{key}'")
    return value.strip()


def texts_of(entry: object, key: str, where: str) -> tuple[str, ...]:
    """The list of texts under `key`, not empty."""
    value = entry.get(key) if isinstance(entry, Mapping) else None
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise ContentError(f"{where}: '{key}' is not a list of words. Write '{key}: [one, another]'")
    return tuple(value)


def list_of(document: Mapping[str, Any], key: str, path: Path) -> list[Any]:
    """The list under a top-level key."""
    value = document.get(key)
    if not isinstance(value, list):
        raise ContentError(f"{path}: '{key}' is missing or not a list. Add '{key}:' with its entries")
    return value
