"""Errors as application/problem+json (RFC 9457), in plain words and without anything a patient wrote."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:isotretinoin-assistant:problem:"


class Problem(Exception):
    """An error that a caller is told about. `slug` names its kind, `title` is short, `detail` says what to do."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self, instance: str) -> JSONResponse:
        """`instance` is the path that was asked for."""
        body = {
            "type": _TYPE + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            **self.extra,
        }
        return JSONResponse(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def not_signed_in() -> Problem:
    return Problem(
        401,
        "session-ended",
        "This chat session has ended",
        "The session token is missing, wrong, or too old. Start a new session.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def bad_request(detail: str) -> Problem:
    return Problem(400, "bad-request", "The request could not be read", detail)


def not_valid(detail: str) -> Problem:
    return Problem(422, "not-valid", "The request is not complete or not valid", detail)


def too_large(limit: int) -> Problem:
    return Problem(
        413,
        "too-large",
        "The request is too large",
        f"A request may have at most {limit:,} bytes. Send a shorter one.",
    )


def too_many(wait_seconds: int) -> Problem:
    unit = "second" if wait_seconds == 1 else "seconds"
    return Problem(
        429,
        "too-many-requests",
        "Too many requests",
        f"Please wait {wait_seconds} {unit} and try again.",
        headers={"Retry-After": str(wait_seconds)},
    )


def unavailable(detail: str) -> Problem:
    return Problem(
        503, "unavailable", "The service cannot do this right now", detail, headers={"Retry-After": "5"}
    )


def unexpected() -> Problem:
    return Problem(
        500,
        "unexpected",
        "Something went wrong on our side",
        "The request was not carried out. Please try again.",
    )


async def problem_handler(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return error.response(request.url.path)


async def http_exception_handler(request: Request, error: Exception) -> JSONResponse:
    """Starlette's own refusals (no such path, wrong method) in the same shape."""
    assert isinstance(error, HTTPException)
    details = {
        404: "There is nothing at this address.",
        405: "This address does not take that method.",
    }
    title = HTTPStatus(error.status_code).phrase
    problem = Problem(
        error.status_code,
        title.lower().replace(" ", "-"),
        title,
        details.get(error.status_code, "The request was refused."),
        headers=error.headers,
    )
    return problem.response(request.url.path)
