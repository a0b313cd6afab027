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
from bot.understanding.model import ReaderModel
from bot.understanding.other_languages import OtherLanguages
from bot.understanding.reader import Reader


class EncodingReader(Reader):
    """The reader with its sentence encoder, which is in memory once for messages and for groups of questions."""

    def __init__(self, model: ReaderModel, rules: RuleBook, languages: OtherLanguages | None = None) -> None:
        super().__init__(model, rules, languages)
        self.encoder = model.space.encoder


def main() -> None:
    """Raises AssistantError when a setting, the model or reviewed data is missing."""
    settings = Settings.from_env()
    settings.require("database_url", "secret_key")
    reader = EncodingReader.load(settings.models_dir, settings.data_dir)
    assert isinstance(reader, EncodingReader)
    # The first reading is slow: not a patient's.
    reader.read("Can I drink alcohol?")
    app = create_app(
        settings,
        reader=reader,
        rules=RuleBook.load(settings.data_dir / "safety"),
        facts=FactBook.load(settings.data_dir / "facts.yml"),
        words=FrontDoorWords.load(settings),
        encode=reader.encoder.encode,
    )
    FrontDoorServer(app, settings.host, settings.port).run()


if __name__ == "__main__":
    configure_logs()
    try:
        main()
    except AssistantError as error:
        sys.exit(str(error))
