"""The front door's server: uvicorn, told to let go of open streams when it stops."""

from __future__ import annotations

from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette

_GRACE_SECONDS: Final = 5


class FrontDoorServer(uvicorn.Server):
    """Event streams never end by themselves: the first stop signal ends them, so that a stop takes moments."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                access_log=False,
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.changes.close()
        super().handle_exit(sig, frame)
