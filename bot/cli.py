"""The command line, `python -m bot …`. Each command loads what it needs and no more."""

from __future__ import annotations

import logging
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.errors import AssistantError
from bot.settings import Settings

app = typer.Typer(
    help="A patient-education assistant on isotretinoin.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
content = typer.Typer(help="The answers and the facts behind them.", no_args_is_help=True)
audit = typer.Typer(
    help="Who saw and did what at the care desk, and whether that is all.", no_args_is_help=True
)
fhir = typer.Typer(help="Whether the clinic's record system takes cases.", no_args_is_help=True)
user = typer.Typer(help="The people who may sign in to the care desk.", no_args_is_help=True)
insight = typer.Typer(help="What the clinic learns from its use.", no_args_is_help=True)
slack = typer.Typer(help="Whether Slack is set up.", no_args_is_help=True)
telegram = typer.Typer(help="Where Telegram sends its updates.", no_args_is_help=True)
policy = typer.Typer(help="Who is paged for a case, and when.", no_args_is_help=True)
app.add_typer(content, name="content")
app.add_typer(user, name="user")
app.add_typer(audit, name="audit")
app.add_typer(fhir, name="fhir")
app.add_typer(insight, name="insight")
app.add_typer(telegram, name="telegram")
app.add_typer(slack, name="slack")
app.add_typer(policy, name="policy")


def main() -> None:
    """Run a command. What the operator can mend ends in one line on stderr and exit code 2."""
    # Libraries that nobody gave a handler to would otherwise write to the terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app(standalone_mode=True)
    except AssistantError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def _say(line: str) -> None:
    print(line, flush=True)


def _version(asked: bool) -> None:
    if asked:
        _say(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    return


@app.command()
def serve() -> None:
    """Run everything on this machine until Ctrl-C."""
    from bot.runtime.serve import serve as run

    run(Settings.from_env(), _say)


@app.command()
def doctor() -> None:
    """Check this machine and its settings without starting anything."""
    from bot.runtime.preflight import checks
    from bot.runtime.training import is_current

    settings = Settings.from_env()
    failed = False
    for name, check in checks(settings):
        try:
            _say(f"ok     {name}: {check()}")
        except AssistantError as error:
            failed = True
            _say(f"wrong  {name}: {error}")
    _say(f"ok     model: {'up to date' if is_current(settings) else 'will be trained at the next start'}")
    if failed:
        raise typer.Exit(2)


@app.command()
def migrate() -> None:
    """Bring the database to this version."""
    from bot.runtime.database_address import migrated_database

    with migrated_database(Settings.from_env()):
        _say("The database is up to date.")


@app.command()
def train() -> None:
    """Train the model if the data or code behind it changed."""
    from bot.runtime.stop_signals import StopSignals
    from bot.runtime.training import train_if_needed

    settings = Settings.from_env()
    with StopSignals() as signals:
        if not train_if_needed(settings, _say, lambda: signals.asked):
            raise typer.Exit(130)
    _say(f"The model in {settings.models_dir} is up to date.")


@app.command()
def chat() -> None:
    """Talk with the assistant in the terminal."""
    from bot.commands.chat import run

    run(Settings.from_env())


@app.command()
def understand(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines with id and text; default: stdin.")] = None,
) -> None:
    """Read messages, one JSON object a line, and write what is understood and answered, one a line."""
    from bot.commands.understand import run

    run(Settings.from_env(), file)


@app.command()
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="JSON Lines with id, text and gold labels; default: the sets under tests/data."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Also write the numbers to this JSON file.")] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Draw reliability and price curves of the first set into this folder.")
    ] = None,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Score the frozen sets and write the run down. Shows no message.")
    ] = False,
    model: Annotated[
        Path | None, typer.Option(help="Folder of a model's files; default: the model that is served.")
    ] = None,
) -> None:
    """Measure how well messages are understood, with 95% intervals."""
    from bot.commands.evaluate import run

    run(Settings.from_env(), files or (), report=report, pictures=pictures, frozen=frozen, model=model)


@content.command("check")
def content_check(
    sources: Annotated[
        Path | None, typer.Option(help="Folder of the source texts, to look for copied sentences.")
    ] = None,
) -> None:
    """Do the answers say only what their facts say? Exit code 1 when one does not."""
    from bot.content import AnswerBook, FactBook
    from bot.content.checker import check
    from bot.content.lexicon import Lexicon

    data = Settings.from_env().data_dir
    facts, answers = FactBook.load(data / "facts.yml"), AnswerBook.load(data / "responses")
    breaches = check(facts, answers, Lexicon.load(data / "lexicon.yml"), sources)
    for breach in breaches:
        _say(f"{breach.topic}: {breach.kind}: {breach.message}")
        if breach.sentence:
            _say(f"    {breach.sentence}")
    if breaches:
        _say(f"{len(breaches)} breaches")
        raise typer.Exit(1)
    _say(f"{len(facts.topics)} topics: every answer says only what its facts say.")


@content.command("coverage")
def content_coverage() -> None:
    """Which answer cites which fact?"""
    from bot.content import AnswerBook, FactBook
    from bot.content.coverage import coverage

    data = Settings.from_env().data_dir
    rows = coverage(FactBook.load(data / "facts.yml"), AnswerBook.load(data / "responses"))
    for row in rows:
        _say(f"{row.fact.id:<5} {', '.join(row.cited_by) or '(no answer)'}")
    _say(f"{sum(1 for row in rows if row.cited_by)} of {len(rows)} facts are cited.")


_Email = Annotated[str, typer.Argument(help="The address of the account.")]


@user.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="The address with which this person signs in.")],
    name: Annotated[str, typer.Option(help="The name that colleagues read.")],
    role: Annotated[str, typer.Option(help="clinician, lead, content_owner or administrator.")] = "clinician",
    lead: Annotated[bool, typer.Option("--lead", help="The same as --role lead.")] = False,
) -> None:
    """Add somebody; asks for the password, or reads it from stdin."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import add_account, read_password

    password = read_password()
    with migrated_database(Settings.from_env()) as url:
        add_account(url, email, name, "lead" if lead else role, password)
    _say(f"{email} can sign in.")


@user.command("list")
def user_list() -> None:
    """List who may sign in to the care desk."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import accounts, line_of

    with migrated_database(Settings.from_env()) as url:
        for account in accounts(url):
            _say(line_of(account))


@user.command("disable")
def user_disable(email: _Email) -> None:
    """Sign somebody out and let them in no more."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import disable_account

    with migrated_database(Settings.from_env()) as url:
        warning = disable_account(url, email)
    _say(f"{email} can no longer sign in.")
    if warning:
        _say(warning)


@user.command("enable")
def user_enable(email: _Email) -> None:
    """Let somebody in again whose account was disabled."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import enable_account

    with migrated_database(Settings.from_env()) as url:
        enable_account(url, email)
    _say(f"{email} can sign in again.")


@user.command("role")
def user_role(
    email: _Email,
    role: Annotated[str, typer.Argument(help="clinician, lead, content_owner or administrator.")],
) -> None:
    """Give somebody another role; signs them out."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import change_role

    with migrated_database(Settings.from_env()) as url:
        warning = change_role(url, email, role)
    _say(f"{email} now has the role {role}.")
    if warning:
        _say(warning)


@user.command("reset-second-factor")
def user_reset_second_factor(email: _Email) -> None:
    """For a lost phone: the next sign-in sets up a new second factor."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import reset_second_factor

    with migrated_database(Settings.from_env()) as url:
        reset_second_factor(url, email)
    _say(f"{email} sets up a new second factor at the next sign-in.")


@user.command("password")
def user_password(email: _Email) -> None:
    """Set somebody's password; asks for it, or reads it from stdin. Signs them out."""
    from bot.runtime.database_address import migrated_database
    from bot.runtime.users import change_password, read_password

    password = read_password()
    with migrated_database(Settings.from_env()) as url:
        change_password(url, email, password)
    _say(f"{email} has a new password.")


_Subject = Annotated[str, typer.Option(help="KIND:ID, such as case:K7F-3QX.")]
_Actor = Annotated[str, typer.Option(help="The mail address of whoever did it.")]
_Action = Annotated[str, typer.Option(help="What was done, such as case_viewed.")]
_Since = Annotated[str, typer.Option(help="From this moment on: 2026-11-23 or 2026-11-23T09:30, in UTC.")]
_Until = Annotated[str, typer.Option(help="Before this moment, written like --since.")]


@audit.command("verify")
def audit_verify(
    start: Annotated[int, typer.Option("--from", min=1, help="Begin with this entry.")] = 1,
    expect: Annotated[
        list[str] | None, typer.Option(help="NUMBER:SEAL that was kept elsewhere; may be given again.")
    ] = None,
    seals: Annotated[
        Path | None, typer.Option(help="A file with a NUMBER:SEAL at the end of each line.")
    ] = None,
) -> None:
    """Prove that the trail is whole. Exit code 1 when it is not."""
    from bot.commands.audit import check

    if not check(Settings.from_env(), start, expect or (), seals, _say):
        raise typer.Exit(1)


@audit.command("seal")
def audit_seal() -> None:
    """Print the last entry's NUMBER:SEAL, to keep where nobody of the database can change it."""
    from bot.commands.audit import print_seal

    print_seal(Settings.from_env(), _say)


@audit.command("show")
def audit_show(
    subject: _Subject = "",
    actor: _Actor = "",
    action: _Action = "",
    since: _Since = "",
    until: _Until = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest.")] = 100,
) -> None:
    """Show entries of the trail. That you looked is recorded."""
    from bot.commands.audit import Asked, show

    show(Settings.from_env(), Asked(subject, actor, action, since, until), limit, _say)


@audit.command("export")
def audit_export(
    subject: _Subject = "", actor: _Actor = "", action: _Action = "", since: _Since = "", until: _Until = ""
) -> None:
    """Write entries of the trail as JSON Lines. That you did is recorded."""
    from bot.commands.audit import Asked, export

    export(Settings.from_env(), Asked(subject, actor, action, since, until), _say)


@fhir.command("check")
def fhir_check() -> None:
    """Ask the record system what it can do, and for a token. Nothing is written there."""
    from bot.commands.fhir import check

    for line in check(Settings.from_env()):
        _say(line)


@insight.command("export-labels")
def insight_export_labels() -> None:
    """Write what reviewers of the weekly sample have labelled as training data, in Rasa's NLU format, to stdout."""
    from bot.commands.insight import export_labels

    _say(export_labels(Settings.from_env()))


@telegram.command("set-webhook")
def telegram_set_webhook() -> None:
    """Have Telegram send its updates to PUBLIC_URL."""
    from bot.commands.telegram import set_webhook

    for line in set_webhook(Settings.from_env()):
        _say(line)


@telegram.command("delete-webhook")
def telegram_delete_webhook() -> None:
    """Have Telegram send its updates nowhere."""
    from bot.commands.telegram import delete_webhook

    for line in delete_webhook(Settings.from_env()):
        _say(line)


@telegram.command("status")
def telegram_status() -> None:
    """Ask Telegram who the bot is and where its updates go."""
    from bot.commands.telegram import status

    for line in status(Settings.from_env()):
        _say(line)


@slack.command("status")
def slack_status() -> None:
    """Ask Slack who the app is and what it may do, and look for its clinicians' accounts."""
    from bot.commands.slack import status

    for line in status(Settings.from_env()):
        _say(line)


@policy.command("check")
def policy_check(
    file: Annotated[
        Path | None, typer.Argument(help="The policy's file; default: POLICY_FILE, else policy.yml.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as problems.")] = False,
    without_secrets: Annotated[
        bool, typer.Option("--without-secrets", help="Variables named in addresses need not be set.")
    ] = False,
) -> None:
    """Is the policy sound, and who is on duty in the next weeks? Exit code 1 when something is wrong with it."""
    from bot.commands.policy import check, policy_path

    checked = check(policy_path(file), datetime.now(timezone.utc), without_secrets=without_secrets)
    for line in checked.lines:
        _say(line)
    if checked.policy is None or (strict and checked.warnings):
        raise typer.Exit(1)


@policy.command("simulate")
def policy_simulate(
    file: Annotated[
        Path | None, typer.Argument(help="The policy's file; default: POLICY_FILE, else policy.yml.")
    ] = None,
    tier: Annotated[
        int, typer.Option(min=1, max=3, help="How urgent the case is: 1 now, 2 same day, 3 routine.")
    ] = 1,
    at: Annotated[
        str | None,
        typer.Option(help="When the case opens, by the clinic's clocks: 2026-12-24T23:10; default: now."),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, max=744, help="How many hours to show.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every page.")] = False,
) -> None:
    """Who would be paged for a case that nobody acknowledges, when and how? Sends nothing, needs no secrets."""
    import json

    from bot.commands import policy_time_line
    from bot.commands.policy import check, policy_path
    from bot.escalation.simulate import simulate

    now = datetime.now(timezone.utc)
    checked = check(policy_path(file), now, without_secrets=True)
    if checked.policy is None:
        for line in checked.lines:
            _say(line)
        raise typer.Exit(1)
    started = policy_time_line.moment_of(at, checked.policy) if at else now.replace(second=0, microsecond=0)
    simulation = simulate(checked.policy, tier, started, timedelta(hours=hours))
    if as_json:
        _say(json.dumps(policy_time_line.as_json(simulation), indent=2, ensure_ascii=False))
        return
    for line in policy_time_line.time_line(simulation):
        _say(line)
