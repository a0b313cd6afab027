"""The API's description (OpenAPI 3.1), written by hand; a test holds it against the routes."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.conversations.inbound_text import MAX_CHARACTERS


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or list(properties)}


def _answers(*statuses: str, **successes: Any) -> dict[str, Any]:
    """Responses: successes by status ("_202"), problems by reference."""
    found = {status.lstrip("_"): response for status, response in successes.items()}
    return {**found, **{status: {"$ref": "#/components/responses/Problem"} for status in statuses}}


_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}
_BEARER: Final[list[dict[str, list[str]]]] = [{"session": []}]
_SEQ: Final = {"type": "integer", "minimum": 0, "maximum": 999_999_999}

_SCHEMAS: Final = {
    "Session": _object({"token": _TEXT, "expires_at": _TIME}),
    "NewMessage": {
        **_object(
            {
                "client_id": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
                "text": {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS},
                "button_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            },
            ["client_id"],
        ),
        "oneOf": [{"required": ["text"]}, {"required": ["button_id"]}],
    },
    "Accepted": _object({"message_id": {"type": "string", "format": "uuid"}}),
    "Citation": _object(
        {"number": {"type": "integer", "minimum": 1}, "fact": _TEXT, "source": _TEXT, "section": _TEXT}
    ),
    "Button": _object({"id": _TEXT, "title": _TEXT}),
    "Message": _object(
        {
            "seq": {"type": "integer", "minimum": 1},
            "author": {"enum": ["patient", "assistant", "clinician"]},
            "text": _TEXT,
            "citations": {"type": "array", "items": _ref("Citation")},
            "buttons": {"type": "array", "items": _ref("Button")},
            "topics": {"type": "array", "items": _TEXT},
            "concern": {"type": ["string", "null"]},
            "role": {**_TEXT, "description": "who a clinician is, such as a nurse; empty when not said"},
            "client_id": {"type": ["string", "null"], "description": "as the patient's page sent it"},
            "at": _TIME,
        }
    ),
    "Case": _object({"reference": _TEXT, "at": _TIME, "seen_at": {**_TIME, "type": ["string", "null"]}}),
    "History": _object({"messages": {"type": "array", "items": _ref("Message")}}),
    "HelpLines": _object(
        {
            "region": _TEXT,
            "lines": {
                "type": "array",
                "items": _object({"name": _TEXT, "number": _TEXT, "note": _TEXT}),
            },
        }
    ),
    "Deleted": _object(
        {
            "deleted_messages": {"type": "integer"},
            "kept_cases": {"type": "array", "items": _TEXT},
            "note": _TEXT,
        }
    ),
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "instance": _TEXT,
        }
    ),
}

_STREAM: Final = (
    'Server-sent events. `message`: one history item, its id is the message\'s seq. `typing`: {"typing": bool}. '
    "`case`: since when the clinic has a message that it must look at, and since when a clinician has seen it "
    "(#/components/schemas/Case), or null; it comes once when the stream opens. "
    '`end`: {"reason": "deleted" | "expired"}, after which the session is over.'
)

PATHS: Final[dict[str, dict[str, Any]]] = {
    "/widget/v1/session": {
        "post": {
            "summary": "Start a conversation, with the help lines of a region if the page names one",
            "requestBody": {"required": False, "content": _json(_object({"region": _TEXT}, []))},
            "security": [],
            "responses": _answers(
                "400", "413", "429", "503", _201={"description": "Started", "content": _json(_ref("Session"))}
            ),
        },
        "delete": {
            "summary": "Delete the conversation's content and end the session",
            "responses": _answers(
                "401", "429", "503", _200={"description": "Deleted", "content": _json(_ref("Deleted"))}
            ),
        },
    },
    "/widget/v1/messages": {
        "post": {
            "summary": "Send a text, or press a button; the same client_id is taken once",
            "requestBody": {"required": True, "content": _json(_ref("NewMessage"))},
            "responses": _answers(
                "400",
                "401",
                "413",
                "422",
                "429",
                "503",
                _202={"description": "Stored", "content": _json(_ref("Accepted"))},
            ),
        }
    },
    "/widget/v1/history": {
        "get": {
            "summary": "The messages after a given number, oldest first, at most 500",
            "parameters": [{"name": "after", "in": "query", "schema": _SEQ}],
            "responses": _answers(
                "400",
                "401",
                "429",
                "503",
                _200={"description": "Messages", "content": _json(_ref("History"))},
            ),
        }
    },
    "/widget/v1/events": {
        "get": {
            "summary": "Messages as they come; Last-Event-ID resumes after that message",
            "parameters": [{"name": "Last-Event-ID", "in": "header", "schema": _SEQ}],
            "responses": _answers(
                "400",
                "401",
                "429",
                "503",
                _200={"description": _STREAM, "content": {"text/event-stream": {"schema": _TEXT}}},
            ),
        }
    },
    "/widget/v1/help": {
        "get": {
            "summary": "Whom to call in an emergency; an unknown region gets the clinic's own",
            "parameters": [
                {"name": "region", "in": "query", "schema": _TEXT},
                {"name": "lang", "in": "query", "schema": _TEXT},
            ],
            "security": [],
            "responses": _answers(_200={"description": "Help lines", "content": _json(_ref("HelpLines"))}),
        }
    },
    "/widget/v1/words/es.json": {
        "get": {
            "summary": "The widget's own words in Spanish",
            "security": [],
            "responses": _answers(
                "404", _200={"description": "Words by name", "content": _json({"type": "object"})}
            ),
        }
    },
    "/healthz": {
        "get": {
            "summary": "Whether this process is up",
            "security": [],
            "responses": _answers(_200={"description": "Up", "content": _json(_object({"status": _TEXT}))}),
        }
    },
    "/readyz": {
        "get": {
            "summary": "Whether everything that a conversation needs is up; a problem names what is down",
            "security": [],
            "responses": _answers(
                "503",
                _200={
                    "description": "Ready",
                    "content": _json(_object({"status": _TEXT, "checks": {"type": "object"}})),
                },
            ),
        }
    },
    "/openapi.json": {
        "get": {
            "summary": "This description",
            "security": [],
            "responses": _answers(_200={"description": "OpenAPI 3.1", "content": _json({"type": "object"})}),
        }
    },
}


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Isotretinoin assistant: widget API", "version": "1"},
        "security": _BEARER,
        "paths": PATHS,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": {
                    "description": "What went wrong and what to do (RFC 9457)",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                }
            },
        },
    }


async def openapi(request: Request) -> Response:
    return JSONResponse(document())


def openapi_routes() -> list[Route]:
    return [Route("/openapi.json", openapi, methods=["GET"])]
