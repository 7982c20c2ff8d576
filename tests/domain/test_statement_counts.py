"""What a drain and a delta cost does not grow with the people: the same number of statements."""

import pytest
from sqlalchemy import Engine, text

from provisioning import ids
from provisioning.ids import DirectoryUserId
from provisioning.store.directory_tables import directory_group_members
from provisioning.store.engine import transaction
from tests.query_plans import analyzed, counted, executed
from tests.tenant import Tenant, found


def populated(engine: Engine, people: int) -> tuple[Tenant, list[str]]:
    """An organization whose people have all been created, and not yet been looked at."""
    tenant = found(engine, f"{people} people")
    return tenant, tenant.create_all(f"{number}@{people}.test" for number in range(people))


def test_a_drain_of_many_takes_as_many_statements_as_one_of_few(engine: Engine) -> None:
    few, some = populated(engine, 10)
    many, lots = populated(engine, 999)

    assert counted(many, many.drain) == counted(few, few.drain)
    assert len(many.people()) == 999

    few.push("Engineering", *some)
    many.push("Engineering", *lots)
    assert counted(many, many.drain) == counted(few, few.drain)

    few.map("Engineering", "admin")
    many.map("Engineering", "admin")
    assert counted(many, many.drain) == counted(few, few.drain)
    assert all("admin" in person.roles for person in many.people().values())


def test_adding_one_person_takes_the_same_statements_whatever_the_group(engine: Engine) -> None:
    tenant = found(engine)
    small, large = tenant.push("Small"), tenant.push("Large")
    fill(tenant, small, 10)
    fill(tenant, large, 5000)
    ada = tenant.create("ada@acme.test")

    alone = counted(tenant, lambda: tenant.join(small, ada))
    assert counted(tenant, lambda: tenant.join(large, ada)) == alone
    if engine.dialect.name == "postgresql":
        assert alone == 1

    left = counted(tenant, lambda: tenant.leave(small, ada))
    assert counted(tenant, lambda: tenant.leave(large, ada)) == left


def fill(tenant: Tenant, group_id: str, people: int) -> None:
    """Members that are nobody's business here."""
    with transaction(tenant.engine) as connection:
        connection.execute(
            directory_group_members.insert(),
            [
                {
                    "group_id": group_id,
                    "member_id": ids.new(ids.DIRECTORY_USER),
                    "organization_id": tenant.organization_id,
                    "directory_id": tenant.directory.id,
                    "told": True,
                }
                for _ in range(people)
            ],
        )


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=False)
def test_adding_one_person_reads_as_little_in_a_large_group(engine: Engine) -> None:
    tenant = found(engine)
    small, large = tenant.push("Small"), tenant.push("Large")
    fill(tenant, small, 10)
    fill(tenant, large, 5000)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE directory_group_members"))
    ada = tenant.create("ada@acme.test")

    assert touched(tenant, large, ada) <= touched(tenant, small, ada) + 10


def touched(tenant: Tenant, group_id: str, member_id: str) -> int:
    """Pages that PostgreSQL reads to add the member."""
    (joining,) = executed(tenant.engine, lambda: tenant.join(group_id, member_id))
    tenant.leave(group_id, member_id)
    with transaction(tenant.engine) as connection:
        plan = analyzed(connection, joining)
        connection.rollback()
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_an_edit_of_one_person_is_two_statements(engine: Engine) -> None:
    tenant, (ada,) = populated(engine, 1)
    tenant.drain()

    alone = counted(tenant, lambda: tenant.edit(DirectoryUserId(ada), title="Countess"))

    # SQLite begins in a statement that is seen here, and writes the note in one of its own.
    assert alone == (2 if engine.dialect.name == "postgresql" else 4)


def test_an_organization_with_many_domains_goes_as_one_with_one_does(engine: Engine) -> None:
    few, many = found(engine, "Few"), found(engine, "Many")
    few.own("few.test")
    for number in range(5):
        many.own(f"many-{number}.test")
    mallory = found(engine, "Mallory")
    for name in ("few", "many-0", "many-4"):
        mallory.create(f"ada@{name}.test")
    mallory.drain()

    assert counted(many, many.close) == counted(few, few.close)
