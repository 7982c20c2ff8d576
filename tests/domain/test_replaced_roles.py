"""Who is on the way out, or back, when a role is replaced by another one gets the other one."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning.reconcile.facts import KeptRoles
from tests.domain.test_breaker import TOO_MANY, delete, held, staffed
from tests.tenant import Tenant, found, settled
from tests.tenant_in_bulk import deactivate

ADA = "ada@acme.test"


def make(tenant: Tenant, *names: str) -> list[str]:
    """Roles of these names; what `Person.roles` calls each."""
    return [tenant.make_role(name).removeprefix("role_") for name in names]


@pytest.mark.parametrize("are_deleted", [False, True])
@pytest.mark.parametrize("is_looked_at", [False, True])
def test_who_is_taken_back_has_the_role_that_replaced_another_meanwhile(
    engine: Engine, *, are_deleted: bool, is_looked_at: bool
) -> None:
    tenant, keys = staffed(engine, 30)
    _, reader = make(tenant, "viewer", "reader")
    viewers = tenant.push("Viewers", *keys)
    tenant.map("Viewers", "viewer")
    settled(tenant)
    lose = delete if are_deleted else deactivate
    lose(tenant, keys[:3])
    tenant.drain()
    tenant.leave(viewers, *keys[:3]) if not are_deleted else None
    lose(tenant, keys[3:TOO_MANY])
    if is_looked_at:
        tenant.drain()
        assert len(held(tenant)) == TOO_MANY
    tenant.replace_role("viewer", "reader")
    settled(tenant)

    assert len(held(tenant)) == TOO_MANY
    given = {person.roles for person in tenant.people().values()}
    assert given == {frozenset({"admin", "member", reader})}


@pytest.fixture
def leaver(acme: Tenant) -> tuple[str, str]:
    """Ada, who views, and may leave by steps; and what her role is replaced with."""
    acme.let_leave(timedelta(days=7))
    _, reader = make(acme, "viewer", "reader")
    ada = acme.create(ADA)
    acme.push("Viewers", ada)
    acme.map("Viewers", "viewer")
    settled(acme)
    return ada, reader


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_who_waits_for_the_removal_is_kept_with_the_role_that_replaced_another(
    acme: Tenant, leaver: tuple[str, str], *, is_looked_at: bool
) -> None:
    ada, reader = leaver
    acme.delete(ada)
    if is_looked_at:
        acme.drain()
    acme.replace_role("viewer", "reader")
    settled(acme)
    acme.call_off(acme.foreseen()[0])
    settled(acme)

    assert acme.people()[ADA].sources == {(reader, "direct"), ("member", "default")}


@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.parametrize("kept", [False, True])
def test_another_default_role_is_theirs_who_leave_or_were_kept(
    acme: Tenant, leaver: tuple[str, str], *, is_deleted: bool, kept: bool
) -> None:
    ada, _ = leaver
    common, usual = make(acme, "common", "usual")
    acme.set_roles(default="common")
    settled(acme)
    acme.delete(ada)
    acme.drain()
    if kept:
        acme.call_off(acme.foreseen()[0])
        settled(acme)
        assert (common, "default") in acme.people()[ADA].sources
    if is_deleted:
        acme.replace_role("common", "usual")
    else:
        acme.set_roles(default="usual")
    settled(acme)

    # Who was kept has their roles by hand, of which only a role that goes is taken.
    assert (usual, "default") in acme.people()[ADA].sources or (kept and not is_deleted)
    assert common not in acme.people()[ADA].roles or (kept and not is_deleted)


def test_a_break_glass_member_has_no_role_that_is_gone(acme: Tenant) -> None:
    common, usual = make(acme, "common", "usual")
    acme.set_roles(default="common")
    acme.create(ADA)
    settled(acme)
    acme.mark_break_glass(acme.people()[ADA].membership_id)
    acme.replace_role("common", "usual")
    settled(acme)

    assert acme.people()[ADA].roles == {usual}
    assert common != usual
    assert held(acme) == []


def test_a_break_glass_members_role_of_a_removed_mapping_is_replaced(acme: Tenant) -> None:
    _, reader = make(acme, "viewer", "reader")
    ada = acme.create(ADA)
    acme.push("Viewers", ada)
    mapping = acme.map("Viewers", "viewer")
    settled(acme)
    acme.mark_break_glass(acme.people()[ADA].membership_id)
    acme.unmap(mapping)
    settled(acme)
    acme.replace_role("viewer", "reader")
    settled(acme)

    assert acme.people()[ADA].roles == {"member", reader}


def test_a_newcomer_who_is_let_in_has_the_default_role_of_then(engine: Engine) -> None:
    tenant = found(engine)
    old, new = make(tenant, "old", "new")
    tenant.set_roles(default="old")
    tenant.set_policies(provisioning_scope="hold")
    key = tenant.create(ADA, emails=[{"value": ADA}])
    settled(tenant)
    assert tenant.newcomers() == {key: None}
    tenant.replace_role("old", "new")
    tenant.let_in(key)
    settled(tenant)

    assert tenant.people()[ADA].sources == {(new, "default")}
    assert old not in tenant.people()[ADA].roles


def test_who_is_kept_from_a_directory_that_is_gone_has_the_role_that_replaced_another(
    acme: Tenant, leaver: tuple[str, str]
) -> None:
    _, reader = leaver
    acme.delete_directory(kept_roles="direct")
    acme.replace_role("viewer", "reader")
    acme.drain()

    assert acme.people()[ADA].sources == {(reader, "direct"), ("member", "default")}


def test_who_is_kept_has_a_role_that_replaced_another_which_the_group_gave_as_well(
    acme: Tenant, leaver: tuple[str, str]
) -> None:
    _, reader = leaver
    acme.map("Viewers", "reader")
    acme.drain()
    acme.replace_role("viewer", "reader")
    acme.delete_directory(kept_roles="direct")
    acme.drain()

    assert acme.people()[ADA].sources == {(reader, "direct"), ("member", "default")}


@pytest.mark.parametrize("is_replaced_first", [False, True])
@pytest.mark.parametrize("roles", ["direct", "drop"])
def test_who_is_kept_has_the_default_role_that_replaced_another(
    acme: Tenant, roles: KeptRoles, *, is_replaced_first: bool
) -> None:
    common, usual = make(acme, "common", "usual")
    acme.set_roles(default="common")
    acme.create(ADA)
    settled(acme)
    assert acme.people()[ADA].sources == {(common, "default")}
    if is_replaced_first:
        acme.replace_role("common", "usual")
    acme.delete_directory(kept_roles=roles)
    if not is_replaced_first:
        acme.replace_role("common", "usual")
    settled(acme)

    assert acme.people()[ADA].sources == {(usual, "default")}


@pytest.mark.parametrize("given_by", ["default", "mapping"])
@pytest.mark.parametrize("lost", ["deleted", "suspended", "demoted"])
def test_the_last_owner_has_no_role_that_is_gone(acme: Tenant, given_by: str, lost: str) -> None:
    """And stays the owner: whoever leaves is parked by the drain that finds the role replaced."""
    viewer, reader = make(acme, "viewer", "reader")
    ada = acme.create(ADA)
    owners = acme.push("Owners", ada)
    acme.map("Owners", "owner")
    acme.push("Viewers", ada)
    if given_by == "default":
        acme.set_roles(default="viewer")
    else:
        acme.map("Viewers", "viewer")
    settled(acme)
    assert {"owner", viewer} <= acme.people()[ADA].roles
    if lost == "deleted":
        acme.delete(ada)
    elif lost == "suspended":
        acme.edit(ada, active=False)
    else:
        acme.leave(owners, ada)
    acme.replace_role("viewer", "reader")
    settled(acme)

    kept = acme.people()[ADA]
    assert kept.status == "active"
    assert {"owner", reader} <= kept.roles
    assert viewer not in kept.roles
    acme.resync()
    settled(acme)
    assert acme.people()[ADA] == kept
