"""A directory that an administrator deletes knows nobody any more."""

from tests.tenant import Tenant, found, settled


def test_who_was_in_no_other_directory_is_removed(acme: Tenant) -> None:
    other = acme.add_directory()
    ada, _ = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    acme.create("bob@acme.test", other)
    acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    settled(acme)

    acme.delete_directory()
    settled(acme)

    members = acme.people()
    assert members["ada@acme.test"].status == "removed"
    assert members["ada@acme.test"].roles == frozenset()
    assert members["bob@acme.test"].status == "active"
    assert acme.mappings() == []


def test_the_last_owner_stays(acme: Tenant) -> None:
    ada, bob = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    acme.push("Owners", ada)
    acme.push("Everybody", ada, bob)
    acme.map("Owners", "owner")
    settled(acme)

    acme.delete_directory()
    settled(acme)

    assert acme.people()["ada@acme.test"].status == "active"
    assert acme.people()["bob@acme.test"].status == "removed"
    assert "change.held" in acme.told()


def test_a_profile_follows_the_directory_that_is_left(acme: Tenant) -> None:
    other = acme.add_directory()
    acme.create("ada@acme.test", displayName="Ada")
    acme.drain()
    acme.create("ada@acme.test", other, displayName="Ada L.")
    settled(acme)

    acme.delete_directory()
    settled(acme)

    updated = [e for e in acme.events() if e["type"] == "organization_membership.updated"]
    assert updated[-1]["data"]["user"]["display_name"] == "Ada L."


def test_a_user_who_arrives_late_is_let_in_nowhere(acme: Tenant) -> None:
    acme.delete_directory()
    acme.create("late@acme.test")
    settled(acme)

    assert "late@acme.test" not in acme.people()


def test_a_conflict_in_it_is_moot(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    other.create("eve@shared.test")
    other.drain()
    acme.create("eve@shared.test")
    acme.drain()
    assert len(acme.conflicts()) == 1

    acme.delete_directory()
    settled(acme)

    assert acme.conflicts() == []
