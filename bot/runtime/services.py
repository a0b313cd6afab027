"""The four processes of a running assistant: how each is started, and how one sees that it is up."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.channels.registry import extra_processes
from bot.runtime.health import answering
from bot.runtime.preflight import LOOPBACK, free_port, local_address
from bot.runtime.supervisor import Service
from bot.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]


def placed(settings: Settings, database_url: str) -> Settings:
    """The settings for the processes: this database, loopback ports that are free, and absolute folders."""
    rasa_port, actions_port = free_port(settings.rasa_port), free_port(settings.actions_port)
    return replace(
        settings,
        database_url=database_url,
        rasa_port=rasa_port,
        rasa_url=f"http://{LOOPBACK}:{rasa_port}",
        actions_port=actions_port,
        actions_url=f"http://{LOOPBACK}:{actions_port}",
        models_dir=settings.models_dir.resolve(),
        data_dir=settings.data_dir.resolve(),
        var_dir=settings.var_dir.resolve(),
    )


def services(settings: Settings, model: Path) -> list[Service]:
    """The processes in the order in which they start; they stop in the reverse order."""
    logs = settings.var_dir / "log"
    env = {**os.environ, **quiet_environment(), **settings.to_env()}
    # A connection for each of Rasa's default 50 + 100 would be more than PostgreSQL takes.
    rasa_env = {
        **env,
        "POSTGRESQL_SCHEMA": "rasa",
        "SQL_POOL_SIZE": "5",
        "SQL_MAX_OVERFLOW": "5",
    }
    python = sys.executable
    rasa = [python, "-m", "rasa", "run", "--interface", LOOPBACK, "--port", str(settings.rasa_port)]
    rasa += ["--model", str(model), "--endpoints", "deploy/endpoints.yml"]
    rasa += [
        "--credentials",
        "deploy/credentials.yml",
        "--quiet",
        "--logging-config-file",
        "deploy/logging.yml",
    ]
    front_door = local_address(settings.host)
    return [
        Service(
            "Action server",
            [python, "-m", "actions"],
            env,
            logs / "actions.log",
            answering(LOOPBACK, settings.actions_port, "/health"),
        ),
        Service("Rasa", rasa, rasa_env, logs / "rasa.log", answering(LOOPBACK, settings.rasa_port, "/")),
        Service(
            "Job worker",
            [python, "-m", "bot.jobs"],
            env,
            logs / "jobs.log",
            # The worker has no port: the front door knows whether it takes jobs.
            answering(front_door, settings.port, "/readyz"),
        ),
        Service(
            "Front door",
            [python, "-m", "bot.gateway"],
            env,
            logs / "gateway.log",
            answering(front_door, settings.port, "/healthz"),
        ),
        *(
            # It talks to the front door, and has no port of its own.
            Service(
                extra.name,
                [python, "-m", extra.module],
                env,
                logs / extra.log,
                answering(front_door, settings.port, "/healthz"),
            )
            for extra in extra_processes(settings)
        ),
    ]


def quiet_environment() -> dict[str, str]:
    """Environment variables that keep Rasa and its libraries from reporting home and from chatter."""
    return {
        "RASA_TELEMETRY_ENABLED": "false",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TQDM_DISABLE": "1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
    }
