"""`python -m bot.gateway`: the front door. SIGTERM or Ctrl-C ends its streams and stops it."""

from __future__ import annotations

import sys

from bot.content.facts import FactBook
from bot.errors import AssistantError
from bot.gateway.app import create_app
from bot.gateway.server import FrontDoorServer
from bot.gateway.words import FrontDoorWords
from bot.process_logs import configure_logs
from bot.safety.rules import RuleBook
from bot.settings import Settings
from bot.understanding.reader import Reader


def main() -> None:
    """Raises AssistantError when a setting, the model or reviewed data is missing."""
    settings = Settings.from_env()
    settings.require("database_url", "secret_key")
    reader = Reader.load(settings.models_dir, settings.data_dir)
    # The first reading is slow: not a patient's.
    reader.read("Can I drink alcohol?")
    app = create_app(
        settings,
        reader=reader,
        rules=RuleBook.load(settings.data_dir / "safety"),
        facts=FactBook.load(settings.data_dir / "facts.yml"),
        words=FrontDoorWords.load(settings),
    )
    FrontDoorServer(app, settings.host, settings.port).run()


if __name__ == "__main__":
    configure_logs()
    try:
        main()
    except AssistantError as error:
        sys.exit(str(error))
