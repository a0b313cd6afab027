"""Addresses of people as Apprise writes them: filled in, recognised and looked at. Nothing is sent."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Final

from bot.escalation.policy import Kind
from bot.escalation.words import listed

_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
# A variable before the @ of an address: a user or a password.
_PASSWORD: Final = re.compile(r"\$\{([^}]*)\}(?=[^/?]*@)")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

KINDS: Final[tuple[Kind, ...]] = ("mail", "sms", "call", "chat", "push", "pager")
LABELS: Final[Mapping[str, str]] = {
    "mail": "mail",
    "sms": "text message",
    "call": "phone call",
    "chat": "chat",
    "push": "push message",
    "pager": "pager",
}
_SERVICES: Final[Mapping[Kind, str]] = {
    "mail": """azure brevo mailersend mailgun mailto mailtos o365 postmark resend sendgrid ses smtp2go sparkpost""",
    "sms": """46elks atalk bulksms bulkvs burstsms clickatell clicksend cm d7sms eight00com elks exotel freemobile
        httpsms infobip kaleyra kavenegar klr kudosity mobilemessage mobilemsg msg91 msgbird nexmo notifyre octopush
        plivo serwersms seven sfr sinch smsc smseagle smseagles smsmanager smsmgr smstunnel sns telesign telnyx twilio
        voipms vonage""",
    "call": "",
    "chat": """cliq dingtalk discord feishu flock gchat lark line matrix matrixs mmost mmosts nctalk nctalks ringc
        rocket rockets ryver signal signals slack synology synologys tgram threema twist viber webex wecombot whapi
        whatsapp workflow workflows wxteams zohocliq zoom zulip""",
    "push": """bark barks fcm gotify gotifys join ntfy ntfys onesignal pbul pover prowl psafer psafers push pushed
        pushy simplepush spush""",
    "pager": """betterstack firehydrant goalert goalerts ilert incidentio jira lfg opsgenie pagerduty pagertree signl4
        spike splunk squadcast victorops xmatters""",
}
_KIND_OF: Final[Mapping[str, Kind]] = {
    service: kind for kind, services in _SERVICES.items() for service in services.split()
}
# Public timelines and radio: anybody could read a page.
_PUBLIC: Final = frozenset(
    """aprs bluesky bsky dapnet irc ircs mastodon mastodons misskey misskeys nostr reddit toot toots tweet twitter
    x""".split()
)
# They reach a machine, not a person.
_MACHINES: Final = frozenset("dbus gio glib gnome kde macosx qt rsyslog syslog windows".split())


class AddressRefused(ValueError):
    """Why an address cannot be used. Its text holds no part of the address but the service's name."""


class VariableMissing(AddressRefused):
    """Environment variables that an address names are not set."""

    def __init__(self, names: Sequence[str]) -> None:
        several = len(names) > 1
        super().__init__(
            f"the environment variable{'s' if several else ''} {listed(names)} {'are' if several else 'is'} not set"
        )
        self.names = tuple(names)


def fill(written: str, environment: Mapping[str, str]) -> str:
    """The address with each `${NAME}` replaced.

    Raises:
        VariableMissing: a variable that is not set, or is empty.
        AddressRefused: what stands in the brackets is no name, or a password would be taken for something else.
    """
    names = [str(name) for name in _VARIABLE.findall(written)]
    for name in names:
        if not _NAME.fullmatch(name):
            raise AddressRefused(f"${{{name}}} is not the name of an environment variable")
    missing = sorted({name for name in names if not environment.get(name, "").strip()})
    if missing:
        raise VariableMissing(missing)
    for match in _PASSWORD.finditer(written):
        if re.search(r"[@/?#\s]", environment[match[1]].strip()):
            raise AddressRefused(
                f"the value of {match[1]} holds a character that means something in addresses; "
                "write @ as %40, / as %2F, ? as %3F, # as %23 in it"
            )
    return _VARIABLE.sub(lambda match: environment[match[1]].strip(), written)


def service_of(url: str) -> str:
    """The service that an address names, as `twilio`.

    Raises:
        AddressRefused: it names none.
    """
    service, found, _ = url.partition("://")
    if not found or not re.fullmatch(r"[A-Za-z0-9]{1,20}", service):
        raise AddressRefused("is not an Apprise address: it begins with no service, such as mailtos://")
    return service.lower()


def way_words(kind: str, label: str) -> str:
    """`text message (Ana's mobile)`, or `text message` where the label says no more."""
    words = LABELS.get(kind, kind)
    return words if label == words else f"{words} ({label})"


def kind_of(url: str) -> Kind | None:
    """What kind of address it is; None where that cannot be told from its service."""
    service = url.partition("://")[0].lower()
    if service == "twilio" and re.search(r"[?&]method=call\b", url):
        return "call"
    return _KIND_OF.get(service)


def look_at(url: str) -> tuple[str, ...]:
    """What should be thought about before an address is used.

    Raises:
        AddressRefused: Apprise cannot send to it, or pages must not go there.
    """
    service = service_of(url)
    if service in _PUBLIC:
        raise AddressRefused(f"{service}:// can be read by others; a page must reach one person")
    if service in _MACHINES:
        raise AddressRefused(f"{service}:// reaches a machine, not a person")
    from apprise import Apprise
    from apprise.plugins import N_MGR

    with _quiet():
        if service not in N_MGR:
            close = get_close_matches(service, list(N_MGR.schemas()), n=1)  # type: ignore[no-untyped-call]
            hint = f"; did you mean {close[0]}://?" if close else ""
            raise AddressRefused(f"Apprise knows no service {service}://{hint}")
        found = Apprise.instantiate(url, suppress_exceptions=True)
    if found is None:
        raise AddressRefused(
            f"Apprise cannot read this {service}:// address; its documentation shows the form"
        )
    cautions = []
    if service == "mailto" and not found.secure:
        cautions.append("mailto:// may send unencrypted; mailtos:// does not")
    if getattr(found, "targets", None) == []:
        cautions.append(f"this {service}:// address names nobody to send to that Apprise recognises")
    return tuple(cautions)


@contextmanager
def _quiet() -> Iterator[None]:
    """Apprise logs addresses that it cannot read, with their secrets."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
