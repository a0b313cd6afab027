"""Ways to sign in that are set up by half are refused, with the setting's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.accounts.roles import Role
from bot.accounts.ways_in import check_ways_in
from bot.errors import SettingError
from bot.settings import DESK_ROLES, Settings

WHOLE = Settings(
    demo=False,
    public_url="https://assistant.clinic.example",
    oidc_issuer="https://login.clinic.example",
    oidc_client_id="desk",
    oidc_roles=("docs=clinician",),
)


def test_what_is_whole_is_said_in_a_few_words() -> None:
    assert check_ways_in(Settings()) == "passwords, second factor optional"
    assert check_ways_in(Settings(demo=False)) == "passwords, second factor required"
    assert check_ways_in(WHOLE) == "passwords and the clinic's sign-in, second factor required"
    assert check_ways_in(replace(WHOLE, desk_passwords=False)).startswith("the clinic's sign-in only")
    assert check_ways_in(replace(WHOLE, demo=True, public_url=""))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(desk_passwords=False), "DESK_PASSWORDS"),
        (replace(WHOLE, oidc_client_id=""), "OIDC_CLIENT_ID"),
        (replace(WHOLE, oidc_roles=()), "OIDC_ROLES"),
        (replace(WHOLE, public_url=""), "PUBLIC_URL"),
    ],
)
def test_half_a_way_in_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(SettingError) as caught:
        check_ways_in(settings)
    assert caught.value.setting == name


def test_the_second_factor_is_required_unless_demo_or_asked_for() -> None:
    assert Settings(demo=False).second_factor_required
    assert not Settings(demo=True).second_factor_required
    assert Settings(demo=True, desk_second_factor="required").second_factor_required
    assert not Settings(demo=False, desk_second_factor="optional").second_factor_required


def test_the_settings_know_every_role() -> None:
    assert {role.value for role in Role} == set(DESK_ROLES)
