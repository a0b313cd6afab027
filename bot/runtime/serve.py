"""`python -m bot serve`: everything that one machine needs to run the assistant, under one supervisor."""

from __future__ import annotations

from collections.abc import Callable

from bot.runtime import preflight
from bot.runtime.database_address import migrated_database
from bot.runtime.demo import Clinician, demo_clinician
from bot.runtime.secrets import with_secrets
from bot.runtime.services import ROOT, placed, services
from bot.runtime.stop_signals import StopSignals
from bot.runtime.supervisor import Supervisor
from bot.runtime.training import MODEL, train_if_needed
from bot.settings import Settings


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Runs until Ctrl-C or SIGTERM, then stops every process and, last, the embedded database.

    Raises:
        AssistantError: the machine or a setting stands in the way, or a part did not start.
    """
    for name, check in preflight.checks(settings):
        note = check()
        if name == "memory":
            say(f"Memory: {note}")
    with preflight.only_one(settings.var_dir), StopSignals() as signals:
        settings = with_secrets(settings)
        with migrated_database(settings) as url:
            say("Database is ready")
            if not train_if_needed(settings, say, lambda: signals.asked):
                return
            clinician = demo_clinician(url, settings.var_dir) if settings.demo else None
            settings = placed(settings, url)
            say("Starting (about half a minute)")
            supervisor = Supervisor(services(settings, settings.models_dir / MODEL), ROOT, say, signals)
            supervisor.run(lambda: _greet(settings, clinician, say))
        say("Stopped")


def _greet(settings: Settings, clinician: Clinician | None, say: Callable[[str], None]) -> None:
    address = preflight.local_address(settings.host)
    site = f"http://{f'[{address}]' if ':' in address else address}:{settings.port}"
    say("")
    say(f"The assistant is ready: {site}/")
    say(f"Care desk:              {site}/desk")
    if clinician:
        say(f"  sign in as {clinician.email} with the password {clinician.password}")
    say(f"Logs are in {settings.var_dir / 'log'}. Ctrl-C stops everything.")
