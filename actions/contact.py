"""Phone numbers and mail addresses, judged by the libraries that know them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_MAIL: Final = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_COUNTRY: Final = {"UK": "GB", "EU": "DE"}  # where our region's code is not the phone book's


@dataclass(frozen=True)
class Contact:
    """Exactly one of the two; a phone number is in international form."""

    phone: str | None = None
    email: str | None = None

    @property
    def shown(self) -> str:
        return self.phone or self.email or ""


def find_contact(text: str, region: str) -> Contact | None:
    """The first valid mail address or phone number in a text; None when there is none.

    `region` says how a number without a country code is read.
    """
    for candidate in _MAIL.findall(text):
        try:
            return Contact(
                email=validate_email(candidate.strip(".!?"), check_deliverability=False).normalized
            )
        except EmailNotValidError:
            continue
    country = _COUNTRY.get(region, region) or None
    for match in phonenumbers.PhoneNumberMatcher(text, country):
        return Contact(
            phone=phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        )
    return None
