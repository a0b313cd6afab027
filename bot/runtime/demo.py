"""The demo clinician: an account to look at the care desk with, on a machine that is only tried out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.runtime.secrets import append_private
from bot.runtime.users import add_account, has_account

EMAIL: Final = "clinician@demo.example"
NAME: Final = "Demo clinician"
PASSWORD_FILE: Final = "demo-clinician.txt"


@dataclass(frozen=True)
class Clinician:
    email: str
    password: str


def demo_clinician(database_url: str, var_dir: Path) -> Clinician:
    """Have the account in the database; its password is made once and kept in a file of `var_dir`.

    Raises:
        SettingError: the file cannot be written.
    """
    file = var_dir / PASSWORD_FILE
    if not file.exists():
        append_private(file, secrets.token_urlsafe(12) + "\n")
    password = file.read_text(encoding="utf-8").strip()
    if not has_account(database_url, EMAIL):
        add_account(database_url, EMAIL, NAME, "clinician", password, actor="demo mode")
    return Clinician(EMAIL, password)
