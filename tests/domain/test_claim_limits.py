"""How often an organization may claim: each claim has workers ask for a name that it chose."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning import domains
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.errors import Refused
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction
from tests.tenant import Tenant, found


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    return found(engine)


def claim(tenant: Tenant, number: int, by: Acting) -> Domain:
    with transaction(tenant.engine) as connection:
        name = f"acme-{number}.example"
        return domains.claim(connection, tenant.organization_id, name, by)


def test_claims_that_were_given_up_count_for_an_hour(acme: Tenant) -> None:
    """Claimed, checked and deleted in a loop."""
    by = Acting(actor="test", now=now())
    for number in range(domains.CLAIMS_AN_HOUR):
        made = claim(acme, number, by)
        acme.disown(made)

    for later in (timedelta(0), timedelta(minutes=59)):
        with pytest.raises(Refused, match="200 domains an hour") as refusal:
            claim(acme, 1, Acting(actor="test", now=by.now + later))
        assert refusal.value.code == "domains_claimed_too_often"
    claim(found(acme.engine, "Other"), 1, by)
    claim(acme, 1, Acting(actor="test", now=by.now + timedelta(hours=1)))


def test_an_hour_begins_with_its_first_claim(acme: Tenant) -> None:
    begun = now()
    claim(acme, 0, Acting(actor="test", now=begun - timedelta(minutes=59)))
    by = Acting(actor="test", now=begun)
    for number in range(1, domains.CLAIMS_AN_HOUR):
        acme.disown(claim(acme, number, by))

    with pytest.raises(Refused, match="an hour"):
        claim(acme, 1, by)
    claim(acme, 1, Acting(actor="test", now=begun + timedelta(minutes=1)))


def test_what_was_refused_does_not_count(acme: Tenant) -> None:
    by = Acting(actor="test", now=now())
    claim(acme, 0, by)
    for _ in range(domains.CLAIMS_AN_HOUR):
        with pytest.raises(Refused, match="already"):
            claim(acme, 0, by)
    claim(acme, 1, by)
