"""A real SMTP server on a loopback port, that can be stopped and started again on the same one."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.servers.ports import LOOPBACK

USER, PASSWORD = "mailer", "p@ss:word/?"


@dataclass
class Mailbox:
    """What was taken, and what is answered instead of taking it."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    to_rcpt: str | None = None
    to_data: str | None = None
    to_quit: str = "221 Bye"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.to_rcpt is not None:
            return self.to_rcpt.replace("{}", address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.to_data is not None:
            return self.to_data
        self.messages.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.SMTP))
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 - aiosmtpd's
        self, _server: Any, _session: Any, _envelope: Any
    ) -> str:
        return self.to_quit


def authenticate(*login: Any) -> AuthResult:
    given = login[-1]
    assert isinstance(given, LoginPassword)
    right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def smtp_server(
    mailbox: Mailbox, port: int, tls: ssl.SSLContext | None = None, *, asks: bool = False
) -> Iterator[None]:
    """With `tls` by STARTTLS; `asks` for USER and PASSWORD."""
    controller = Controller(
        mailbox,
        hostname=LOOPBACK,
        port=port,
        tls_context=tls,
        authenticator=authenticate if asks else None,
        auth_required=asks,
        auth_require_tls=tls is not None,
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()
