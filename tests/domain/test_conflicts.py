"""An administrator decides about an address that two people have."""

import pytest
from sqlalchemy import Engine

from provisioning.errors import NotFound
from provisioning.store.note_tables import notes
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


def resolved(tenant: Tenant) -> list[tuple[str, str]]:
    """By whom, and how."""
    return [
        (event["context"]["actor"], event["data"]["resolution"])
        for event in tenant.events()
        if event["type"] == "conflict.resolved"
    ]


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
    assert resolved(acme) == [(ACTOR, "link")]
    assert differences(acme.engine, acme.organization_id) == []


def test_kept_apart_the_person_has_an_account_of_their_own(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "keep_apart")
    acme.drain()

    ((_, member),) = acme.members()
    assert (member.user_id != conflict.user_id, member.status) == (True, "active")
    assert resolved(acme) == [(ACTOR, "keep_apart")]
    assert acme.conflicts() == []
    assert differences(acme.engine, acme.organization_id) == []


def test_a_decision_that_comes_too_late_is_not_told_as_what_was_done(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "link")
    acme.delete(conflict.directory_user_id)
    acme.drain()

    assert resolved(acme) == [("worker:drain", "moot")]


def test_of_two_decisions_the_later_is_told(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "link")
    acme.decide(conflict.id, "keep_apart")
    acme.drain()

    assert resolved(acme) == [(ACTOR, "keep_apart")]


def test_another_organization_s_conflict_is_not_found(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()
    stranger = found(acme.engine, "Cassini")

    with pytest.raises(NotFound):
        stranger.decide(conflict.id, "link")

    assert acme.conflicts()[0].decision is None


def test_a_decision_is_about_who_waits_in_the_same_organization(acme: Tenant) -> None:
    other = found(acme.engine, "Cassini")
    other.create("ada@shared.test")
    other.drain()
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "link")

    assert len(acme.rows(notes)) == 1
    assert other.rows(notes) == []
    assert len(other.conflicts()) == 1
