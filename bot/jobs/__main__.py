"""`python -m bot.jobs`: the job worker. SIGTERM or Ctrl-C lets running turns finish, then stops."""

from __future__ import annotations

import asyncio
import signal
import sys

import httpx

from bot.errors import AssistantError
from bot.jobs.wiring import worker_parts
from bot.jobs.worker import work
from bot.process_logs import configure_logs
from bot.settings import Settings


async def main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    async with httpx.AsyncClient(trust_env=False) as http:
        parts = worker_parts(settings, http)
        try:
            await work(parts.app, parts.chores, stop, patience=settings.turn_timeout_seconds)
        finally:
            await parts.courier.close()
            parts.database.dispose()


if __name__ == "__main__":
    configure_logs()
    try:
        asyncio.run(main(Settings.from_env()))
    except AssistantError as error:
        sys.exit(str(error))
