"""
How e-mail leaves: one small function that takes a message, and SMTP (RFC 5321) behind it. Another
way to send is another `Post`.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from provisioning.mail_delivery import Undeliverable

Post = Callable[[EmailMessage], None]
"""Returns when somebody else is responsible for the message. Raises `Undeliverable`."""

TIMEOUT_SECONDS = 15.0
_PORTS = {"smtp": 587, "smtps": 465}
_WORDS = 200
_ADDRESS = re.compile(r"\S*@\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """
    `smtps` speaks TLS from the start (RFC 8314 §3.3), `smtp` by STARTTLS (RFC 3207) where it is
    offered. A password goes over TLS, or to this same machine.
    """

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """`smtp://user:password@host:port`, or `smtps://…`. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            msg = "must be smtp://user:password@host:port or smtps://…"
            raise ValueError(msg)
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            implicit_tls=parts.scheme == "smtps",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") if parts.username else None,
        )

    def post(self, message: EmailMessage, tls: ssl.SSLContext | None = None) -> None:
        """A `Post`; `tls` says whom to trust, by default the machine's authorities."""
        try:
            server = self._connected(tls or ssl.create_default_context())
            try:
                server.send_message(message)
            finally:
                # What the server says to a farewell does not undo what it has taken.
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            ((code, words),) = error.recipients.values()
            raise _undeliverable(code, words) from None
        except smtplib.SMTPDataError as error:
            raise _undeliverable(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:
            # Of the greeting, the credentials or the sender: nothing that another mail would mend.
            told = _undeliverable(error.smtp_code, error.smtp_error)
            raise Undeliverable(told.problem, away=True) from None
        except smtplib.SMTPNotSupportedError as error:
            raise Undeliverable(_without_addresses(str(error)), away=True) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Undeliverable(type(error).__name__, away=True) from None

    def _connected(self, tls: ssl.SSLContext) -> smtplib.SMTP:
        if self.implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_SECONDS, context=tls
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            self._introduce(server, tls)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP, tls: ssl.SSLContext) -> None:
        server.ehlo()
        secret = self.implicit_tls or _is_loopback(self.host)
        if not self.implicit_tls and server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
            secret = True
        if self.user is not None and self.password is not None:
            if not secret:
                raise smtplib.SMTPNotSupportedError(
                    "the server offers no STARTTLS, and the password is not sent in the clear"
                )
            server.login(self.user, self.password)


def _undeliverable(code: int, words: bytes | str) -> Undeliverable:
    """RFC 5321 §4.2.1: 5yz is permanent, 4yz may be tried again."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return Undeliverable(_without_addresses(f"{code} {text}"), permanent=code // 100 == 5)  # noqa: PLR2004 - 5yz


def _without_addresses(words: str) -> str:
    return _ADDRESS.sub("…", " ".join(words.split()))[:_WORDS]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
