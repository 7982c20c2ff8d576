"""What an organization and an installation allow when an invitation is sent again or accepted."""

import threading

import pytest
from sqlalchemy import Engine

from provisioning import invitation_acceptance, organizations
from provisioning.clock import now
from provisioning.errors import Refused
from provisioning.reconcile.facts import Profile
from provisioning.store.engine import transaction
from tests.tenant import ACTOR, Tenant, acting, found

ADA = "ada@acme.test"
NOBODY = Profile(None, None, None, None)


def refused(code: str) -> "pytest.RaisesExc[Refused]":
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


def test_what_the_domains_do_not_allow_any_more_is_not_sent_again(acme: Tenant) -> None:
    issued = acme.invite(ADA)
    with transaction(acme.engine) as connection:
        changes = {"allowed_email_domains": ("other.test",)}
        organizations.update(connection, acme.organization_id, changes, actor=ACTOR, now=now())

    with refused("email_domain_not_allowed"):
        acme.resend(issued.invitation.id)


def test_accepting_keeps_the_limit_of_organizations(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    other.add(ADA)
    issued = acme.invite(ADA)

    with refused("too_many_organizations"):
        acme.accept(issued.token, limit=1)

    assert acme.members() == []
    acme.accept(issued.token, limit=2)
    assert acme.people()[ADA].status == "active"


def test_the_organization_itself_does_not_count(acme: Tenant) -> None:
    acme.add("ada.lovelace@acme.test")
    issued = acme.invite(ADA, "admin")
    acme.edit_user(acme.people()["ada.lovelace@acme.test"].user_id, email=ADA)

    acme.accept(issued.token, limit=1)

    assert acme.people()[ADA].roles == {"member", "admin"}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=False)
def test_of_two_accepted_at_once_one_is_beyond_the_limit(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    mine, theirs = acme.invite(ADA), other.invite(ADA)
    third = found(engine, "Third")
    third.remove(third.add(ADA))
    outcomes: list[str] = []

    def accept() -> None:
        try:
            other.accept(theirs.token, limit=1)
        except Refused as refusal:
            outcomes.append(refusal.code)
        else:
            outcomes.append("accepted")

    with transaction(engine) as connection:
        invitation_acceptance.accept(
            connection, str(mine.token), NOBODY, None, acting(), organization_limit=1
        )
        thread = threading.Thread(target=accept)
        thread.start()
        thread.join(0.5)  # who does not wait is done by then
    thread.join()

    assert outcomes == ["too_many_organizations"]
