"""Is a process on this machine up? Asked over plain HTTP, past any proxy that the environment names."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection, HTTPException


def answers(host: str, port: int, path: str, timeout_seconds: float = 2.0) -> bool:
    """Does `GET path` come back with 200?"""
    connection = HTTPConnection(host, port, timeout=timeout_seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def answering(host: str, port: int, path: str) -> Callable[[], bool]:
    """`answers` for later."""
    return lambda: answers(host, port, path)
