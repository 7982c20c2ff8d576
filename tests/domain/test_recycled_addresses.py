"""An address that passes to somebody else hands over no account that other organizations know."""

import pytest
from sqlalchemy import Engine

from provisioning.explain import explain
from provisioning.store import directory_tables
from provisioning.store.engine import reading
from tests.oracle import differences
from tests.tenant import Tenant, found, settled

ADDRESS = "ada@shared.test"


@pytest.fixture
def borealis(engine: Engine) -> Tenant:
    """Ada's first organization; its directory is the authority over her profile."""
    borealis = found(engine, "Borealis")
    borealis.create(ADDRESS)
    borealis.drain()
    return borealis


@pytest.fixture
def acme(engine: Engine, borealis: Tenant) -> Tenant:
    """Ada is here by an administrator's decision, and then she is not any more."""
    del borealis
    acme = found(engine)
    ada = acme.create(ADDRESS)
    acme.drain()
    (conflict,) = acme.conflicts()
    acme.decide(conflict.id, "link")
    acme.drain()
    acme.delete(ada)
    settled(acme)
    return acme


def test_the_address_alone_is_a_conflict(acme: Tenant, borealis: Tenant) -> None:
    acme.create(ADDRESS)
    settled(acme)

    (conflict,) = acme.conflicts()
    assert conflict.user_id == borealis.people()[ADDRESS].user_id
    assert acme.people()[ADDRESS].status == "removed"
    assert borealis.people()[ADDRESS].status == "active"
    with reading(acme.engine) as connection:
        (explained,) = explain(connection, acme.organization_id, ADDRESS)
    assert any("has let go: a conflict is open" in reason for reason in explained.reasons)


def test_linked_the_person_is_back_with_the_same_ids(acme: Tenant) -> None:
    before = acme.people()[ADDRESS]
    acme.create(ADDRESS)
    acme.drain()
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "link")
    settled(acme)

    after = acme.people()[ADDRESS]
    assert (after.user_id, after.membership_id) == (before.user_id, before.membership_id)
    assert after.status == "active"


def test_who_has_been_a_member_elsewhere_is_not_handed_over_either(
    acme: Tenant, borealis: Tenant
) -> None:
    """Her directory there would bring her back to it by her externalId."""
    (ada,) = borealis.people().values()
    borealis.delete_directory()
    borealis.drain()
    assert borealis.people()[ADDRESS].status == "removed"

    acme.create(ADDRESS)
    settled(acme)

    assert [conflict.user_id for conflict in acme.conflicts()] == [ada.user_id]
    assert differences(acme.engine, acme.organization_id) == []


def test_who_is_known_nowhere_else_comes_back_by_the_address(borealis: Tenant) -> None:
    before = borealis.people()[ADDRESS]
    (ada,) = borealis.rows(directory_tables.directory_users)
    borealis.delete(ada["id"])
    borealis.drain()

    borealis.create("ada.byron", emails=[{"value": ADDRESS}])
    settled(borealis)

    assert borealis.people()[ADDRESS] == before
