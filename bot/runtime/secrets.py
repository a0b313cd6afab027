"""The secrets of a machine that was given none: made once, kept in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from bot.errors import SettingError
from bot.settings import SECRETS_FILE, Settings


def with_secrets(settings: Settings) -> Settings:
    """The settings, with `rasa_token` and `secret_key` made and kept in `var_dir` where they were empty.

    Raises:
        SettingError: the file cannot be written.
    """
    complete = replace(
        settings,
        rasa_token=settings.rasa_token or secrets.token_hex(32),
        secret_key=settings.secret_key or secrets.token_hex(32),
    )
    lines = ""
    if not settings.rasa_token:
        lines += f"RASA_TOKEN={complete.rasa_token}\n"
    if not settings.secret_key:
        lines += f"SECRET_KEY={complete.secret_key}\n"
    if lines:
        append_private(settings.var_dir / SECRETS_FILE, lines)
    return complete


def append_private(path: Path, text: str) -> None:
    """Add text to a file that only its owner may read, making it where it is missing.

    Raises:
        SettingError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
    except OSError as error:
        fix = "Make it writable, or set VAR_DIR to a folder that is"
        raise SettingError("VAR_DIR", f"{path} cannot be written ({error.strerror})", fix) from error
