"""The link in a page: it names a case without saying which, cannot be made up, and expires. It opens nothing by itself:
whoever follows it has to sign in at the care desk.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadSignature, TimestampSigner

# A routine case of a Friday is read on a Monday, or after a holiday.
LIFETIME: Final = timedelta(days=7)
PATH: Final = "/desk/page/"


class CaseLinks:
    """Makes and reads links. `base` is where clinicians reach the desk, without a slash at the end."""

    def __init__(self, secret_key: str, base: str) -> None:
        self._secret_key = secret_key
        self._base = base

    def to_case(self, case_id: UUID, now: datetime) -> str:
        """A link that is good for a week from `now`."""
        name = base64.urlsafe_b64encode(case_id.bytes).rstrip(b"=")
        return f"{self._base}{PATH}{self._signer(now).sign(name).decode('ascii')}"

    def case_of(self, token: str, now: datetime) -> UUID | None:
        """The case that a link's last part names; None when it was made up or has expired."""
        try:
            name = self._signer(now).unsign(token, max_age=int(LIFETIME.total_seconds()))
            return UUID(bytes=base64.urlsafe_b64decode(name + b"=="))
        except (BadSignature, binascii.Error, ValueError):
            return None

    def _signer(self, now: datetime) -> TimestampSigner:
        return _SignerAt(self._secret_key, now)


class _SignerAt(TimestampSigner):
    """A signer whose time is given."""

    def __init__(self, secret_key: str, now: datetime) -> None:
        super().__init__(secret_key, salt="page link", key_derivation="hmac", digest_method=hashlib.sha256)
        self._now = int(now.timestamp())

    def get_timestamp(self) -> int:
        return self._now
