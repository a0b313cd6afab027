"""The settings: read from the environment and from `.env`, checked, one line for each that is wrong."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from environs import Env, EnvError

from bot.errors import SettingError

REGIONS: Final = ("US", "UK", "IE", "CA", "AU", "NZ", "EU")
SECRETS_FILE: Final = "secrets.env"
SHORTEST_SECRET: Final = 32
# The values of bot.accounts.roles.Role, which this module may not import.
DESK_ROLES: Final = ("clinician", "lead", "content_owner", "administrator")
NUMBER_FIX: Final = "Give such a number, or leave it out"

# What each setting is, in the order of `.env.example`. Its name there is the field's name in capitals.
DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "database_url": "PostgreSQL to use; unset: an embedded one under VAR_DIR, and demo mode",
        "host": "address on which the front door listens",
        "port": "port on which the front door listens",
        "rasa_url": "where the front door reaches Rasa; `serve` sets it",
        "rasa_port": "port on 127.0.0.1 for Rasa; another is taken when it is busy",
        "rasa_token": "shared secret between front door and Rasa; made once when unset",
        "actions_url": "where Rasa reaches the action server; `serve` sets it",
        "actions_port": "port on 127.0.0.1 for the action server; another is taken when it is busy",
        "region": "country whose help lines patients get: " + ", ".join(REGIONS),
        "clinic_name": "the clinic's name as patients read it",
        "clinic_phone": "the clinic's phone number as patients read it",
        "public_url": "where people reach the front door from outside, an https address",
        "allowed_origins": "web pages that may embed the widget, separated by commas",
        "secret_key": "signs sign-in cookies, encrypts second factors; made once when unset",
        "demo": "demo mode: demo page and demo clinician; unset: on while DATABASE_URL is unset",
        "session_days": "days until a patient's session ends",
        "turn_timeout_seconds": "longest wait for Rasa to answer one message",
        "desk_second_factor": "care desk: second factor, required or optional; unset: required unless DEMO",
        "desk_idle_minutes": "care desk: minutes without activity until a sign-in ends",
        "desk_passwords": "care desk: whether one can sign in with a password: true or false",
        "oidc_issuer": "sign-in through the clinic: the OpenID Connect provider's address; setting it switches it on",
        "oidc_client_id": "sign-in through the clinic: the id under which the provider knows the care desk",
        "oidc_client_secret": "sign-in through the clinic: the secret for it; unset: a public client",
        "oidc_role_claim": "sign-in through the clinic: the claim that lists a person's groups or roles",
        "oidc_roles": "sign-in through the clinic: group=role, the first that fits counts, separated by commas",
        "oidc_second_factor": "sign-in through the clinic: its second factor counts always, or by claims",
        "oidc_acr": "sign-in through the clinic: acr values that stand for a second factor, separated by commas",
        "policy_file": "who is paged for a case and when; unset: nobody is paged",
        "hand_over_minutes": "minutes until a silent clinician's conversation goes back to the assistant, 5 to 240",
        "fhir_base_url": "FHIR: base address of the clinic's record system; setting it switches FHIR on",
        "fhir_token_url": "FHIR: where a token is to be had with OAuth2 client credentials; unset: no sign-in",
        "fhir_client_id": "FHIR: the client's id at FHIR_TOKEN_URL",
        "fhir_client_secret": "FHIR: the client's secret at FHIR_TOKEN_URL",
        "fhir_scope": "FHIR: what to ask a token for, separated by spaces",
        "fhir_include_evidence": "FHIR: whether cases quote what the patient wrote: true or false",
        "sample_size": "messages without a flag that people review each week; 0: none",
        "telegram_bot_token": "Telegram: the bot's token from BotFather; setting it switches Telegram on",
        "telegram_mode": "Telegram: how its updates arrive, webhook or polling; unset: webhook",
        "telegram_webhook_secret": "Telegram: shared secret of the webhook; needed for webhook",
        "telegram_api_url": "Telegram: where its Bot API is; a clinic may run its own server",
        "slack_bot_token": "Slack: the bot's token, xoxb-…; setting it switches Slack on",
        "slack_signing_secret": "Slack: the app's signing secret; needed for SLACK_MODE=http",
        "slack_app_token": "Slack: the app-level token, xapp-…; needed for SLACK_MODE=socket",
        "slack_mode": "Slack: how its events arrive, http or socket",
        "slack_command": "Slack: the slash command, as the app's manifest names it",
        "slack_alert_channel": "Slack: id of the channel that gets case alerts; unset: none",
        "slack_alert_quotes": "Slack: whether alerts quote what the patient wrote: true or false",
        "slack_clinicians": "Slack: who may act on alerts, as USERID=mail at the care desk, separated by commas",
        "slack_api_url": "Slack: where its Web API is; GovSlack has another one",
        "models_dir": "folder of the trained model",
        "data_dir": "folder of the content and training data",
        "var_dir": "folder for the embedded database, logs and generated secrets",
    }
)


@dataclass(frozen=True)
class Settings:
    """One value a setting. Ports are 1-65535, times in the unit that the name says, folders may be relative.

    `database_url` is empty when unset, else begins with `postgresql://`. `rasa_token` and `secret_key` are
    empty when nobody has set or made them: ask with `require` where they are needed.
    """

    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    rasa_url: str = "http://127.0.0.1:5005"
    rasa_port: int = 5005
    rasa_token: str = ""
    actions_url: str = "http://127.0.0.1:5055"
    actions_port: int = 5055
    region: str = "US"
    clinic_name: str = "your dermatology clinic"
    clinic_phone: str = ""
    public_url: str = ""
    allowed_origins: tuple[str, ...] = ()
    secret_key: str = ""
    demo: bool = True
    session_days: int = 30
    turn_timeout_seconds: float = 20.0
    desk_second_factor: str = ""
    desk_idle_minutes: int = 30
    desk_passwords: bool = True
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_role_claim: str = "groups"
    oidc_roles: tuple[str, ...] = ()
    oidc_second_factor: str = "claims"
    oidc_acr: tuple[str, ...] = ()
    policy_file: str = ""
    hand_over_minutes: int = 30
    fhir_base_url: str = ""
    fhir_token_url: str = ""
    fhir_client_id: str = ""
    fhir_client_secret: str = ""
    fhir_scope: str = ""
    fhir_include_evidence: bool = False
    sample_size: int = 20
    telegram_bot_token: str = ""
    telegram_mode: str = ""
    telegram_webhook_secret: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    slack_bot_token: str = ""
    slack_signing_secret: str = ""
    slack_app_token: str = ""
    slack_mode: str = "http"
    slack_command: str = "/acne"
    slack_alert_channel: str = ""
    slack_alert_quotes: bool = False
    slack_clinicians: tuple[str, ...] = ()
    slack_api_url: str = "https://slack.com/api/"
    models_dir: Path = Path("models")
    data_dir: Path = Path("data")
    var_dir: Path = Path("var")

    @classmethod
    def from_env(cls, env_file: Path = Path(".env")) -> Settings:
        """The settings from, in this order: the environment, `env_file`, the secrets that `serve` made.

        Raises:
            SettingError: the first setting that is wrong.
        """
        env = Env()
        env.read_env(env_file, recurse=False)
        var_dir = _read(env, "var_dir", cls.var_dir, _folder)
        env.read_env(var_dir / SECRETS_FILE, recurse=False)
        database_url = _read(env, "database_url", cls.database_url, _database_url)
        return cls(
            database_url=database_url,
            host=_read(env, "host", cls.host, _host),
            port=_read(env, "port", cls.port, _port),
            rasa_url=_read(env, "rasa_url", cls.rasa_url, _http_url),
            rasa_port=_read(env, "rasa_port", cls.rasa_port, _port),
            rasa_token=_read(env, "rasa_token", cls.rasa_token, _secret),
            actions_url=_read(env, "actions_url", cls.actions_url, _http_url),
            actions_port=_read(env, "actions_port", cls.actions_port, _port),
            region=_read(env, "region", cls.region, _region),
            clinic_name=_read(env, "clinic_name", cls.clinic_name, _words),
            clinic_phone=_read(env, "clinic_phone", cls.clinic_phone, _phone),
            public_url=_read(env, "public_url", cls.public_url, _public_url),
            allowed_origins=_read(env, "allowed_origins", cls.allowed_origins, _origins),
            secret_key=_read(env, "secret_key", cls.secret_key, _secret),
            demo=_read(env, "demo", not database_url, _switch),
            session_days=_read(env, "session_days", cls.session_days, _whole(1, 365)),
            turn_timeout_seconds=_read(env, "turn_timeout_seconds", cls.turn_timeout_seconds, _seconds),
            desk_second_factor=_read(env, "desk_second_factor", cls.desk_second_factor, _second_factor),
            desk_idle_minutes=_read(env, "desk_idle_minutes", cls.desk_idle_minutes, _whole(5, 720)),
            desk_passwords=_read(env, "desk_passwords", cls.desk_passwords, _switch),
            oidc_issuer=_read(env, "oidc_issuer", cls.oidc_issuer, _oidc_issuer),
            oidc_client_id=_read(env, "oidc_client_id", cls.oidc_client_id, _one_word),
            oidc_client_secret=_read(env, "oidc_client_secret", cls.oidc_client_secret, _one_word),
            oidc_role_claim=_read(env, "oidc_role_claim", cls.oidc_role_claim, _one_word),
            oidc_roles=_read(env, "oidc_roles", cls.oidc_roles, _oidc_roles),
            oidc_second_factor=_read(env, "oidc_second_factor", cls.oidc_second_factor, _oidc_second_factor),
            oidc_acr=_read(env, "oidc_acr", cls.oidc_acr, _oidc_acr),
            policy_file=_read(env, "policy_file", cls.policy_file, _file),
            hand_over_minutes=_read(env, "hand_over_minutes", cls.hand_over_minutes, _whole(5, 240)),
            fhir_base_url=_read(env, "fhir_base_url", cls.fhir_base_url, _fhir_url),
            fhir_token_url=_read(env, "fhir_token_url", cls.fhir_token_url, _fhir_url),
            fhir_client_id=_read(env, "fhir_client_id", cls.fhir_client_id, _fhir_client_id),
            fhir_client_secret=_read(env, "fhir_client_secret", cls.fhir_client_secret, _fhir_client_secret),
            fhir_scope=_read(env, "fhir_scope", cls.fhir_scope, _fhir_scope),
            fhir_include_evidence=_read(env, "fhir_include_evidence", cls.fhir_include_evidence, _switch),
            sample_size=_read(env, "sample_size", cls.sample_size, _whole(0, 200)),
            telegram_bot_token=_read(env, "telegram_bot_token", cls.telegram_bot_token, _telegram_bot_token),
            telegram_mode=_read(env, "telegram_mode", cls.telegram_mode, _telegram_mode),
            telegram_webhook_secret=_read(
                env, "telegram_webhook_secret", cls.telegram_webhook_secret, _telegram_secret
            ),
            telegram_api_url=_read(env, "telegram_api_url", cls.telegram_api_url, _http_url),
            slack_bot_token=_read(env, "slack_bot_token", cls.slack_bot_token, _slack_bot_token),
            slack_signing_secret=_read(
                env, "slack_signing_secret", cls.slack_signing_secret, _slack_signing_secret
            ),
            slack_app_token=_read(env, "slack_app_token", cls.slack_app_token, _slack_app_token),
            slack_mode=_read(env, "slack_mode", cls.slack_mode, _slack_mode),
            slack_command=_read(env, "slack_command", cls.slack_command, _slack_command),
            slack_alert_channel=_read(env, "slack_alert_channel", cls.slack_alert_channel, _slack_channel),
            slack_alert_quotes=_read(env, "slack_alert_quotes", cls.slack_alert_quotes, _switch),
            slack_clinicians=_read(env, "slack_clinicians", cls.slack_clinicians, _slack_clinicians),
            slack_api_url=_read(env, "slack_api_url", cls.slack_api_url, _slack_api_url),
            models_dir=_read(env, "models_dir", cls.models_dir, _folder),
            data_dir=_read(env, "data_dir", cls.data_dir, _folder),
            var_dir=var_dir,
        )

    @property
    def second_factor_required(self) -> bool:
        """Whether nobody works at the care desk without one."""
        return self.desk_second_factor == "required" or (not self.desk_second_factor and not self.demo)

    def to_env(self) -> dict[str, str]:
        """The same settings as environment variables, for the processes that `serve` starts."""
        return {field.name.upper(): _written(getattr(self, field.name)) for field in fields(self)}

    def require(self, *names: str) -> None:
        """Refuse to go on without these settings.

        Raises:
            SettingError: the first of them that is empty.
        """
        for name in names:
            if not getattr(self, name):
                fix = f"Set it in .env ({DESCRIPTIONS[name]}), or start with `make run`"
                raise SettingError(name.upper(), "is not set", fix)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


_Value = TypeVar("_Value")


class _Wrong(Exception):
    """What is wrong with a value, and the fix. Neither repeats a value that may hold a secret."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


def _read(env: Env, field: str, default: _Value, check: Callable[[str], _Value]) -> _Value:
    name = field.upper()
    try:
        given = env.str(name, "").strip()
    except EnvError as error:
        raise SettingError(name, "cannot be read", "Write it as NAME=value, without ${...}") from error
    if not given:
        return default
    try:
        return check(given)
    except _Wrong as wrong:
        raise SettingError(name, wrong.problem, wrong.fix) from wrong


def _split(given: str, fix: str) -> SplitResult:
    """A URL in parts, its port looked at too. The fault never repeats the URL, which may hold a password."""
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:
        # Its text may quote the password.
        raise _Wrong("is not a URL that can be read (a special character in the password?)", fix) from None
    return parts


def _database_url(given: str) -> str:
    fix = (
        "Write postgresql://user:password@host:5432/database (special characters in the password as %XX), "
        "or leave it out for the embedded database"
    )
    parts = _split(given, fix)
    if parts.scheme not in ("postgresql", "postgres"):
        raise _Wrong("does not begin with postgresql://", fix)
    if not parts.path.strip("/"):
        raise _Wrong("names no database", fix)
    # SQLAlchemy knows only the long spelling.
    return "postgresql" + given[len(parts.scheme) :]


def _http_url(given: str) -> str:
    fix = "Write it as http://127.0.0.1:5005"
    parts = _split(given, fix)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Wrong("is not an http address", fix)
    return given.rstrip("/")


def _host(given: str) -> str:
    if given == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(given))
    except ValueError as error:
        fix = "Use 127.0.0.1 for this machine only, or 0.0.0.0 for every network"
        raise _Wrong(f"{given!r} is not an IP address", fix) from error


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def check(given: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", given) or not lowest <= int(given) <= highest:
            raise _Wrong(f"{given!r} is not a whole number from {lowest} to {highest}", NUMBER_FIX)
        return int(given)

    return check


_port = _whole(1, 65535)


def _seconds(given: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", given) or not 1 <= float(given) <= 300:
        raise _Wrong(f"{given!r} is not a number of seconds from 1 to 300", NUMBER_FIX)
    return float(given)


def _secret(given: str) -> str:
    if len(given) < SHORTEST_SECRET or len(set(given)) < 8:
        raise _Wrong(
            "is too easy to guess",
            f"Give at least {SHORTEST_SECRET} random characters, or leave it out: `make run` makes one",
        )
    if not re.fullmatch(r"[!-~]+", given):
        raise _Wrong("holds a space or a character outside ASCII", "Use letters, digits, - and _ only")
    return given


def _region(given: str) -> str:
    region = given.upper()
    if region not in REGIONS:
        fix = "Use one of " + ", ".join(REGIONS)
        raise _Wrong(f"{given!r} is not a country that we have help lines for", fix)
    return region


def _words(given: str) -> str:
    if len(given) > 80 or not given.isprintable():
        problem = "is longer than 80 characters or holds control characters"
        raise _Wrong(problem, "Give a short name on one line")
    return given


def _phone(given: str) -> str:
    if not re.fullmatch(r"[+(0-9][0-9 ().-]{1,30}", given):
        fix = "Write it as patients dial it, like 020 7946 0000"
        raise _Wrong(f"{given!r} does not look like a phone number", fix)
    return given


def _public_url(given: str) -> str:
    fix = "Write it as https://assistant.clinic.example"
    parts = _split(given, fix)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise _Wrong("is not an https address", fix)
    return given.rstrip("/")


def _origins(given: str) -> tuple[str, ...]:
    origins = tuple(part.strip().rstrip("/") for part in given.split(",") if part.strip())
    fix = "List addresses such as https://clinic.example, separated by commas, without a path"
    for origin in origins:
        parts = _split(origin, fix)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise _Wrong(f"{origin!r} is not the address of a web site", fix)
    return origins


def _shaped(pattern: str, problem: str, fix: str) -> Callable[[str], str]:
    """A check by shape. The fault does not repeat the value, which may be a secret."""

    def check(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise _Wrong(problem, fix)
        return given

    return check


_second_factor = _shaped(
    r"required|optional", "is neither required nor optional", "Write required or optional"
)
_one_word = _shaped(r"[!-~]{1,500}", "holds a space or is too long", "Copy it as the provider shows it")
_oidc_second_factor = _shaped(
    r"claims|always",
    "is neither claims nor always",
    "Write claims, or always if the provider always asks for one",
)


def _oidc_issuer(given: str) -> str:
    """Kept as it is written: the provider's tokens name it to the letter, with or without a slash at the end."""
    fix = "Copy the issuer that the provider's discovery document names, like https://login.clinic.example"
    parts = _split(given, fix)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or parts.query or parts.fragment or parts.scheme not in ("https", "http"):
        raise _Wrong("is not an https address", fix)
    if parts.scheme == "http" and not local:
        raise _Wrong("is not an https address", fix)
    return given


def _oidc_roles(given: str) -> tuple[str, ...]:
    pairs = tuple(part.strip() for part in given.split(",") if part.strip())
    fix = "List them as derm-docs=clinician,derm-leads=lead"
    for pair in pairs:
        group, _, role = pair.rpartition("=")
        if not group.strip() or role not in DESK_ROLES:
            raise _Wrong(f"{pair!r} does not give a group one of the roles {', '.join(DESK_ROLES)}", fix)
    return pairs


def _oidc_acr(given: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _fhir_url(given: str) -> str:
    fix = "Write it as https://records.clinic.example/fhir"
    parts = _split(given, fix)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise _Wrong("is not an https address", fix)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise _Wrong("holds more than an address: a name, a password, ? or #", fix)
    return given.rstrip("/")


_fhir_client_id = _shaped(
    r"[!-~]{1,255}", "is not a client's id", "Copy it from the record system's list of clients"
)
_fhir_client_secret = _shaped(
    r"[!-~]{8,500}", "is not a client's secret", "Copy it from the record system's list of clients, whole"
)
_fhir_scope = _shaped(
    r"[!-~]+(?: [!-~]+)*",
    "is not a list of scopes",
    "Separate them by spaces: system/Task.write system/CommunicationRequest.write",
)

_telegram_bot_token = _shaped(
    r"[0-9]{5,15}:[A-Za-z0-9_-]{30,60}",
    "is not a bot's token",
    "Copy it from BotFather, whole: digits, a colon and about 35 characters",
)
_telegram_mode = _shaped(r"webhook|polling", "is neither webhook nor polling", "Write webhook or polling")


def _telegram_secret(given: str) -> str:
    secret = _secret(given)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise _Wrong("holds what Telegram does not take", "Use letters, digits, - and _ only")
    return secret


_slack_bot_token = _shaped(
    r"xoxb-[A-Za-z0-9-]{10,}",
    "is not a bot token",
    "Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions",
)
_slack_signing_secret = _shaped(
    r"[0-9a-f]{32}",
    "is not a signing secret",
    "Copy the Signing Secret (32 characters) from Basic Information",
)
_slack_app_token = _shaped(
    r"xapp-[A-Za-z0-9-]{10,}",
    "is not an app-level token",
    "Make one (xapp-…) with the scope connections:write under Basic Information",
)
_slack_mode = _shaped(r"http|socket", "is neither http nor socket", "Write http or socket")
_slack_command = _shaped(
    r"/[a-z0-9_-]{1,31}", "is not a slash command", "Write it as in the app's manifest, like /acne"
)
_slack_channel = _shaped(
    r"[CG][A-Z0-9]{8,20}",
    "is not the id of a channel",
    "Copy the channel ID (like C0123ABCD) from the channel's details",
)


def _slack_clinicians(given: str) -> tuple[str, ...]:
    pairs = tuple(part.strip() for part in given.split(",") if part.strip())
    fix = "List them as U0123ABCD=ana@clinic.example, separated by commas"
    for pair in pairs:
        if not re.fullmatch(r"[UW][A-Z0-9]{8,20}=[^@\s=]+@[^@\s=]+", pair):
            raise _Wrong(f"{pair!r} does not join a Slack user to a mail address", fix)
    if len({pair.partition("=")[0] for pair in pairs}) != len(pairs):
        raise _Wrong("names a Slack user twice", fix)
    return pairs


def _slack_api_url(given: str) -> str:
    parts = _split(given, "Write https://slack.com/api/ or https://slack-gov.com/api/")
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise _Wrong("is not an https address", "Write https://slack.com/api/ or https://slack-gov.com/api/")
    return given.rstrip("/") + "/"


def _switch(given: str) -> bool:
    if given.lower() in ("true", "yes", "on", "1"):
        return True
    if given.lower() in ("false", "no", "off", "0"):
        return False
    raise _Wrong(f"{given!r} is neither true nor false", "Write true or false")


def _folder(given: str) -> Path:
    return Path(given).expanduser()


def _file(given: str) -> str:
    return str(Path(given).expanduser())
