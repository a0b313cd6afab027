"""What the settings say about the record system, complete or refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from bot.errors import SettingError
from bot.settings import Settings

NAME: Final = "fhir"
_WHERE: Final = "docs/fhir.md says where to get it"


@dataclass(frozen=True)
class FhirSetup:
    """`token_url` is empty where no sign-in is needed. `desk_url` is where people reach the front door."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    include_evidence: bool
    desk_url: str

    @property
    def note(self) -> str:
        """In a few words, for the operator."""
        signs_in = "with OAuth2" if self.token_url else "without sign-in"
        quotes = "with quotations" if self.include_evidence else "no quotations"
        return f"cases to {urlsplit(self.base_url).hostname}, {signs_in}, {quotes}"


def fhir_setup(settings: Settings) -> FhirSetup | None:
    """None when FHIR is switched off. Raises SettingError when it is set up by half, naming what is missing."""
    sign_in = ("fhir_token_url", "fhir_client_id", "fhir_client_secret")
    if not settings.fhir_base_url:
        for name in (*sign_in, "fhir_scope", "fhir_include_evidence"):
            if getattr(settings, name):
                raise _missing("FHIR_BASE_URL", name)
        return None
    given = [name for name in (*sign_in, "fhir_scope") if getattr(settings, name)]
    for name in sign_in:
        if given and not getattr(settings, name):
            raise _missing(name.upper(), given[0])
    if not settings.public_url:
        raise SettingError(
            "PUBLIC_URL", "is not set, but FHIR_BASE_URL is and its tasks link to the care desk", _WHERE
        )
    return FhirSetup(
        base_url=settings.fhir_base_url,
        token_url=settings.fhir_token_url,
        client_id=settings.fhir_client_id,
        client_secret=settings.fhir_client_secret,
        scope=settings.fhir_scope,
        include_evidence=settings.fhir_include_evidence,
        desk_url=settings.public_url,
    )


def _missing(name: str, because: str) -> SettingError:
    return SettingError(name, f"is not set, but {because.upper()} is", _WHERE)
