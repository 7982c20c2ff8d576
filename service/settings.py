"""Everything that can be set, read once from environment variables `PROVISIONING_*`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, Literal

from provisioning.domain_proofs import AGREEING
from provisioning.errors import Invalid
from provisioning.sign_ins import PersonalOrganization
from provisioning.signing_keys import SECRET_LENGTH
from workers.dns_questions import Server
from workers.mail import SmtpServer

DEFAULT_PORT = 8000
DEFAULT_RESOLVERS = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
"""Of three operators; all of them validate DNSSEC."""
LARGEST_PORT = 65535
_LABEL = r"[A-Z0-9_]([A-Z0-9_-]*[A-Z0-9_])?"
_ORIGIN = re.compile(
    rf"https?://(\[(?P<ipv6>[0-9A-F:.]+)\]|{_LABEL}(\.{_LABEL})*\.?)(:(?P<port>[0-9]{{1,5}}))?",
    re.ASCII | re.IGNORECASE,
)
_METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
_PERSONAL_ORGANIZATION = "PROVISIONING_PERSONAL_ORGANIZATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Built once, in `service`, and handed down."""

    database_url: str
    broker_url: str | None
    """Redis; None: embedded, the worker runs inside the web process."""
    public_url: str
    """What the IdP is given: scheme, host and perhaps a port, no final slash."""
    host: str
    port: int
    data_dir: Path
    web_processes: int
    threads: int
    """Per web process: threads that answer requests, and connections in the pool."""
    log_format: Literal["json", "console"]
    max_organizations_per_user: int | None = None
    """None: as many as there are. Directories are not bound by it."""
    metrics_dir: Path | None = None
    """Where several processes behind one port put their metrics together."""
    secret_key: str | None = None
    """Keeps signing keys unreadable in the database; None: made in the data directory, embedded."""
    personal_organization: PersonalOrganization = "off"
    allow_loopback: bool = False
    """For tests: issuers on this machine, without TLS."""
    invitation_url: str | None = None
    """The product's page on which people accept; `{token}` in it becomes the token."""
    smtp: SmtpServer | None = None
    """None: no e-mail is sent."""
    mail_from: str | None = None
    """Who the e-mail is from: an address, or `Name <address>`."""
    dns_resolvers: tuple[Server, ...] = tuple(map(Server, DEFAULT_RESOLVERS))
    """Two of them have to see the proof of a domain."""


def read(environment: Mapping[str, str] | None = None, **overrides: str) -> Settings:
    """From the process's environment if no other is given. Raises `Invalid` naming the variable."""
    given = {**(os.environ if environment is None else environment), **overrides}
    data_dir = Path(given.get("PROVISIONING_DATA_DIR", "./var"))
    host, port = _listen(given.get("PROVISIONING_LISTEN", f"127.0.0.1:{DEFAULT_PORT}"))
    log_format = given.get("PROVISIONING_LOG_FORMAT", "json")
    if log_format not in {"json", "console"}:
        raise Invalid("PROVISIONING_LOG_FORMAT", "must be json or console")
    return Settings(
        database_url=given.get(
            "PROVISIONING_DATABASE_URL", f"sqlite:///{data_dir / 'provisioning.db'}"
        ),
        broker_url=given.get("PROVISIONING_BROKER_URL") or None,
        public_url=_public_url(given) or _local_url(host, port),
        host=host,
        port=port,
        data_dir=data_dir,
        web_processes=_positive(given, "PROVISIONING_WEB_PROCESSES", 1),
        threads=_positive(given, "PROVISIONING_THREADS", 4),
        log_format="console" if log_format == "console" else "json",
        max_organizations_per_user=_positive_if_given(
            given, "PROVISIONING_MAX_ORGANIZATIONS_PER_USER"
        ),
        metrics_dir=Path(given[_METRICS_DIR]) if given.get(_METRICS_DIR) else None,
        secret_key=_secret_key(given),
        personal_organization=_personal_organization(given),
        allow_loopback=given.get("PROVISIONING_ALLOW_LOOPBACK") == "1",
        dns_resolvers=_resolvers(given),
        **_mail(given),
    )


def share_metrics(directory: str) -> None:
    """
    For the processes that this one starts: prometheus_client reads the variable when it is
    imported, and no argument would reach it in time.
    """
    os.environ[_METRICS_DIR] = directory


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > LARGEST_PORT:
        raise Invalid("PROVISIONING_LISTEN", "must be host:port")
    return host.strip("[]"), int(port)


def _public_url(given: Mapping[str, str]) -> str | None:
    """Without the final slash: paths are put behind it."""
    name = "PROVISIONING_PUBLIC_URL"
    if not given.get(name):
        return None
    url = given[name].removesuffix("/")
    if not _is_origin(url):  # without it: there may be a password
        raise Invalid(
            name,
            "must be https://host or https://host:port, or the same with http, and nothing behind; "
            "an international name as xn--",
        )
    return url


def _is_origin(url: str) -> bool:
    """Scheme, host and perhaps a port (RFC 6454 §4)."""
    found = _ORIGIN.fullmatch(url)
    if found is None:
        return False
    try:
        if found["ipv6"] is not None:
            IPv6Address(found["ipv6"])
    except ValueError:
        return False
    return 0 < int(found["port"] or DEFAULT_PORT) <= LARGEST_PORT


def _local_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _positive_if_given(given: Mapping[str, str], name: str) -> int | None:
    return _positive(given, name, 1) if given.get(name) else None


def _mail(given: Mapping[str, str]) -> dict[str, Any]:
    url = given.get("PROVISIONING_INVITATION_URL") or None
    if url is not None and "{token}" not in url:
        raise Invalid("PROVISIONING_INVITATION_URL", "must have {token} where the token goes")
    found: dict[str, Any] = {"invitation_url": url}
    if server := given.get("PROVISIONING_SMTP_URL"):
        try:
            found["smtp"] = SmtpServer.parse(server)
        except ValueError:  # without it: there may be a password
            raise Invalid(
                "PROVISIONING_SMTP_URL", "must be smtp://user:password@host:port or smtps://…"
            ) from None
        if url is None:
            raise Invalid("PROVISIONING_INVITATION_URL", "is needed to send invitations")
        found["mail_from"] = given.get("PROVISIONING_MAIL_FROM", "")
        if "@" not in parseaddr(found["mail_from"])[1]:
            raise Invalid("PROVISIONING_MAIL_FROM", "must be an e-mail address to send from")
    return found


def _resolvers(given: Mapping[str, str]) -> tuple[Server, ...]:
    name = "PROVISIONING_DNS_RESOLVERS"
    texts = (given.get(name) or ",".join(DEFAULT_RESOLVERS)).split(",")
    try:
        found = tuple(dict.fromkeys(Server.parse(text.strip()) for text in texts))
    except ValueError:
        raise Invalid(name, "must be addresses of resolvers, with commas between them") from None
    if len(found) < AGREEING:
        raise Invalid(name, f"must be {AGREEING} resolvers at least: they have to agree")
    return found


def _secret_key(given: Mapping[str, str]) -> str | None:
    name = "PROVISIONING_SECRET_KEY"
    secret = given.get(name) or None
    if secret is not None and len(secret) < SECRET_LENGTH:
        raise Invalid(name, f"must have at least {SECRET_LENGTH} characters")
    return secret


def _positive(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or int(text) == 0:
        raise Invalid(name, "must be a positive integer")
    return int(text)


def _personal_organization(given: Mapping[str, str]) -> PersonalOrganization:
    match given.get(_PERSONAL_ORGANIZATION, "off"):
        case "off":
            return "off"
        case "always":
            return "always"
        case "when_none_fits":
            return "when_none_fits"
        case _:
            raise Invalid(_PERSONAL_ORGANIZATION, "must be off, always or when_none_fits")
