"""Secrets that the server makes: only their hash is stored, so a copied database opens nothing."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32


def new_token() -> str:
    """43 URL-safe characters that carry 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> bytes:
    """32 bytes. A plain hash will do: the token is random, there is nothing to guess from."""
    return hashlib.sha256(token.encode("utf-8", errors="replace")).digest()
