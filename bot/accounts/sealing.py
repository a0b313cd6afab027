"""Values that are kept, or lent to a browser, so that only we can read them: encrypted with SECRET_KEY."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES: Final = 32


class Unreadable(Exception):
    """Not sealed by us for this purpose, changed on the way, too old, or sealed with another SECRET_KEY."""


class Sealer:
    """AES-128-CBC and HMAC-SHA256 (Fernet) under a key that HKDF-SHA256 makes of SECRET_KEY for one purpose."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        made = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(made.derive(secret_key.encode())))

    def seal(self, value: Any) -> bytes:
        """`value` is anything that JSON can say."""
        return self._fernet.encrypt(json.dumps(value).encode())

    def open(self, sealed: bytes | str, *, seconds: int | None = None) -> Any:
        """What was sealed, at most `seconds` ago. Raises Unreadable."""
        try:
            return json.loads(self._fernet.decrypt(sealed, ttl=seconds))
        except (InvalidToken, ValueError, TypeError):
            raise Unreadable from None
