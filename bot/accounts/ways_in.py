"""By which ways people sign in to the care desk, and whether the settings for them are whole."""

from __future__ import annotations

from bot.errors import SettingError
from bot.settings import Settings


def check_ways_in(settings: Settings) -> str:
    """A note on how people sign in.

    Raises:
        SettingError: a way is set up by half, or there is none.
    """
    if not settings.oidc_issuer:
        if not settings.desk_passwords:
            fix = "Set OIDC_ISSUER, or leave DESK_PASSWORDS out"
            raise SettingError("DESK_PASSWORDS", "is false, and there is no other way to sign in", fix)
        return f"passwords, {_second_factor(settings)}"
    needed = {"OIDC_CLIENT_ID": settings.oidc_client_id, "OIDC_ROLES": settings.oidc_roles}
    if not settings.demo:
        needed["PUBLIC_URL"] = settings.public_url
    for name, value in needed.items():
        if not value:
            raise SettingError(
                name, "is not set, but OIDC_ISSUER is", f"Set {name}, or leave OIDC_ISSUER out"
            )
    ways = "passwords and the clinic's sign-in" if settings.desk_passwords else "the clinic's sign-in only"
    return f"{ways}, {_second_factor(settings)}"


def _second_factor(settings: Settings) -> str:
    return f"second factor {'required' if settings.second_factor_required else 'optional'}"
