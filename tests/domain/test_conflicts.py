"""An administrator decides about an address that two people have."""

import pytest
from sqlalchemy import Engine

from provisioning.errors import NotFound
from tests.oracle import differences
from tests.tenant import Tenant, found


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


def test_an_open_conflict_shows_who_waits_and_for_what(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    assert (conflict.display_name, conflict.email) == ("Ada Byron", "ada@shared.test")
    assert acme.people() == {}


def test_linked_the_person_is_the_account(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "link")
    acme.drain()

    ((_, member),) = acme.members()
    assert (member.user_id, member.status) == (conflict.user_id, "active")
    assert acme.conflicts() == []
    assert "conflict.resolved" in acme.told()
    assert differences(acme.engine, acme.organization_id) == []


def test_kept_apart_the_person_has_an_account_of_their_own(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "keep_apart")
    acme.drain()

    ((_, member),) = acme.members()
    assert (member.user_id != conflict.user_id, member.status) == (True, "active")
    assert acme.conflicts() == []
    assert differences(acme.engine, acme.organization_id) == []


def test_another_organization_s_conflict_is_not_found(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()
    stranger = found(acme.engine, "Cassini")

    with pytest.raises(NotFound):
        stranger.decide(conflict.id, "link")

    assert acme.conflicts()[0].decision is None
