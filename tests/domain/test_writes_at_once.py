"""What several requests of a directory write at once is one statement, and each has its own end."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from provisioning import directory_users
from provisioning.directory_groups import Joining, add_members
from provisioning.directory_users import Editing
from provisioning.documents import Document
from provisioning.errors import NotFound, Stale, Taken, Unavailable, UnknownMember
from provisioning.ids import DirectoryGroupId, DirectoryUserId
from provisioning.store import directory_tables
from provisioning.store.engine import statement, write_each
from provisioning.store.resources import Resource
from tests.query_plans import counted
from tests.tenant import Tenant, context_of, document, found

NAMES = [f"{number}@acme.test" for number in range(8)]


def titled(title: str) -> Any:
    def edit(tree: dict[str, Any]) -> Document | None:
        said = f"{tree.get('title', '')}{title}"
        return document({**tree, "title": said})

    return edit


def edited(tenant: Tenant, *edits: Editing) -> list[Resource | Exception]:
    with statement(tenant.engine) as connection:
        return directory_users.edit(connection, context_of(tenant.directory), edits)


def made(tenant: Tenant, *user_names: str) -> list[Resource | Exception]:
    def make(wanted: Any) -> list[Resource]:
        return directory_users.create(connection, context_of(tenant.directory), wanted)

    with statement(tenant.engine) as connection:
        return write_each(make, [document({"userName": name}) for name in user_names])


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_many_are_written_as_one_is(engine: Engine) -> None:
    acme = found(engine)
    users: list[DirectoryUserId] = []
    groups = [DirectoryGroupId(acme.push(name)) for name in ("Engineering", "Sales")]

    def create() -> None:
        users.extend(DirectoryUserId(one.id) for one in made(acme, *NAMES))  # type: ignore[union-attr]

    def edit() -> None:
        edited(acme, *(Editing(one, titled("x")) for one in users))

    def join() -> None:
        joining = [Joining(group, [one]) for group in groups for one in users]
        with statement(engine) as connection:
            add_members(connection, context_of(acme.directory), joining)

    assert [counted(acme, act) for act in (create, edit, join)] == [1, 2, 1]
    assert acme.drain().notes == len(groups) + 3 * len(users)
    assert len(acme.people()) == len(NAMES)


def test_who_is_there_already_keeps_no_other_from_being_created(acme: Tenant) -> None:
    acme.create("ada@acme.test")

    new, taken, other = made(acme, "new@acme.test", "ADA@acme.test", "other@acme.test")

    assert isinstance(taken, Taken)
    assert isinstance(new, Resource)
    assert isinstance(other, Resource)
    acme.drain()
    assert {*acme.people()} == {"ada@acme.test", "new@acme.test", "other@acme.test"}


def test_of_two_of_one_name_one_is_created(acme: Tenant) -> None:
    first, second = made(acme, "ada@acme.test", "Ada@acme.test")

    assert isinstance(first, Resource)
    assert isinstance(second, Taken)


def test_two_edits_of_one_person_both_count(acme: Tenant) -> None:
    ada = DirectoryUserId(acme.create("ada@acme.test"))

    one, two, three = edited(acme, *(Editing(ada, titled(said)) for said in "abc"))

    assert isinstance(one, Resource)
    assert isinstance(two, Resource)
    assert isinstance(three, Resource)
    assert [one.version, two.version, three.version] == [2, 3, 4]
    assert '"title":"abc"' in three.text
    (row,) = acme.rows(directory_tables.directory_users)
    assert (row["version"], row["document"]) == (4, three.text)


@pytest.mark.parametrize("edits", [1, 2])
def test_what_is_known_is_good_for_a_write_as_long_as_it_is_so(acme: Tenant, edits: int) -> None:
    ada = DirectoryUserId(acme.create("ada@acme.test"))
    (known,) = edited(acme, Editing(ada, titled("a")))
    assert isinstance(known, Resource)

    *_, after = edited(acme, *(Editing(ada, titled("b"), None, known) for _ in range(edits)))
    (late,) = edited(acme, Editing(ada, titled("c"), {known.version + edits}, known))

    assert isinstance(after, Resource)
    assert isinstance(late, Resource)
    assert '"title":"a' + "b" * edits + 'c"' in late.text
    assert late.version == after.version + 1 == known.version + edits + 1


def test_what_is_known_is_good_for_nothing_else(acme: Tenant) -> None:
    ada, gone = (DirectoryUserId(acme.create(f"{one}@acme.test")) for one in ("ada", "gone"))
    known, ghost = edited(acme, Editing(ada, titled("a")), Editing(gone, titled("a")))
    assert isinstance(known, Resource)
    assert isinstance(ghost, Resource)
    (present,) = edited(acme, Editing(ada, titled("b")))
    assert isinstance(present, Resource)
    acme.delete(gone)

    def not_a(tree: dict[str, Any]) -> Document | None:
        if tree["title"] == "a":
            raise LookupError
        return document({**tree, "title": f"{tree['title']}d"})

    def to_a(tree: dict[str, Any]) -> Document | None:
        return None if tree["title"] == "a" else document({**tree, "title": "a"})

    unchanged = Editing(ada, lambda _: None, None, known)
    refused = Editing(ada, not_a, {present.version}, known)
    nobody = Editing(gone, titled("c"), None, ghost)
    back = Editing(ada, to_a, None, known)
    stale = Editing(ada, titled("x"), {known.version}, known)
    outcomes = [edited(acme, one)[0] for one in (unchanged, refused, nobody, back, stale)]

    assert outcomes[0] == present
    assert isinstance(outcomes[1], Resource)
    assert '"title":"abd"' in outcomes[1].text
    assert isinstance(outcomes[2], NotFound)
    assert isinstance(outcomes[3], Resource)
    assert '"title":"a"' in outcomes[3].text
    assert isinstance(outcomes[4], Stale)


def test_whoever_is_written_is_told_with_the_groups_of_now(acme: Tenant) -> None:
    ada = DirectoryUserId(acme.create("ada@acme.test"))
    (known,) = edited(acme, Editing(ada, titled("a")))
    assert isinstance(known, Resource)
    group = acme.push("Engineering", ada)

    (after,) = edited(acme, Editing(ada, titled("b"), None, known))

    assert isinstance(after, Resource)
    assert after.references == ((group, "Engineering"),)


def test_each_edit_has_its_own_refusal(acme: Tenant) -> None:
    ada, eve, bob = (DirectoryUserId(acme.create(f"{one}@acme.test")) for one in ("ada", "e", "b"))

    def renamed(tree: dict[str, Any]) -> Document:
        return document({**tree, "userName": "ADA@acme.test"})

    def broken(tree: dict[str, Any]) -> Document:
        raise LookupError(tree["userName"])

    gone, taken, stale, failed, unchanged, done = edited(
        acme,
        Editing(DirectoryUserId("diruser_nobody"), titled("x")),
        Editing(eve, renamed),
        Editing(bob, titled("x"), {7}),
        Editing(bob, broken),
        Editing(bob, lambda _: None),
        Editing(ada, titled("x")),
    )

    assert isinstance(gone, NotFound)
    assert isinstance(taken, Taken)
    assert isinstance(stale, Stale)
    assert isinstance(failed, LookupError)
    assert isinstance(unchanged, Resource)
    assert isinstance(done, Resource)
    versions = {row["id"]: row["version"] for row in acme.rows(directory_tables.directory_users)}
    assert versions == {ada: 2, eve: 1, bob: 1}


def test_nobody_joins_where_one_is_unknown(acme: Tenant) -> None:
    group = DirectoryGroupId(acme.push("Engineering"))
    ada = acme.create("ada@acme.test")
    before = acme.rows(directory_tables.directory_group_members)

    def join(*joining: Joining) -> None:
        with statement(acme.engine) as connection:
            add_members(connection, context_of(acme.directory), joining)

    with pytest.raises(UnknownMember, match="nobody"):
        join(Joining(group, [ada]), Joining(group, ["nobody"]))
    with pytest.raises(NotFound, match="nowhere"):
        join(Joining(group, [ada]), Joining(DirectoryGroupId("nowhere"), [ada]))

    assert acme.rows(directory_tables.directory_group_members) == before
    join(Joining(group, [ada]), Joining(group, [ada]))
    assert len(acme.rows(directory_tables.directory_group_members)) == len(before) + 1


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_where_the_connection_is_lost_nobody_tries_alone(engine: Engine) -> None:
    asked: list[int] = []

    def write(connection: Connection, some: Sequence[int]) -> Sequence[int]:
        asked.append(len(some))
        with engine.connect() as other:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            other.execute(text(f"SELECT pg_terminate_backend({backend})"))
        connection.execute(text("SELECT 1"))
        return some

    with pytest.raises(Unavailable), statement(engine) as connection:
        write_each(partial(write, connection), [1, 2])

    assert asked == [2]
