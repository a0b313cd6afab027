"""What a clinic's sign-in says about a person: role and second factor out of the claims of its token. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.accounts.roles import Role

# RFC 8176. What somebody has, and what somebody knows or is: one of each makes two factors.
_HAS: Final = frozenset({"otp", "hwk", "swk", "sc", "sms", "tel", "pop"})
_KNOWS_OR_IS: Final = frozenset({"pwd", "pin", "kba", "face", "fpt", "iris", "retina", "vbm"})
_LONGEST: Final = 100


@dataclass(frozen=True)
class Identity:
    """A person as the clinic's provider names them.

    `subject` is unique over all providers. `email` is empty when the token holds none. `role` is None when none of the
    person's groups has one at the desk.
    """

    subject: str
    email: str
    email_verified: bool
    name: str
    role: Role | None
    second_factor: bool


def identity_of(
    claims: Mapping[str, Any],
    *,
    role_claim: str,
    roles: Sequence[str],
    always_second_factor: bool,
    acr: Collection[str],
) -> Identity:
    """`claims` are checked already. `roles` holds `group=role`, in the order in which they count."""
    email = _mail(claims.get("email")) or _mail(claims.get("preferred_username"))
    # A user name that looks like an address is nobody's word that it is one.
    verified = bool(email) and email == _mail(claims.get("email")) and claims.get("email_verified") is True
    return Identity(
        subject=f"{claims['iss']}#{claims['sub']}",
        email=email,
        email_verified=verified,
        name=_name(claims) or email,
        role=role_of(groups_in(claims, role_claim), roles),
        second_factor=always_second_factor or says_second_factor(claims, acr),
    )


def says_second_factor(claims: Mapping[str, Any], acr: Collection[str]) -> bool:
    """Whether `amr` or `acr` says that a second factor was asked for."""
    level = claims.get("acr")
    if isinstance(level, str) and level in acr:
        return True
    methods = claims.get("amr")
    found = {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
    return "mfa" in found or bool(found & _HAS and found & _KNOWS_OR_IS)


def groups_in(claims: Mapping[str, Any], role_claim: str) -> frozenset[str]:
    """The texts of a claim that is a text or a list; `a.b` is the claim b within a, unless a claim is called so."""
    found: Any = claims.get(role_claim)
    if found is None:
        found = claims
        for part in role_claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()


def role_of(groups: Collection[str], roles: Sequence[str]) -> Role | None:
    """The role of the first group in `roles` that the person is in."""
    for pair in roles:
        group, _, role = pair.rpartition("=")
        if group.strip() in groups:
            return Role(role)
    return None


def _mail(value: object) -> str:
    if not isinstance(value, str) or len(value) > 254:
        return ""
    email = value.strip().lower()
    plain = email.isprintable() and "@" in email[1:-1] and not any(one.isspace() for one in email)
    return email if plain else ""


def _name(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    return name.strip()[:_LONGEST] if isinstance(name, str) and name.isprintable() else ""
