"""An administrator decides about an address that two people have."""

from typing import Literal

import pytest
from sqlalchemy import Engine

from provisioning import clock, conflicts
from provisioning.errors import NotFound
from provisioning.ids import ConflictId
from provisioning.store.conflicts import OpenConflict
from provisioning.store.engine import reading, transaction
from tests.oracle import differences
from tests.tenant import ACTOR, Tenant, found


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    """Its directory says an address that is somebody's at Borealis."""
    borealis = found(engine, "Borealis")
    borealis.create("ada@shared.test")
    borealis.drain()
    acme = found(engine)
    acme.create("ada@shared.test", displayName="Ada Byron")
    acme.drain()
    return acme


def still_open(tenant: Tenant) -> list[OpenConflict]:
    with reading(tenant.engine) as connection:
        return conflicts.still_open(connection, tenant.organization_id)


def decide(tenant: Tenant, conflict: str, decision: Literal["link", "keep_apart"]) -> None:
    with transaction(tenant.engine) as connection:
        conflicts.decide(
            connection,
            tenant.organization_id,
            ConflictId(conflict),
            decision,
            actor=ACTOR,
            now=clock.now(),
        )


def test_an_open_conflict_shows_who_waits_and_for_what(acme: Tenant) -> None:
    (conflict,) = still_open(acme)

    assert (conflict.display_name, conflict.email) == ("Ada Byron", "ada@shared.test")
    assert acme.people() == {}


def test_linked_the_person_is_the_account(acme: Tenant) -> None:
    (conflict,) = still_open(acme)

    decide(acme, conflict.id, "link")
    acme.drain()

    ((_, member),) = acme.members()
    assert (member.user_id, member.status) == (conflict.user_id, "active")
    assert still_open(acme) == []
    assert "conflict.resolved" in acme.told()
    assert differences(acme.engine, acme.organization_id) == []


def test_kept_apart_the_person_has_an_account_of_their_own(acme: Tenant) -> None:
    (conflict,) = still_open(acme)

    decide(acme, conflict.id, "keep_apart")
    acme.drain()

    ((_, member),) = acme.members()
    assert (member.user_id != conflict.user_id, member.status) == (True, "active")
    assert still_open(acme) == []
    assert differences(acme.engine, acme.organization_id) == []


def test_another_organization_s_conflict_is_not_found(acme: Tenant) -> None:
    (conflict,) = still_open(acme)
    stranger = found(acme.engine, "Cassini")

    with pytest.raises(NotFound):
        decide(stranger, conflict.id, "link")

    assert still_open(acme)[0].decision is None
