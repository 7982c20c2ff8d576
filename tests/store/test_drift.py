"""Who differs from the directory is found without loading anybody; nobody else is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from provisioning import clock
from provisioning.differing import differing as to_be_looked_at
from provisioning.drain import drain
from provisioning.store import directory_tables, people_tables, role_tables
from provisioning.store.directories import Directory
from provisioning.store.engine import reading, transaction
from tests.overlooked import overlooked
from tests.tenant import Tenant, found


def differing(tenant: Tenant, at: datetime | None = None) -> list[str]:
    with reading(tenant.engine) as connection:
        here = (tenant.organization_id, tenant.directory.id)
        return [*to_be_looked_at(connection, *here, "", "z", at or clock.now())]


@pytest.fixture
def team(engine: Engine) -> Tenant:
    """Ada, in a group inside a mapped group, Bob, and Cem who has left."""
    tenant = found(engine)
    tenant.map("Everybody", "admin")
    ada = tenant.create("ada@acme.test", displayName='Ada "Countess"', externalId="1")
    tenant.create("bob@acme.test")
    cem = tenant.create("cem@acme.test")
    tenant.push("Everybody", tenant.push("Engineering", ada))
    tenant.drain()
    tenant.delete(cem)
    tenant.drain()
    assert tenant.people()["ada@acme.test"].roles == {"admin", "member"}
    return tenant


def key(tenant: Tenant, user_name: str) -> str:
    (row,) = [
        r for r in tenant.rows(directory_tables.directory_users) if r["user_name"] == user_name
    ]
    return str(row["id"])


def write(table: Any, **values: Any) -> Callable[[Tenant], None]:
    """Into Ada's row, behind everybody's back."""

    def written(tenant: Tenant) -> None:
        ada = tenant.people()["ada@acme.test"]
        column, value = {
            "users": ("id", ada.user_id),
            "identities": ("user_id", ada.user_id),
            "memberships": ("id", ada.membership_id),
            "grants": ("membership_id", ada.membership_id),
        }[table.name]
        with transaction(tenant.engine) as connection:
            connection.execute(update(table).where(table.c[column] == value).values(values))

    return written


def by_ada(**changes: Any) -> Callable[[Tenant], None]:
    return lambda tenant: tenant.edit(key(tenant, "ada@acme.test"), **changes)


def suspend(tenant: Tenant) -> None:
    tenant.suspend(tenant.people()["ada@acme.test"].membership_id)


def share_the_address(tenant: Tenant) -> None:
    write(people_tables.users, email_key=None)(tenant)


def leave(tenant: Tenant) -> None:
    group = next(
        r for r in tenant.rows(directory_tables.directory_groups) if r["display_name"][0] == "E"
    )
    tenant.unpush(group["id"])


def write_invitation(tenant: Tenant) -> None:
    """Ada's own address cannot be invited while she is a member."""
    write(people_tables.memberships, status="removed")(tenant)
    tenant.invite("ADA@acme.test")
    write(people_tables.memberships, status="active")(tenant)


CHANGES = {
    "name": by_ada(displayName="Ada"),
    "no name": by_ada(displayName=None),
    "address": by_ada(emails=[{"value": "countess@acme.test"}]),
    "userName": by_ada(userName="countess"),
    "externalId": by_ada(externalId=None),
    "inactive": by_ada(active=False),
    "deleted": lambda tenant: tenant.delete(key(tenant, "ada@acme.test")),
    "invited": write_invitation,
    "suspended": write(people_tables.memberships, status="suspended"),
    "removed": write(people_tables.memberships, status="removed"),
    "told": write(people_tables.memberships, told_profile="{}"),
    "unmanaged": write(people_tables.memberships, directory_managed=False),
    "shown": write(people_tables.users, family_name="Lovelace"),
    "speaks for no address": share_the_address,
    "grant moved": write(role_tables.grants, source_type="default"),
    "group gone": leave,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_whoever_differs_is_found_and_nobody_else(
    team: Tenant, change: Callable[[Tenant], None]
) -> None:
    ada = key(team, "ada@acme.test")
    assert differing(team) == []

    change(team)

    assert differing(team) == [ada]


def test_whom_an_administrator_keeps_out_does_not_differ(team: Tenant) -> None:
    suspend(team)
    team.drain()

    assert differing(team) == []


def test_a_new_default_role_concerns_everybody_who_is_here(team: Tenant) -> None:
    team.set_roles(default="guest")

    assert differing(team) == sorted(key(team, f"{name}@acme.test") for name in ("ada", "bob"))


def test_the_highest_role_hides_the_others(team: Tenant) -> None:
    team.set_roles(mode="highest")
    assert differing(team) == [key(team, "ada@acme.test")]

    team.drain()
    assert differing(team) == []


def test_another_directorys_word_on_the_same_person_counts(team: Tenant) -> None:
    other = team.add_directory()
    there = team.create("ada", other, emails=[{"value": "ada@acme.test"}])
    team.drain()
    assert differing(team) == []

    team.edit(key(team, "ada@acme.test"), active=False)
    assert differing(team) == []  # the other one says active

    team.edit(there, other, active=False)
    assert differing(team) == [key(team, "ada@acme.test")]


def test_a_change_that_waits_is_looked_at(team: Tenant) -> None:
    team.map("Engineering", "owner")
    team.drain()
    ada = key(team, "ada@acme.test")
    team.edit(ada, active=False)
    team.drain()

    team.edit(ada, active=True)

    assert differing(team) == [ada]


def here_alone(_team: Tenant, _other: Directory) -> None:
    """Nobody else knows Ada."""


def elsewhere_too(team: Tenant, other: Directory) -> None:
    """Another directory does."""
    team.create("ada", other, emails=[{"value": "ada@acme.test"}])
    team.drain()


def elsewhere_only(team: Tenant, other: Directory) -> None:
    """This one knows her no more."""
    elsewhere_too(team, other)
    team.delete(key(team, "ada@acme.test"))
    team.drain()


def lose_the_authority(tenant: Tenant) -> None:
    write(people_tables.users, authority_directory_id=None)(tenant)


ANYWHERE = {
    **{name: change for name, change in CHANGES.items() if change.__name__ == "written"},
    "speaks for no address": share_the_address,
    "nobody's": lose_the_authority,
    "group gone": leave,
    "kept out": suspend,
}


@pytest.mark.parametrize("change", ANYWHERE.values(), ids=list(ANYWHERE))
@pytest.mark.parametrize("where", [here_alone, elsewhere_too, elsewhere_only])
def test_nobody_is_overlooked_whoever_else_knows_them(
    team: Tenant,
    where: Callable[[Tenant, Directory], None],
    change: Callable[[Tenant], None],
) -> None:
    team.own("acme.test")
    other = team.add_directory()
    where(team, other)

    change(team)

    assert overlooked(team, team.directory) == []
    assert overlooked(team, other) == []


def test_who_left_is_found_when_a_policy_says_what_is_to_become_of_them(team: Tenant) -> None:
    cem = key(team, "cem@acme.test")
    team.let_leave(retention=timedelta(days=30))
    assert differing(team) == [cem]
    team.drain()
    assert overlooked(team, team.directory) == []
    # What is foreseen already is no news, until it is due.
    assert differing(team) == []
    (purge,) = team.foreseen()
    assert purge.step.due_at is not None
    assert differing(team, purge.step.due_at) == [cem]
    team.put_off(purge, purge.step.due_at + timedelta(days=1))
    assert differing(team, purge.step.due_at) == []
    team.call_off(purge)
    assert differing(team, purge.step.due_at) == []
    team.put_off(purge, purge.step.due_at)

    team.let_leave()
    assert differing(team) == [cem]
    team.drain()
    assert differing(team) == []


def test_who_is_yet_to_be_taken_back_is_found(team: Tenant) -> None:
    team.guard(max_count=2, max_share=0.0)  # Cem is one of them
    keys = [key(team, f"{name}@acme.test") for name in ("ada", "bob")]
    team.edit(keys[0], active=False)
    team.drain()
    team.edit(keys[1], active=False)
    drain(team.engine, team.organization_id, clock.now, budget_seconds=0)

    assert keys[0] in differing(team)
    assert overlooked(team, team.directory) == []
