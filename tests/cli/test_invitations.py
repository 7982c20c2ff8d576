"""`provisioning invitation …`: as the admin API does it, in a shell."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from provisioning.clock import now
from provisioning.store.admin_tables import invitations
from tests import command_line
from tests.command_line import Settings
from tests.tenant import Tenant

INVITATION = {
    *("id", "organization_id", "email", "status", "roles", "resent_count"),
    *("expires_at", "created_at", "accepted_at", "accepted_user_id"),
}
ADA = "ada@acme.example"
NO_ADDRESSES = [
    "nope",
    "",
    "ada@acme",
    "ada@x.example\nBcc: evil@x.example",
    "ada@x.example\n",
    "a@x.example, evil@x.example",
    "Ada <ada@x.example>",
    "é@x.example",
    "ada@é.example",
    b"\xff@x.example",
    f"{'x' * 245}@x.example",
]


@pytest.fixture
def inviting(settings: Settings) -> Settings:
    """Without e-mail, but with the page on which people accept."""
    return {**settings, "PROVISIONING_INVITATION_URL": "https://app.example/join?token={token}"}


def test_an_invitation_is_made_listed_sent_again_and_revoked(
    inviting: Settings, tenant: Tenant
) -> None:
    of_acme = ("--organization", tenant.organization_id)
    roles = ("--role", "admin", "--role", "guest", "--expires-in-days", "3")

    made = command_line.ask(inviting, "invitation", "create", *of_acme, "--no-email", *roles, ADA)
    listed = command_line.run(
        *(inviting, "invitation", "list", *of_acme, "--status", "pending", "--json"),
        *("--email", ADA.upper()),
    )
    nobodys = command_line.ask(inviting, "invitation", "list", *of_acme, "--email", "eve@acme.test")
    with tenant.engine.begin() as connection:
        connection.execute(update(invitations).values(updated_at=now() - timedelta(minutes=2)))
    resend = ("invitation", "resend", *of_acme, made["id"], "--no-email", "--expires-in-days", "30")
    again = command_line.ask(inviting, *resend)
    revoked = command_line.ask(inviting, "invitation", "revoke", *of_acme, made["id"])

    assert set(made) == set(again) == {*INVITATION, "token", "url"}
    assert (made["email"], made["status"], made["roles"]) == (ADA, "pending", ["admin", "guest"])
    assert made["url"] == f"https://app.example/join?token={made['token']}"
    assert listed.answer == [{name: made[name] for name in INVITATION}]
    assert made["token"] not in listed.out
    assert nobodys == []
    assert again["token"] != made["token"]
    assert again["resent_count"] == 1
    assert again["expires_at"] > made["expires_at"]
    assert (revoked["id"], revoked["status"]) == (made["id"], "revoked")
    assert command_line.ask(inviting, "invitation", "list", *of_acme, "--status", "pending") == []
    told = command_line.ask(inviting, "event", "list", *of_acme)
    assert [event["type"] for event in told[-3:]] == [
        "invitation.created",
        "invitation.resent",
        "invitation.revoked",
    ]


def test_what_is_refused_is_told_in_a_sentence(inviting: Settings, tenant: Tenant) -> None:
    create = ("invitation", "create", "--organization", tenant.organization_id)

    by_mail = command_line.run(inviting, *create, ADA)
    unknown = command_line.run(inviting, *create, "--no-email", "--role", "emperor", ADA)

    assert (by_mail.status, by_mail.out) == (unknown.status, unknown.out) == (1, "")
    assert "sends no e-mail" in by_mail.err
    assert "--no-email" in by_mail.err
    assert "emperor" in unknown.err


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_not_invited(
    inviting: Settings, tenant: Tenant, address: str | bytes
) -> None:
    here = ("--organization", tenant.organization_id)
    refused = command_line.run(inviting, "invitation", "create", *here, "--no-email", address)

    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("provisioning: email: must be one e-mail address of at most 254")
    assert refused.err.count("\n") == 1
    assert command_line.ask(inviting, "invitation", "list", *here) == []
