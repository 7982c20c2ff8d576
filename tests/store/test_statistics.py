"""
What PostgreSQL knows of the tables' sizes may be old: just after a directory's first import nothing
was analyzed, or was when there was nobody. No statement may take everybody once for each person.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, exc, insert, text

from provisioning.clock import now
from provisioning.context import Context
from provisioning.directory_groups import Joining, add_members
from provisioning.directory_users import Editing, edit
from provisioning.ids import DirectoryGroupId, DirectoryUserId
from provisioning.store import directory_groups as stored_groups
from provisioning.store import directory_users as store
from provisioning.store import note_tables, tables
from provisioning.store.directory_tables import directory_group_members, directory_users
from provisioning.store.engine import reading, statement, transaction
from provisioning.store.resources import Resource
from tests.query_plans import Executed, analyzed, executed, handled, nodes
from tests.tenant import Tenant, context_of, document, found
from tests.tenant_in_bulk import fill

PEOPLE = 1_000
A_FEW_TIMES = 25
A_FEW = PEOPLE // 4


@pytest.fixture
def unwatched(own: Engine) -> Engine:
    """Nothing makes statistics by itself."""
    with own.begin() as connection:
        for table in tables.metadata.tables:
            off = f"ALTER TABLE {table} SET (autovacuum_enabled = off)"
            connection.execute(text(off))
    return own


def never(engine: Engine) -> None:
    """Nothing was analyzed."""
    assert engine.dialect.name == "postgresql"


def when_empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def with_a_few(engine: Engine) -> None:
    """Of another organization, which has everything."""
    few = found(engine, "Few")
    few.map("Everybody", "admin")
    few.push("Everybody", *(few.create(f"{number}@few.test") for number in range(20)))
    few.drain()
    when_empty(engine)


def populate(tenant: Tenant) -> None:
    """Groups inside and beside each other, and everybody in two of them, as requests leave them."""
    inner, other = tenant.push("Inner"), tenant.push("Other")
    tenant.push("Outer", inner)
    row = {
        "organization_id": tenant.organization_id,
        "directory_id": tenant.directory.id,
        "told": True,
    }
    people = fill(tenant, PEOPLE)
    rows = [
        {**row, "group_id": group_id, "member_id": key}
        for key in people
        for group_id in (inner, other)
    ]
    with transaction(tenant.engine) as connection:
        connection.execute(insert(directory_group_members), rows)


def note_everybody(tenant: Tenant) -> None:
    note = {
        "organization_id": tenant.organization_id,
        "directory_id": tenant.directory.id,
        "kind": "directory",
        "key": tenant.directory.id,
        "created_at": now(),
    }
    with transaction(tenant.engine) as connection:
        connection.execute(insert(note_tables.notes), [note])


def heaviest(tenant: Tenant, act: Callable[[], object]) -> tuple[int, str]:
    """
    The most rows that a node of a statement of the act goes through, or pages that a scan reads,
    executed once more: what an index throws away is counted by its pages alone.
    """
    every = {one.statement: one for one in executed(tenant.engine, act)}
    return max(_heaviest(tenant, one) for one in every.values())


def _heaviest(tenant: Tenant, one: Executed) -> tuple[int, str]:
    if not one.statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
        return 0, one.statement
    try:
        with transaction(tenant.engine) as connection:
            connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
            plan = analyzed(connection, one)
            rows = max(max(handled(node), _pages(node)) for node in nodes(plan))
            connection.rollback()
    except exc.DBAPIError:  # it inserts what is there now
        return 0, one.statement
    return rows, one.statement


def _pages(node: dict[str, Any]) -> int:
    of_a_table = "Relation Name" in node and "Scan" in node["Node Type"]
    return int(node["Shared Hit Blocks"]) if of_a_table else 0


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("analyzed_before", [never, when_empty, with_a_few])
def test_people_are_gone_through_a_few_times(
    unwatched: Engine, analyzed_before: Callable[[Engine], None]
) -> None:
    analyzed_before(unwatched)
    acme = found(unwatched)
    populate(acme)
    bound = A_FEW_TIMES * PEOPLE

    def map_them() -> None:
        for group in ("Outer", "Other"):
            acme.map(group, "admin")

    mapped = heaviest(acme, map_them)
    assert mapped[0] <= bound, mapped[1]
    created = heaviest(acme, acme.drain)
    assert created[0] <= bound, created[1]
    assert len(acme.members()) == PEOPLE
    acme.resync()
    compared = heaviest(acme, acme.drain)
    assert compared[0] <= bound, compared[1]
    note_everybody(acme)
    noted = heaviest(acme, acme.drain)
    assert noted[0] <= bound, noted[1]
    acme.guard(enabled=False)  # they mean it
    acme.delete_all([row["id"] for row in acme.rows(directory_users)])
    let_go = heaviest(acme, acme.drain)
    assert let_go[0] <= bound, let_go[1]
    acme.let_leave(retention=timedelta(days=1))
    purged = heaviest(acme, lambda: acme.drain_at(now() + timedelta(days=3)))
    assert purged[0] <= bound, purged[1]
    assert acme.rows(directory_users) == []


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("at_once", [1, 3])
def test_who_is_asked_for_by_id_is_not_sought_among_all(unwatched: Engine, at_once: int) -> None:
    with_a_few(unwatched)
    acme = found(unwatched, "Acme")
    people = [DirectoryUserId(one) for one in fill(acme, PEOPLE)[:at_once]]
    groups = [DirectoryGroupId(acme.push(f"Group {number}")) for number in range(at_once)]
    context = context_of(acme.directory)

    def write() -> None:
        edits = [Editing(one, lambda tree: document({**tree, "title": "x"})) for one in people]
        joining = [Joining(group, people) for group in groups]
        with statement(unwatched) as connection:
            edit(connection, context, edits)
            add_members(connection, context, joining)

    statements = executed(unwatched, write)
    assert len(statements) == 3
    for one in statements:
        with transaction(unwatched) as connection:
            plan = analyzed(connection, one)
            connection.rollback()
        most = max(handled(node) for node in nodes(plan))
        assert most < A_FEW, plan


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("analyzed_before", [never, when_empty, with_a_few])
def test_reading_a_few_does_not_go_through_the_directory(
    unwatched: Engine, analyzed_before: Callable[[Engine], None]
) -> None:
    analyzed_before(unwatched)
    acme, later = found(unwatched, "Acme"), found(unwatched, "Later")
    ids = fill(acme, PEOPLE)
    fill(later, PEOPLE)
    unknown = [f"nobody-{number}@acme.test" for number in range(8)]

    def rows_of(act: Callable[[Connection, Context], object]) -> int:
        def read() -> None:
            with reading(unwatched) as connection:
                act(connection, context_of(acme.directory))

        return heaviest(acme, read)[0]

    assert rows_of(lambda c, x: store.get_each(c, x, ids[:8])) < A_FEW
    assert rows_of(lambda c, x: store.get_each(c, x, unknown, column="user_name_folded")) < A_FEW
    assert rows_of(lambda c, x: page(c, x, 0)) < A_FEW
    # Whom a page skips are counted, by the index; nobody of another directory is.
    assert rows_of(lambda c, x: page(c, x, PEOPLE - 5)) < PEOPLE + A_FEW


def page(connection: Connection, context: Context, skipped: int) -> Sequence[Resource]:
    found, _ = store.page(connection, context, None, start=skipped, limit=10, with_references=True)
    return found


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_who_is_in_the_group_behind_a_page_is_not_read(unwatched: Engine) -> None:
    acme = found(unwatched)
    first = acme.push("First")
    populate(acme)

    def rows_of(skipped: int) -> tuple[int, list[Resource], bool]:
        def read() -> None:
            with reading(unwatched) as connection:
                context = context_of(acme.directory)
                answer[:] = stored_groups.page(
                    connection, context, None, start=skipped, limit=1, with_references=True
                )

        answer: list[Any] = []
        rows, _ = heaviest(acme, read)
        return rows, *answer

    rows, (shown,), goes_on = rows_of(0)
    assert (shown.id, shown.references, goes_on) == (first, (), True)
    assert rows < A_FEW
    rows, (shown,), _ = rows_of(1)
    assert len(shown.references) == PEOPLE
    assert rows >= PEOPLE


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_what_is_written_at_once_is_not_planned_again_each_time(own: Engine) -> None:
    acme = found(own)
    people = [DirectoryUserId(one) for one in fill(acme, PEOPLE)[:4]]
    groups = [DirectoryGroupId(acme.push(f"Group {number}")) for number in range(3)]
    when_empty(own)
    context = context_of(acme.directory)
    planned = text("SELECT sum(custom_plans) FROM pg_prepared_statements WHERE NOT from_sql")

    with own.connect() as connection:

        def write(number: int) -> int:
            title = str(number)
            for some in (people[:2], people):
                edits = [
                    Editing(one, lambda tree: document({**tree, "title": title})) for one in some
                ]
                edit(connection, context, edits)
                add_members(connection, context, [Joining(one, some) for one in groups])
            return int(connection.scalar(planned) or 0)

        for number in range(10):  # the driver prepares, and the database makes up its mind
            write(number)
        before = write(11)
        assert before > 0
        assert write(12) - before <= 1  # the question itself
