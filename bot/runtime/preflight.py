"""Can this machine run the assistant? Each check raises one line that names the setting and the fix."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from bot.accounts.ways_in import check_ways_in
from bot.channels.registry import check_channels
from bot.errors import SettingError
from bot.escalation.setting import check_paging
from bot.runtime.health import answers
from bot.settings import Settings

# Rasa, the action server, the front door with its model and PostgreSQL, measured together.
MEMORY_NEEDED_MB: Final = 3000
LOOPBACK: Final = "127.0.0.1"


def checks(settings: Settings) -> list[tuple[str, Callable[[], str]]]:
    """What to check, by name, in order. A check returns a note or raises an AssistantError."""
    return [
        ("Python", platform.python_version),
        ("folders", lambda: check_folders(settings)),
        ("channels", lambda: check_channels(settings)),
        ("sign-in", lambda: check_ways_in(settings)),
        ("paging", lambda: check_paging(settings)),
        ("port", lambda: check_port(settings.host, settings.port)),
        ("memory", check_memory),
        ("database", lambda: check_database(settings)),
    ]


def check_folders(settings: Settings) -> str:
    """VAR_DIR and MODELS_DIR can be written, DATA_DIR is there."""
    if not settings.data_dir.is_dir():
        raise SettingError(
            "DATA_DIR", f"there is no folder {settings.data_dir}", "Set it to the content's folder"
        )
    for name, folder in (("VAR_DIR", settings.var_dir), ("MODELS_DIR", settings.models_dir)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=folder):
                pass
        except OSError as error:
            fix = f"Make it writable, or set {name} to a folder that is"
            raise SettingError(name, f"{folder} cannot be written ({error.strerror})", fix) from error
    return f"{settings.var_dir} and {settings.models_dir} can be written"


def check_port(host: str, port: int) -> str:
    """The front door can listen at this address."""
    fault = _bind_fault(host, port)
    if fault is None:
        return f"{host}:{port} is free"
    if fault == errno.EADDRINUSE:
        if answers(local_address(host), port, "/healthz"):
            raise SettingError(
                "PORT",
                f"an assistant already runs on port {port}",
                "Stop it, or set PORT to another: PORT=8080 make run",
            )
        raise SettingError(
            "PORT",
            f"{port} is taken by another program",
            "Stop that program, or set PORT to a free one: PORT=8080 make run",
        )
    if fault in (errno.EACCES, errno.EPERM):
        raise SettingError("PORT", f"{port} needs the administrator's rights", "Set PORT to 1024 or more")
    raise SettingError(
        "HOST", f"{host} is not an address of this machine", "Use 127.0.0.1, or 0.0.0.0 for all"
    )


def free_port(preferred: int) -> int:
    """This loopback port, or another one that is free when it is taken."""
    if _bind_fault(LOOPBACK, preferred) is None:
        return preferred
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def local_address(host: str) -> str:
    """Where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)


def _bind_fault(host: str, port: int) -> int | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the servers do: a port that a stopped server has just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno
    return None


def check_memory() -> str:
    """Never an error: says so when memory looks short."""
    available = _available_memory_mb(Path("/proc/meminfo"))
    if available is None:
        return "unknown"
    if available < MEMORY_NEEDED_MB:
        return f"only {available} MB free; the assistant takes about {MEMORY_NEEDED_MB} MB and may be slow"
    return f"{available} MB free"


def _available_memory_mb(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return None


def check_database(settings: Settings) -> str:
    """DATABASE_URL answers. Where it is unset the embedded server will be started: nothing to check yet."""
    if not settings.database_url:
        return "DATABASE_URL is unset: the embedded PostgreSQL is used"
    from bot.database import Database

    database = Database(settings.database_url)
    try:
        database.check()
    finally:
        database.dispose()
    return "PostgreSQL answers"


@contextmanager
def only_one(var_dir: Path) -> Iterator[None]:
    """Hold `var_dir` for this process: two assistants must not share a database folder and its logs.

    Raises:
        SettingError: another one runs there.
    """
    path = var_dir / "serve.lock"
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise SettingError(
                "VAR_DIR",
                f"an assistant already runs with {var_dir} (process {lock.read().strip() or 'unknown'})",
                "Stop it, or set VAR_DIR and PORT for a second one",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
