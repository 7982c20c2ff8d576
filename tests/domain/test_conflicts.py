"""An administrator decides about an address that two people have."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning.errors import NotFound
from provisioning.store import conflicts
from provisioning.store.engine import reading
from provisioning.store.note_tables import notes
from provisioning.store.pages import Cut
from tests.oracle import differences
from tests.tenant import ACTOR, Tenant, found, settled


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


def test_rejected_the_person_stays_out_whatever_is_looked_at(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.reject(conflict.id)
    acme.reject(conflict.id)
    acme.edit(conflict.directory_user_id, displayName="Ada King")
    acme.resync()
    acme.drain()

    assert (acme.conflicts(), acme.people()) == ([], {})
    (kept_out,) = acme.conflicts("rejected")
    assert (kept_out.id, kept_out.state, kept_out.rejected_by) == (conflict.id, "rejected", "test")
    told = [event for event in acme.events() if event["type"].startswith("conflict.")]
    assert [(event["type"], event["context"]["actor"]) for event in told] == [
        ("conflict.opened", "worker:drain"),
        ("conflict.rejected", "test"),
    ]
    assert told[0]["data"] == told[1]["data"]
    assert differences(acme.engine, acme.organization_id) == []


def test_who_was_rejected_may_be_let_in_after_all(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()
    acme.reject(conflict.id)
    acme.drain()

    acme.decide(conflict.id, "link")
    (waiting,) = acme.conflicts()
    acme.drain()

    ((_, member),) = acme.members()
    assert (waiting.decision, member.user_id) == ("link", conflict.user_id)
    told = [event["type"] for event in acme.events() if event["type"].startswith("conflict.")]
    assert told == ["conflict.opened", "conflict.rejected", "conflict.resolved"]
    assert acme.conflicts("rejected") == []


def test_a_rejection_takes_back_what_was_said_and_not_done(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()

    acme.decide(conflict.id, "link")
    acme.reject(conflict.id)
    acme.drain()

    assert acme.people() == {}
    assert len(acme.conflicts("rejected")) == 1


def test_a_rejection_ends_with_what_it_was_about(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()
    acme.reject(conflict.id)
    acme.drain()

    acme.edit(conflict.directory_user_id, userName="byron@acme.test")
    acme.drain()

    assert acme.conflicts("rejected") == []
    assert acme.people()["byron@acme.test"].status == "active"
    assert acme.told()[-4:].count("conflict.resolved") == 1


def test_a_rejection_outlasts_that_the_account_becomes_a_member(acme: Tenant) -> None:
    (conflict,) = acme.conflicts()
    acme.reject(conflict.id)
    acme.drain()

    acme.add("ada@shared.test", "guest")
    acme.resync()
    acme.drain()

    ((_, member),) = acme.members()
    assert (member.user_id, member.sources) == (conflict.user_id, frozenset({("guest", "direct")}))
    assert len(acme.conflicts("rejected")) == 1
    acme.decide(conflict.id, "link")
    acme.drain()
    assert ("member", "default") in acme.members()[0][1].sources


def test_the_evidence_is_of_both_sides(acme: Tenant) -> None:
    acme.invite("ada@shared.test")

    (conflict,) = acme.conflicts()

    assert conflict.directory_display_name == "Acme's directory"
    assert (conflict.active, conflict.external_id) == (True, None)
    assert conflict.asserted_since <= conflict.asserted_at <= conflict.opened_at
    assert conflict.invitation_id is not None
    assert (conflict.membership_status, conflict.user_last_sign_in_at) == (None, None)


def test_who_only_has_a_grace_period_left_is_no_member_to_be_linked_to(acme: Tenant) -> None:
    """Others know the account as well, and the address may have been given to somebody else."""
    (shared,) = acme.conflicts()
    acme.decide(shared.id, "link")
    acme.drain()
    ((_, ada),) = acme.members()
    acme.let_leave(timedelta(days=7))
    acme.delete(shared.directory_user_id)
    acme.drain()
    assert [member.status for _, member in acme.members()] == ["suspended"]

    acme.create("byron", emails=[{"value": "ada@shared.test"}])
    acme.drain()

    (conflict,) = acme.conflicts()
    assert conflict.user_id == ada.user_id
    assert [member.status for _, member in acme.members()] == ["suspended"]
    settled(acme)
    acme.decide(conflict.id, "link")
    acme.drain()
    ((_, back),) = acme.members()
    assert (back.membership_id, back.status) == (ada.membership_id, "active")
    settled(acme)


def test_an_organization_is_told_nothing_of_what_only_others_know(acme: Tenant) -> None:
    borealis = found(acme.engine, "Borealis 2")
    borealis.create("eve@shared.test", displayName="Secret name")
    borealis.drain()
    acme.create("eve@shared.test")
    acme.drain()

    with reading(acme.engine) as connection:
        where = (connection, acme.organization_id, Cut(limit=10))
        own = conflicts.listing(*where, "open", of_all=False).items[-1]
        all_of_it = conflicts.listing(*where, "open", of_all=True).items[-1]

    assert (own.user_display_name, own.user_created_at) == (None, None)
    assert all_of_it.user_display_name == "Secret name"
    assert all_of_it.user_created_at is not None
    assert own.id == all_of_it.id
