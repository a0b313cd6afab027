"""`python -m actions`: the action server, on loopback (the SDK's own command listens on every interface)."""

from __future__ import annotations

import logging
import os
import sys
from urllib.parse import urlsplit

from bot.errors import AssistantError
from bot.settings import Settings


def main() -> int:
    try:
        settings = Settings.from_env()
        settings.require("database_url")
    except AssistantError as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.WARNING)
    address = urlsplit(settings.actions_url)
    os.environ.setdefault("SANIC_HOST", address.hostname or "127.0.0.1")
    os.environ.setdefault("ACTION_SERVER_SANIC_WORKERS", "1")

    from rasa_sdk.endpoint import run

    run("actions", port=address.port or settings.actions_port, cors_origins=[])
    return 0


if __name__ == "__main__":
    sys.exit(main())
