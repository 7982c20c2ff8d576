"""What is odd about mappings is found before it does harm, and nothing else is."""

import pytest
from sqlalchemy import Engine

from provisioning import mapping_reviews, workspaces
from provisioning.clock import now
from provisioning.errors import NotFound
from provisioning.ids import OrganizationId
from provisioning.mapping_findings import Finding
from provisioning.mappings import declare
from provisioning.store.engine import reading, transaction
from tests.tenant import Tenant, acting, found


def review(tenant: Tenant, many: int = 3) -> list[Finding]:
    with reading(tenant.engine) as connection:
        return mapping_reviews.review(connection, tenant.organization_id, many=many)


def told(tenant: Tenant, many: int = 3) -> list[tuple[str, str, str]]:
    """Code, group and role of each."""
    return [(one.code, one.mapping.group_name, one.mapping.role) for one in review(tenant, many)]


def people(tenant: Tenant, number: int) -> list[str]:
    return [tenant.create(f"{tenant.directory.id}-{key}") for key in range(number)]


def test_mappings_that_are_as_they_should_be_are_not_told(acme: Tenant) -> None:
    ada, bob = people(acme, 2)
    acme.push("Staff", ada, bob)
    acme.push("Admins", ada)
    acme.map("Staff", "guest")
    acme.map("Admins", "admin")

    assert told(acme) == []


def test_a_name_that_no_group_has_and_a_group_without_people_reach_nobody(acme: Tenant) -> None:
    acme.map("Typo", "guest")
    acme.push("Empty")
    acme.push("Full of an empty one", acme.push("Inner"))
    acme.map("Empty", "guest")
    acme.map("Full of an empty one", "admin")
    gone = acme.push("Gone", *people(acme, 1))
    acme.map("Gone", "guest")
    acme.unpush(gone)

    assert told(acme) == [
        ("group_not_seen", "Typo", "guest"),
        ("group_empty", "Empty", "guest"),
        ("group_empty", "Full of an empty one", "admin"),
        ("group_not_seen", "Gone", "guest"),
    ]


def test_a_group_inside_another_of_the_same_role_is_shadowed(acme: Tenant) -> None:
    inner = acme.push("Inner", *people(acme, 1))
    acme.push("Outer", acme.push("Between", inner))
    outer = acme.map("Outer", "guest")
    acme.map("Inner", "guest")
    acme.map("Inner", "admin")

    (only,) = review(acme)

    assert (only.code, only.mapping.group_name, only.mapping.role) == ("shadowed", "Inner", "guest")
    assert only.related == (outer.id,)
    assert only.sentence == (
        "it changes nothing: whoever is in group 'Inner' is in group 'Outer', which mapping"
        f" {outer.id} gives role 'guest'"
    )


def test_of_two_groups_in_each_other_the_younger_mapping_is_shadowed(acme: Tenant) -> None:
    one = acme.push("One", *people(acme, 1))
    other = acme.push("Other", one)
    acme.join(one, other)
    older = acme.map("One", "guest")
    acme.map("Other", "guest")

    (only,) = review(acme)

    assert (only.code, only.mapping.group_name) == ("shadowed", "Other")
    assert only.related == (older.id,)


def test_a_lower_rank_is_shadowed_where_only_the_highest_counts(acme: Tenant) -> None:
    acme.push("Staff", *people(acme, 1))
    acme.map("Staff", "guest")
    acme.map("Staff", "admin")

    assert told(acme) == []
    acme.set_roles(mode="highest")
    # Everybody is a member by default, and an administrator by the other mapping.
    assert told(acme) == [("shadowed", "Staff", "guest"), ("shadowed", "Staff", "guest")]


def test_the_role_that_everybody_has_is_shadowed_but_not_in_a_workspace(acme: Tenant) -> None:
    acme.push("Staff", *people(acme, 1))
    acme.map("Staff", "member")
    with transaction(acme.engine) as connection:
        place = workspaces.create(connection, acme.organization_id, acting(), display_name="Berlin")
        declare(
            connection,
            acme.directory,
            "Staff",
            "member",
            actor="test",
            now=now(),
            workspace_id=place.id,
        )

    (only,) = review(acme)

    assert only.mapping.workspace_id is None
    assert only.sentence == "it changes nothing: every member has role 'member' by default"


def test_groups_of_one_name_in_two_directories_are_told_apart(acme: Tenant) -> None:
    other = acme.add_directory()
    acme.push("STAFF", acme.create("eve", directory=other), directory=other)
    acme.map("Staff", "admin")

    codes = told(acme)
    acme.map("staff", "admin", directory=other)

    assert codes == [("group_not_seen", "Staff", "admin"), ("name_collision", "Staff", "admin")]
    assert told(acme) == [("group_not_seen", "Staff", "admin")]


def test_many_administrators_by_one_group_are_told_with_the_group_that_brings_them(
    acme: Tenant,
) -> None:
    crowd = people(acme, 5)
    everybody = acme.push("Everybody", acme.push("Crowd", *crowd[:4]))
    acme.push("Admins", crowd[4], everybody)
    acme.map("Admins", "admin")
    acme.map("Everybody", "guest")

    wide, nested = review(acme, many=3)

    assert (wide.code, wide.people) == ("privileged_group_wide", 5)
    assert (nested.code, nested.people) == ("privileged_by_nesting", 4)
    assert nested.related == (everybody,)
    assert nested.sentence == (
        "group 'Everybody' with 4 people is inside group 'Admins', and so they get role 'admin'"
    )
    assert [one.code for one in review(acme, many=4)] == ["privileged_group_wide"]
    assert review(acme, many=5) == []


def test_only_the_organizations_own_are_looked_at(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    other.map("Typo", "guest")
    other.push("Staff", *people(other, 1))
    acme.push("Staff", *people(acme, 1))
    acme.map("Staff", "admin")

    assert told(acme) == []
    with reading(engine) as connection, pytest.raises(NotFound):
        mapping_reviews.review(connection, OrganizationId("org_0"))
