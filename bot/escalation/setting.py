"""The policy as the settings name it, and what is said where there is none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from bot.errors import SettingError
from bot.escalation.policy import Policy
from bot.settings import Settings

NOBODY_IS_PAGED: Final = "Nobody is paged: no escalation policy is set. Somebody has to watch this page."


def load_policy(settings: Settings) -> Policy | None:
    """None when POLICY_FILE is unset.

    Raises:
        SettingError: there is no such file.
        PolicyError: everything that is wrong in it.
    """
    if not settings.policy_file:
        return None
    path = Path(settings.policy_file)
    if not path.is_file():
        fix = "Set it to the policy's file, or leave it out: then nobody is paged"
        raise SettingError("POLICY_FILE", f"there is no file {path}", fix)
    return Policy.load(path, os.environ)


def paging_warning(settings: Settings) -> str:
    """For a banner on the care desk's pages; empty when cases are paged."""
    return "" if settings.policy_file else NOBODY_IS_PAGED


def check_paging(settings: Settings) -> str:
    """Who is paged, in a line for the operator.

    Raises:
        SettingError, PolicyError: the policy cannot be used.
    """
    policy = load_policy(settings)
    if policy is None:
        return "POLICY_FILE is unset: nobody is paged, somebody has to watch the care desk"
    notes = [f"{len(policy.people)} people"]
    if not settings.public_url:
        notes.append(
            f"PUBLIC_URL is unset: links in pages go to {desk_address(settings)}, which opens only here"
        )
    notes += [str(warning) for warning in policy.warnings]
    return "; ".join(notes)


def desk_address(settings: Settings) -> str:
    """Where a link in a page begins: the public address, or this machine's own where there is none."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    return settings.public_url or f"http://{shown}:{settings.port}"
