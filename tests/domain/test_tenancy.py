"""A directory's requests never see or touch what another directory or organization has."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, select

from provisioning import directory_groups, directory_users
from provisioning.context import Context
from provisioning.directory_groups import Joining
from provisioning.directory_users import Editing
from provisioning.errors import NotFound, UnknownMember
from provisioning.filters import Predicate, Present, Target
from provisioning.ids import DirectoryGroupId, DirectoryUserId, MappingId, RoleId
from provisioning.member_changes import MemberChange
from provisioning.store import directory_group_members as members
from provisioning.store import directory_groups as stored_groups
from provisioning.store import directory_tables, role_tables, tables
from provisioning.store import directory_users as stored_users
from provisioning.store import mappings as stored_mappings
from provisioning.store.engine import reading, transaction
from provisioning.store.resources import Resource
from tests.tenant import Tenant, context_of, document, found

COLUMNS = {
    "user_name": "eve",
    "user_name_folded": "eve",
    "display_name": "Eve",
    "display_name_folded": "eve",
    "external_id": None,
    "active": True,
    "email": None,
    "given_name": None,
    "family_name": None,
    "document": "{}",
    "search": "{}",
}


@dataclass(frozen=True)
class Theirs:
    """What belongs to Acme's first directory, and is drained: a user in a mapped group."""

    tenant: Tenant
    user: DirectoryUserId
    group: DirectoryGroupId
    mapping: MappingId

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """Each row of the whole database: nothing may be added anywhere, either."""
        with self.tenant.engine.connect() as connection:
            return {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(select(table))), key=repr
                )
                for table in tables.metadata.sorted_tables
            }


@pytest.fixture
def theirs(acme: Tenant) -> Theirs:
    user = acme.create("ada@acme.test")
    group = acme.push("Engineering", user)
    mapping = acme.map("Engineering", "admin")
    acme.drain()
    return Theirs(acme, DirectoryUserId(user), DirectoryGroupId(group), mapping.id)


@pytest.fixture(params=["another directory", "another organization", "a forged pair"])
def stranger(request: pytest.FixtureRequest, theirs: Theirs) -> Context:
    """Who asks: the forged pair names the right directory with the wrong organization."""
    acme, other = theirs.tenant, found(theirs.tenant.engine, "Other")
    if request.param == "another directory":
        return context_of(acme.add_directory())
    mine = context_of(other.directory)
    if request.param == "another organization":
        return mine
    return Context(
        organization_id=other.organization_id,
        directory_id=acme.directory.id,
        actor=mine.actor,
        now=mine.now,
    )


Act = Callable[[Connection, Context, Theirs], object]
ANYBODY = Present(Target(("id",), "string", case_exact=True, multi_valued=False))

REFUSED: dict[str, Act] = {
    "edit a user": lambda c, x, t: edited(
        c, x, Editing(t.user, lambda tree: document({**tree, "title": "x"}))
    ),
    "delete a user": lambda c, x, t: directory_users.delete(c, x, t.user, if_version=None),
    "delete a user of a version": lambda c, x, t: directory_users.delete(
        c, x, t.user, if_version={1}
    ),
    "get a group": lambda c, x, t: directory_groups.get(c, x, t.group),
    "change a group": lambda c, x, t: directory_groups.change(
        c, x, t.group, lambda tree: document({**tree, "displayName": "x"}), None, if_version=None
    ),
    "replace members": lambda c, x, t: directory_groups.change(
        c, x, t.group, None, MemberChange(replaced=True), if_version=None
    ),
    "add members": lambda c, x, t: directory_groups.add_members(c, x, [Joining(t.group, [t.user])]),
    "remove members": lambda c, x, t: directory_groups.remove_members(c, x, t.group, [t.user]),
    "delete a group": lambda c, x, t: directory_groups.delete(c, x, t.group, if_version=None),
    "delete a group of a version": lambda c, x, t: directory_groups.delete(
        c, x, t.group, if_version={2}
    ),
}

UNSEEN: dict[str, Act] = {
    "user by id": lambda c, x, t: stored_users.get(c, x, t.user),
    "user by name": lambda c, x, _: stored_users.get(
        c, x, "ada@acme.test", column="user_name_folded"
    ),
    "users": lambda c, x, _: any(
        stored_users.page(c, x, None, start=0, limit=10, with_references=True)
    ),
    "users who match": lambda c, x, _: any(
        stored_users.page(c, x, ANYBODY, start=0, limit=10, with_references=True)
    ),
    "number of users": lambda c, x, _: stored_users.count(c, x, None),
    "number of users who match": lambda c, x, _: stored_users.count(c, x, ANYBODY),
    "update of a user": lambda c, x, t: any(
        stored_users.update(c, x, [{**COLUMNS, "id": t.user, "version": 1}])
    ),
    "deletion of a user": lambda c, x, t: stored_users.delete(c, x, t.user, None),
    "group by id": lambda c, x, t: stored_groups.get(c, x, t.group),
    "group by name": lambda c, x, _: stored_groups.get(
        c, x, "engineering", column="display_name_folded"
    ),
    "groups": lambda c, x, _: any(
        stored_groups.page(c, x, None, start=0, limit=10, with_references=True)
    ),
    "number of groups": lambda c, x, _: stored_groups.count(c, x, None),
    "names of groups": lambda c, x, t: stored_groups.names(c, x, [t.group]),
    "lock of a group": lambda c, x, t: stored_groups.lock(c, x, t.group),
    "update of a group": lambda c, x, t: stored_groups.update(c, x, t.group, COLUMNS),
    "deletion of a group": lambda c, x, t: stored_groups.delete(c, x, t.group),
    "removal of a member": lambda c, x, t: members.remove(c, x, t.group, [t.user]),
    "removal of the others": lambda c, x, t: members.retain(c, x, t.group, []),
    "addition of a member": lambda c, x, t: members.add(c, x, {t.group: [t.user]}).changed,
    "count of members": lambda c, x, t: members.count(c, x, t.group, 10),
    "leaving": lambda c, x, t: members.leave(c, x, t.user, [t.group]),
    "mapping": lambda c, x, t: stored_mappings.find(
        c, x, "Engineering", t.group, mapped_role(c, t), None
    ),
    "deletion of a mapping": lambda c, x, t: stored_mappings.delete(c, x, t.mapping),
}


def edited(connection: Connection, context: Context, editing: Editing) -> Resource:
    (outcome,) = directory_users.edit(connection, context, [editing])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def mapped_role(connection: Connection, theirs: Theirs) -> RoleId:
    table = role_tables.mappings
    role = select(table.c.role_id).where(table.c.id == theirs.mapping)
    return RoleId(connection.execute(role).scalar_one())


@pytest.mark.parametrize("act", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_theirs_is_not_found_and_not_touched(
    theirs: Theirs, stranger: Context, act: Act
) -> None:
    before = theirs.everything()

    with pytest.raises(NotFound), transaction(theirs.tenant.engine) as connection:
        act(connection, stranger, theirs)

    assert theirs.everything() == before


@pytest.mark.parametrize("act", UNSEEN.values(), ids=UNSEEN.keys())
def test_the_store_shows_and_changes_nothing_of_another(
    theirs: Theirs, stranger: Context, act: Act
) -> None:
    before = theirs.everything()

    with transaction(theirs.tenant.engine) as connection:
        assert not act(connection, stranger, theirs)

    assert theirs.everything() == before


@pytest.mark.parametrize("act", UNSEEN.values(), ids=UNSEEN.keys())
def test_the_owner_does_see_or_change_something(theirs: Theirs, act: Act) -> None:
    """Otherwise the tests above would prove nothing."""
    before = theirs.everything()
    context = context_of(theirs.tenant.directory)
    if act is UNSEEN["addition of a member"]:
        theirs.tenant.leave(theirs.group, theirs.user)

    with transaction(theirs.tenant.engine) as connection:
        seen = act(connection, context, theirs)

    assert seen or theirs.everything() != before


def test_a_member_of_another_directory_is_unknown(theirs: Theirs) -> None:
    acme = theirs.tenant
    for directory in (acme.add_directory(), found(acme.engine, "Other").directory):
        mine = DirectoryGroupId(acme.push("Mine", directory=directory))
        before = theirs.everything()
        for member in (theirs.user, theirs.group):
            joining = [Joining(mine, [member])]
            with pytest.raises(UnknownMember), transaction(acme.engine) as connection:
                directory_groups.add_members(connection, context_of(directory), joining)
        assert theirs.everything() == before


def test_the_same_names_live_in_every_directory(theirs: Theirs) -> None:
    acme = theirs.tenant
    second = acme.add_directory()
    acme.push("Engineering", acme.create("ada@acme.test", directory=second), directory=second)
    acme.drain()

    assert len(acme.rows(directory_tables.directory_users)) == 2


@pytest.mark.parametrize("predicate", [None, ANYBODY], ids=["all", "who match"])
def test_a_listing_begins_and_ends_with_its_directory(
    theirs: Theirs, predicate: Predicate | None
) -> None:
    """Directories of one organization are neighbors in the index by which pages are read."""
    acme = theirs.tenant
    everywhere = [acme.directory, acme.add_directory(), acme.add_directory()]
    theirs_too = [acme.create("eve@acme.test", directory=one) for one in everywhere[1:]]

    for directory, user_id in zip(everywhere, [theirs.user, *theirs_too], strict=True):
        starts: list[int | str] = [0, 1, "", theirs.user, *theirs_too]
        for start in starts:
            with reading(acme.engine) as connection:
                shown, goes_on = stored_users.page(
                    connection,
                    context_of(directory),
                    predicate,
                    start=start,
                    limit=10,
                    with_references=True,
                )
            is_shown = user_id > start if isinstance(start, str) else not start
            assert [one.id for one in shown] == ([user_id] if is_shown else [])
            assert not goes_on
