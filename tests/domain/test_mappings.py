"""Group to role: declared by name, kept by id, and back to the name when the group is gone."""

import pytest

from provisioning.errors import NotFound, UnknownRole
from tests.event_feed import check
from tests.tenant import Tenant, found, settled


def admins(tenant: Tenant) -> set[str]:
    """After a drain that has left nothing undone."""
    settled(tenant)
    return {email for email, person in tenant.people().items() if "admin" in person.roles}


def test_a_mapping_waits_for_the_group_of_its_name(acme: Tenant) -> None:
    waiting = acme.map("Engineering", "admin")
    assert waiting.group_id is None

    group = acme.push("ENGINEERING", acme.create("ada@acme.test"))

    assert admins(acme) == {"ada@acme.test"}
    assert [mapping.group_id for mapping in acme.mappings()] == [group]


def test_a_renamed_group_keeps_its_mapping(acme: Tenant) -> None:
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin")
    acme.rename(group, "Development")

    assert admins(acme) == {"ada@acme.test"}
    assert [mapping.group_name for mapping in acme.mappings()] == ["Development"]


def test_a_group_that_is_renamed_before_a_drain_has_seen_it_is_bound(acme: Tenant) -> None:
    mapping = acme.map("Engineering", "admin")
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.rename(group, "Development")
    acme.rename(group, "Delivery")

    assert admins(acme) == {"ada@acme.test"}
    (bound,) = acme.mappings()
    assert (bound.id, bound.group_id, bound.group_name) == (mapping.id, group, "Delivery")
    check(acme)


def test_of_two_groups_that_had_the_name_the_first_is_bound(acme: Tenant) -> None:
    acme.map("Engineering", "admin")
    for name in ("ada", "bob", "cem"):
        group = acme.push("Engineering", acme.create(f"{name}@acme.test"))
        if name != "cem":
            acme.rename(group, f"Of {name}")

    assert admins(acme) == {"ada@acme.test"}


def test_a_group_that_had_the_name_before_it_was_declared_is_not_meant(acme: Tenant) -> None:
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.rename(group, "Development")
    acme.map("Engineering", "admin")
    bob = acme.create("bob@acme.test")
    assert admins(acme) == set()

    acme.push("Engineering", bob)
    assert admins(acme) == {"bob@acme.test"}


def test_a_group_that_gave_its_name_away_after_it_was_told_is_not_meant(acme: Tenant) -> None:
    mapping = acme.map("Engineering", "admin")
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.rename(group, "Development")
    assert admins(acme) == {"ada@acme.test"}
    acme.unmap(mapping)
    acme.map("Engineering", "admin")
    acme.rename(group, "Delivery")

    assert admins(acme) == set()


def test_a_group_that_takes_the_name_of_a_mapped_one_gets_nothing(acme: Tenant) -> None:
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin")
    acme.rename(group, "Development")
    acme.push("Engineering", acme.create("bob@acme.test"))

    assert admins(acme) == {"ada@acme.test"}


def test_a_group_that_is_pushed_again_finds_its_mapping(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    mapping = acme.map("Engineering", "admin")
    assert admins(acme) == {"ada@acme.test"}

    acme.unpush(group)
    assert admins(acme) == set()

    acme.push("Engineering", ada)
    assert admins(acme) == {"ada@acme.test"}
    assert [bound.id for bound in acme.mappings()] == [mapping.id]


def test_a_group_that_is_renamed_to_the_declared_name_is_bound(acme: Tenant) -> None:
    group = acme.push("Development", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin")
    assert admins(acme) == set()

    acme.rename(group, "Engineering")

    assert admins(acme) == {"ada@acme.test"}


def test_declaring_it_twice_changes_nothing(acme: Tenant) -> None:
    assert acme.map("Engineering", "admin") == acme.map("engineering", "admin")
    acme.push("Engineering", acme.create("ada@acme.test"))
    acme.drain()

    acme.map("Engineering", "admin")

    assert acme.drain().notes == 0
    assert len(acme.mappings()) == 1


def test_declaring_it_again_before_the_drain_has_seen_the_group_go_changes_nothing(
    acme: Tenant,
) -> None:
    group = acme.push("Engineering")
    mapping = acme.map("Engineering", "admin")
    acme.unpush(group)

    assert acme.map("Engineering", "admin").id == mapping.id
    acme.push("Engineering", acme.create("ada@acme.test"))
    assert admins(acme) == {"ada@acme.test"}
    assert len(acme.mappings()) == 1


def test_a_removed_mapping_takes_its_role_along(acme: Tenant) -> None:
    acme.push("Outer", acme.push("Engineering", acme.create("ada@acme.test")))
    mapping = acme.map("Outer", "admin")
    assert admins(acme) == {"ada@acme.test"}

    acme.unmap(mapping)

    assert admins(acme) == set()


def test_a_mapping_that_still_waits_can_be_removed(acme: Tenant) -> None:
    acme.unmap(acme.map("Engineering", "admin"))
    acme.push("Engineering", acme.create("ada@acme.test"))

    assert admins(acme) == set()


def test_a_name_declared_anew_meets_a_group_that_has_the_role_already(acme: Tenant) -> None:
    group = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin")
    acme.rename(group, "Development")
    acme.drain()
    acme.map("Engineering", "admin")

    acme.rename(group, "Engineering")

    assert admins(acme) == {"ada@acme.test"}


def test_of_two_mappings_that_wait_for_one_name_the_older_gets_the_group(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    first = acme.map("Engineering", "admin")
    acme.rename(group, "Development")
    acme.drain()
    acme.map("Engineering", "admin")
    acme.rename(group, "Engineering")
    acme.unpush(group)
    acme.drain()
    assert acme.map("Engineering", "admin").id == first.id

    again = acme.push("Engineering", ada)

    assert admins(acme) == {"ada@acme.test"}
    assert [mapping.group_id for mapping in acme.mappings()] == [again, None]


def test_a_freed_mapping_waits_for_the_name_its_group_had_last(acme: Tenant) -> None:
    first = acme.push("Engineering", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin")
    acme.rename(first, "Development")
    acme.push("Engineering", acme.create("bob@acme.test"))
    assert admins(acme) == {"ada@acme.test"}

    acme.unpush(first)
    assert admins(acme) == set()
    acme.push("Development", acme.create("eve@acme.test"))

    assert admins(acme) == {"eve@acme.test"}


def test_a_group_of_another_directory_is_not_meant(acme: Tenant) -> None:
    acme.push("Engineering", acme.create("ada@acme.test"))
    acme.map("Engineering", "admin", directory=acme.add_directory())

    assert admins(acme) == set()


def test_an_unknown_role_is_refused_by_name(acme: Tenant) -> None:
    with pytest.raises(UnknownRole, match=r"emperor.*there are: owner, admin, member, guest"):
        acme.map("Engineering", "emperor")


def test_a_mapping_of_another_directory_is_not_found(acme: Tenant) -> None:
    mapping = acme.map("Engineering", "admin")

    for directory in (acme.add_directory(), found(acme.engine, "Other").directory):
        with pytest.raises(NotFound):
            acme.unmap(mapping, directory)

    assert acme.mappings() == [mapping]


def test_a_mapping_is_told_after_the_group_that_it_names(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.map("Engineering", "guest")

    assert acme.told()[-3:] == [
        "directory_group.created",
        "group_role_mapping.created",
        "group_role_mapping.created",
    ]
    acme.join(group, acme.create("bob@acme.test"))
    settled(acme)
    assert acme.told().count("directory_group.created") == 1
    assert acme.told().count("directory_group.member_added") == 2
    check(acme)
