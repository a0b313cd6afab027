"""`python -m bot`: the command line."""

from __future__ import annotations

import sys

FIX = "start with `make run`, or use .venv/bin/python -m bot"


def main() -> None:
    """Started with another Python than the one that `make run` prepares, it says so in one line."""
    if sys.version_info[:2] != (3, 10):
        found = ".".join(str(part) for part in sys.version_info[:2])
        _refuse(f"PYTHON: Python {found} runs this, but Rasa needs 3.10: {FIX}")
    try:
        from bot.cli import main as run
    except ModuleNotFoundError as error:
        _refuse(f"PYTHON: the package {error.name} is not installed for {sys.executable}: {FIX}")
    run()


def _refuse(line: str) -> None:
    print(line, file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
