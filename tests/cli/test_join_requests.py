"""Join requests, by command line."""

from provisioning import join_requests, users
from provisioning.store.engine import transaction
from tests import command_line
from tests.command_line import Settings
from tests.tenant import Tenant


def test_requests_are_listed_approved_and_declined(settings: Settings, tenant: Tenant) -> None:
    domain, by = tenant.own("acme.test"), tenant.acting
    for name in ("ada", "bob"):
        email = f"{name}@acme.test"
        with transaction(tenant.engine) as connection:
            account = users.create(connection, {"email": email}, by)
            join_requests.ask(connection, domain, account, email, by)

    named = ("--organization", tenant.organization_id)
    listed = command_line.ask(settings, "join-request", "list", *named, "--status", "pending")
    assert [one["email"] for one in listed] == ["ada@acme.test", "bob@acme.test"]
    ada, bob = (one["id"] for one in listed)
    approved = command_line.ask(settings, "join-request", "approve", ada, *named, "--role", "guest")
    assert command_line.ask(settings, "join-request", "decline", bob, *named)["declined"]
    person = tenant.people()["ada@acme.test"]
    assert person.membership_id == approved["membership_id"]
    assert person.roles == {"guest"}
    after = command_line.ask(settings, "join-request", "list", *named)
    assert [one["status"] for one in after] == ["approved", "declined"]
