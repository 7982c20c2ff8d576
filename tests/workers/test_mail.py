"""Invitations by e-mail, against a real SMTP server that goes away, refuses and comes back."""

import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from provisioning import clock, invitations, organizations
from provisioning.ids import InvitationId
from provisioning.invitations import Issued, Wish
from provisioning.mail_delivery import InvitationMail, Send, Undeliverable, deliver
from provisioning.store import admin_tables
from provisioning.store.engine import transaction
from tests.admin_serving import admin_at
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.smtp import PASSWORD, USER, Mailbox, smtp_server
from tests.serving import POLL_SECONDS, WAIT_SECONDS, application
from tests.tenant import ACTOR, Tenant, acting, found
from workers.invitation_mail import InvitationPost
from workers.mail import SmtpServer

ADA = "ada@acme.test"
SENDER = "Acme & Co <no-reply@product.test>"
URL = "https://app.product.test/invitations/{token}?from=mail&x=1"


@dataclass
class Office:
    """An organization, its mail server's port, and the time of its worker."""

    tenant: Tenant
    mailbox: Mailbox
    port: int
    time: datetime

    def serving(self) -> Any:
        return smtp_server(self.mailbox, self.port)

    def invite(self, email: str = ADA) -> InvitationId:
        wish = Wish(email=email, roles=("admin",), metadata={})
        with transaction(self.tenant.engine) as connection:
            (issued,) = invitations.invite(
                connection,
                self.tenant.organization_id,
                [wish],
                acting(self.time),
                sends_email=True,
            )
        assert isinstance(issued, Issued)
        assert issued.token is None
        return issued.invitation.id

    def resend(self, invitation_id: InvitationId) -> None:
        with transaction(self.tenant.engine) as connection:
            invitations.resend(
                connection,
                self.tenant.organization_id,
                invitation_id,
                acting(self.time),
                send_email=True,
                expires_in_days=None,
                sends_email=True,
            )

    def deliver(self, *, later: timedelta = timedelta(0), send: Send | None = None) -> int:
        """What a worker does when beat ticks `later`."""
        self.time += later
        server = SmtpServer.parse(f"smtp://{LOOPBACK}:{self.port}")
        post = InvitationPost(server.post, SENDER, URL)
        return deliver(self.tenant.engine, lambda: self.time, send or post.send)

    @property
    def mails(self) -> list[dict[str, Any]]:
        rows = self.tenant.rows(admin_tables.outgoing_mails)
        return sorted(rows, key=lambda row: str(row["id"]))


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(found(engine), Mailbox(), free_port(), clock.now())


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def token_in(message: EmailMessage) -> str:
    found = re.search(r"/invitations/([A-Za-z0-9_-]+)\?from=mail&x=1\s", body(message, "plain"))
    assert found is not None
    return found[1]


def test_the_token_in_the_mail_is_accepted(office: Office) -> None:
    office.invite()
    with office.serving():
        assert office.deliver() == 1
    (message,) = office.mailbox.messages

    assert office.mailbox.recipients == [ADA]
    office.tenant.accept(token_in(message))
    assert office.tenant.people()[ADA].roles == {"admin"}
    (mail,) = office.mails
    assert mail["sent_at"] == office.time
    assert (mail["attempts"], mail["next_at"], mail["problem"]) == (1, None, None)


def test_a_rude_farewell_sends_nothing_twice(office: Office) -> None:
    office.invite()
    office.mailbox.to_quit = "421 closing"
    with office.serving():
        assert [office.deliver(), office.deliver(later=timedelta(hours=1))] == [1, 0]

    assert len(office.mailbox.messages) == 1


def test_a_mail_is_sent_once(office: Office) -> None:
    office.invite()
    with office.serving():
        assert [office.deliver(), office.deliver(later=timedelta(days=1))] == [1, 0]


def test_a_mail_that_cannot_be_made_is_noted_and_keeps_no_other_waiting(office: Office) -> None:
    def send(mail: InvitationMail) -> None:
        if mail.invitation.email == ADA:
            mail.token.encode()[:3].decode("utf-16")  # a defect of the sender

    office.invite()
    office.invite("bob@acme.test")

    assert office.deliver(send=send) == 1
    first, second = office.mails
    assert first["problem"].startswith("UnicodeDecodeError test_mail.py:")
    assert second["sent_at"] == office.time
    office.deliver(later=timedelta(days=4), send=send)
    assert office.mails[0]["next_at"] is None  # given up


def test_a_server_that_is_away_is_asked_again_until_it_is_back(office: Office) -> None:
    office.invite()
    with office.serving():
        pass
    assert office.deliver() == 0
    (mail,) = office.mails
    assert (mail["attempts"], mail["problem"]) == (1, "ConnectionRefusedError")
    assert mail["next_at"] == office.time + timedelta(minutes=1)

    with office.serving():
        assert office.deliver(later=timedelta(seconds=59)) == 0
        assert office.deliver(later=timedelta(seconds=1)) == 1
    (message,) = office.mailbox.messages
    office.tenant.accept(token_in(message))
    assert office.mails[0]["problem"] is None


def test_the_pauses_grow_to_six_hours_and_end_after_three_days(office: Office) -> None:
    office.invite()
    began = office.time
    pauses = []
    while (next_at := office.mails[0]["next_at"]) is not None:
        office.deliver(later=next_at - office.time)
        if (after := office.mails[0]["next_at"]) is not None:
            pauses.append(after - office.time)

    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(pauses) == timedelta(hours=6)
    assert timedelta(days=3) <= office.time - began < timedelta(days=3, hours=6)
    assert office.mails[0]["problem"] == "ConnectionRefusedError"


def test_a_server_that_is_away_is_tried_with_one_mail_only(office: Office) -> None:
    office.invite("ada@acme.test")
    office.invite("bob@acme.test")
    office.deliver()

    assert [mail["attempts"] for mail in office.mails] == [1, 0]


@pytest.mark.parametrize("stage", ["to_rcpt", "to_data"])
def test_what_is_refused_for_good_is_given_up(office: Office, stage: str) -> None:
    office.invite()
    setattr(office.mailbox, stage, "550 5.1.1 <ada@acme.test>: no such mailbox")
    with office.serving():
        office.deliver()
        office.deliver(later=timedelta(days=1))

    (mail,) = office.mails
    assert (mail["attempts"], mail["next_at"], mail["sent_at"]) == (1, None, None)
    assert mail["problem"] == "550 5.1.1 … no such mailbox"


def test_what_is_refused_for_now_is_tried_again(office: Office) -> None:
    office.invite("ada@acme.test")
    office.invite("bob@acme.test")
    office.mailbox.to_rcpt = "450 4.2.1 <{}> greylisted, try again"
    with office.serving():
        assert office.deliver() == 0
        assert [mail["problem"] for mail in office.mails] == [
            "450 4.2.1 … greylisted, try again"
        ] * 2
        office.mailbox.to_rcpt = None
        assert office.deliver(later=timedelta(minutes=1)) == 2


@pytest.mark.parametrize("act", ["uninvite", "resend"])
def test_what_was_revoked_or_sent_anew_meanwhile_is_not_sent(office: Office, act: str) -> None:
    invitation_id = office.invite()
    office.time += timedelta(minutes=2)
    if act == "uninvite":
        office.tenant.uninvite(invitation_id)
    else:
        office.resend(invitation_id)
    with office.serving():
        office.deliver()

    assert len(office.mailbox.messages) == (act == "resend")


def test_what_has_expired_in_the_outbox_is_not_sent(office: Office) -> None:
    office.invite()
    with office.serving():
        assert office.deliver(later=timedelta(days=8)) == 0

    assert office.mails[0]["problem"] == "the invitation was no longer pending"


def test_the_mail_that_was_sent_last_has_the_token_that_opens(office: Office) -> None:
    invitation_id = office.invite()
    with office.serving():
        office.deliver()
        office.time += timedelta(minutes=2)
        office.resend(invitation_id)
        office.deliver()
    first, second = map(token_in, office.mailbox.messages)

    assert first != second
    assert office.tenant.accept(second).invitation.resent_count == 1


def test_no_transaction_is_open_while_the_server_takes_its_time(office: Office) -> None:
    """Whoever writes meanwhile does not wait: on SQLite there is one writer at a time."""
    office.invite()

    def send(_mail: object) -> None:
        office.tenant.create("somebody")

    assert office.deliver(send=send) == 1


def test_one_worker_sends_at_a_time(office: Office) -> None:
    office.invite()
    meanwhile: list[int] = []

    def send(_mail: object) -> None:
        meanwhile.append(office.deliver(send=send))

    assert office.deliver(send=send) == 1
    assert meanwhile == [0]


def test_a_worker_that_dies_while_it_sends_leaves_the_mail_to_the_next(office: Office) -> None:
    office.invite()

    def dies(_mail: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.deliver(send=dies)
    with office.serving():
        assert office.deliver(later=timedelta(minutes=1)) == 1


def test_names_that_people_have_chosen_stay_words(office: Office) -> None:
    acme = office.tenant
    with transaction(acme.engine) as connection:
        organizations.update(
            connection,
            acme.organization_id,
            {
                "display_name": "A\r\nBcc: eve@evil.test\n<script>alert(1)</script> $url é",
                "logo_url": 'https://cdn.test/"><script>',
                "primary_color": "#ffee00",
                "page_background": "#0a0b0c",
            },
            actor=ACTOR,
            now=clock.now(),
        )
    office.invite()
    with office.serving():
        office.deliver()
    (message,) = office.mailbox.messages

    assert office.mailbox.recipients == [ADA]
    assert message["Bcc"] is None
    assert "A Bcc: eve@evil.test <script>" in message["Subject"]
    assert message["From"].addresses[0].display_name == "Acme & Co"
    assert message["Auto-Submitted"] == "auto-generated"
    html = body(message, "html")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; $url é" in html
    assert f"/invitations/{token_in(message)}?from=mail&amp;x=1" in html
    assert "background:#ffee00;color:#000000" in html
    assert "background:#0a0b0c" in html
    assert 'src="https://cdn.test/&quot;&gt;' in html


# --- the connection -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificate:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Of 127.0.0.1, that `client` trusts and nobody else."""
    directory: Path = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return Certificate(server, ssl.create_default_context(cafile=str(directory / "cert.pem")))


def message() -> EmailMessage:
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = "a@product.test", ADA, "Hello"
    written.set_content("Hello")
    return written


def url(port: int, user: str = USER) -> str:
    return f"smtp://{user}:p%40ss%3Aword%2F%3F@{LOOPBACK}:{port}"


def test_starttls_and_the_password_are_used(certificate: Certificate) -> None:
    mailbox, port = Mailbox(), free_port()
    server = SmtpServer.parse(url(port))
    assert (server.user, server.password) == (USER, PASSWORD)
    assert PASSWORD not in repr(server)
    with smtp_server(mailbox, port, certificate.server, asks=True):
        server.post(message(), certificate.client)

    assert len(mailbox.messages) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Certificate) -> None:
    mailbox, port = Mailbox(), free_port()
    with (
        smtp_server(mailbox, port, certificate.server, asks=True),
        pytest.raises(Undeliverable) as refused,
    ):
        SmtpServer.parse(url(port)).post(message())

    assert refused.value.problem == "SSLCertVerificationError"
    assert refused.value.away
    assert mailbox.messages == []


def test_a_wrong_password_gives_no_mail_up(certificate: Certificate) -> None:
    mailbox, port = Mailbox(), free_port()
    with (
        smtp_server(mailbox, port, certificate.server, asks=True),
        pytest.raises(Undeliverable) as refused,
    ):
        SmtpServer.parse(url(port, "stranger")).post(message(), certificate.client)

    assert refused.value.problem.startswith("535")
    assert (refused.value.away, refused.value.permanent) == (True, False)


@contextmanager
def installation(engine: Engine, directory: Path, port: int) -> Iterator[Callable[..., Any]]:
    """With embedded worker and beat, and a mail server at `port`."""
    settings: dict[str, Any] = {
        "smtp": SmtpServer.parse(f"smtp://{LOOPBACK}:{port}"),
        "mail_from": SENDER,
        "invitation_url": URL,
    }
    with (
        application(engine, directory, **settings) as address,
        admin_at(address, engine, ["*"]) as admin,
    ):
        yield partial(_invited, admin)


def _invited(admin: Any, **wish: Any) -> Any:
    acme = admin.organization()
    return admin.post(f"/organizations/{acme['id']}/invitations", wish)


def test_the_running_service_sends(engine: Engine, tmp_path: Path) -> None:
    mailbox, port = Mailbox(), free_port()
    with installation(engine, tmp_path, port) as invite, smtp_server(mailbox, port):
        issued = invite(email=ADA)
        by_hand = invite(email=ADA, send_email=False)
        deadline = time.monotonic() + WAIT_SECONDS
        while not mailbox.messages:
            assert time.monotonic() < deadline, "no mail arrives"
            time.sleep(POLL_SECONDS)

    assert (issued["token"], issued["url"]) == (None, None)
    assert by_hand["url"] == URL.replace("{token}", by_hand["token"])
    assert [str(message["To"]) for message in mailbox.messages] == [ADA]
