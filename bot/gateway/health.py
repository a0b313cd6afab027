"""/healthz: this process is up. /readyz: everything that a conversation needs is up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.database import Database, DatabaseUnavailable
from bot.gateway.problems import Problem
from bot.jobs.rescue import worker_alive

_RASA_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Health:
    """The two endpoints. The model is loaded before this process listens, so it is not asked for again."""

    database: Database
    http: httpx.AsyncClient
    rasa_url: str

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
        ]

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def readyz(self, request: Request) -> Response:
        """200 when all is up, else 503 with the names of what is down."""
        (database, worker), rasa = await asyncio.gather(
            run_in_threadpool(self._database_and_worker), self._rasa()
        )
        states = {"database": database, "model": True, "rasa": rasa, "job worker": worker}
        down = [name for name, up in states.items() if not up]
        checks = {name: "up" if up else "down" for name, up in states.items()}
        if down:
            raise Problem(
                503,
                "not-ready",
                "Not ready",
                f"Down: {', '.join(down)}.",
                extra={"down": down, "checks": checks},
            )
        return JSONResponse({"status": "ready", "checks": checks})

    def _database_and_worker(self) -> tuple[bool, bool]:
        try:
            return True, worker_alive(self.database)
        except DatabaseUnavailable:
            return False, False

    async def _rasa(self) -> bool:
        try:
            response = await self.http.get(self.rasa_url.rstrip("/") + "/", timeout=_RASA_SECONDS)
        except httpx.HTTPError:
            return False
        return response.status_code == 200
