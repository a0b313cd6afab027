"""What the clinic's token says about somebody: role, second factor, address."""

from __future__ import annotations

from typing import Any

import pytest

from bot.accounts.clinic_identity import groups_in, identity_of, role_of, says_second_factor
from bot.accounts.roles import Role

ROLES = ("derm leads=lead", "derm-docs=clinician", "a=b=content_owner")


def identity(**claims: Any) -> Any:
    whole = {"iss": "https://login.clinic.example", "sub": "42", **claims}
    return identity_of(whole, role_claim="groups", roles=ROLES, always_second_factor=False, acr=())


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ({"derm-docs"}, Role.CLINICIAN),
        ({"derm-docs", "derm leads"}, Role.LEAD),
        ({"a=b"}, Role.CONTENT_OWNER),
        ({"Derm-Docs", "other"}, None),
        (set(), None),
    ],
)
def test_the_first_group_that_fits_gives_the_role(groups: set[str], role: Role | None) -> None:
    assert role_of(groups, ROLES) is role


@pytest.mark.parametrize(
    ("claims", "claim", "groups"),
    [
        ({"groups": ["a", "b", 3]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://clinic.example/roles": ["a"]}, "https://clinic.example/roles", {"a"}),
        ({"realm_access": ["roles"]}, "realm_access.roles", set()),
        ({"groups": {"a": True}}, "groups", set()),
        ({}, "groups", set()),
    ],
)
def test_groups_are_found_where_the_setting_says(
    claims: dict[str, Any], claim: str, groups: set[str]
) -> None:
    assert groups_in(claims, claim) == groups


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"amr": ["mfa"]}, True),
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["pin", "hwk"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["otp"]}, False),
        ({"amr": ["pwd", "pin"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": [["mfa"]]}, False),
        ({"acr": "gold"}, True),
        ({"acr": "silver"}, False),
        ({"acr": ["gold"]}, False),
        ({}, False),
    ],
)
def test_a_second_factor_counts_only_if_the_token_says_so(claims: dict[str, Any], said: bool) -> None:
    assert says_second_factor(claims, ("gold",)) is said


def test_an_address_is_verified_only_if_the_provider_says_true() -> None:
    assert identity(email=" Ana@Clinic.example ", email_verified=True).email == "ana@clinic.example"
    assert identity(email="ana@clinic.example", email_verified=True).email_verified
    for value in (False, "true", 1, None):
        assert not identity(email="ana@clinic.example", email_verified=value).email_verified
    by_name = identity(preferred_username="ana@clinic.example", email_verified=True)
    assert by_name.email == "ana@clinic.example" and not by_name.email_verified
    assert identity(email="not an address", preferred_username="ana").email == ""


def test_the_subject_is_unique_over_all_providers() -> None:
    assert identity().subject == "https://login.clinic.example#42"
