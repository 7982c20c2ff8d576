"""What a statement brought back."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound

from provisioning.store.engine import reading, transaction
from provisioning.store.rows import Rows
from provisioning.store.sql import Statement

SOME = Statement("SELECT 1 AS id, 'a' AS name, 2 + 2 WHERE 1 < :limit")


def some(engine: Engine, limit: int) -> Rows:
    with reading(engine) as connection:
        return SOME.run(connection, {"limit": limit})


def test_a_row_is_read_by_name_and_by_place(engine: Engine) -> None:
    row = some(engine, 2).one()

    assert (row.id, row.name, row[2]) == tuple(row) == (1, "a", 4)


def test_one_row_is_neither_none_nor_two(engine: Engine) -> None:
    none = some(engine, 0)
    two = Rows([*some(engine, 2), *some(engine, 2)], 2)

    assert none.all() == []
    assert none.one_or_none() is none.scalar_one_or_none() is None
    with pytest.raises(NoResultFound):
        none.scalar_one()
    with pytest.raises(MultipleResultsFound):
        two.one_or_none()


def test_a_statement_without_columns_tells_how_many_it_changed(engine: Engine) -> None:
    changed = Statement("UPDATE organizations SET name = name WHERE id = :id")

    with transaction(engine) as connection:
        assert changed.run(connection, {"id": "nobody"}).rowcount == 0
        assert changed.run(connection, {"id": "nobody"}).all() == []


def test_the_error_of_a_driver_is_one_of_sqlalchemy(engine: Engine) -> None:
    without_a_name = Statement("INSERT INTO organizations (id) VALUES (:id)")

    with pytest.raises(IntegrityError) as caught, transaction(engine) as connection:
        without_a_name.run(connection, {"id": "somebody@acme.test"})

    assert "SQL parameters hidden" in str(caught.value)


@pytest.mark.parametrize("any_of", ["ANY", "ANY_OF"])
@pytest.mark.parametrize("names", [[], ["a"], ["a", 'q"u', "back\\slash", "{,}", "NULL", ""]])
def test_a_list_finds_each_of_its_texts_and_no_other(
    engine: Engine, names: list[str], any_of: str
) -> None:
    there = ["a", 'q"u', "back\\slash", "{,}", "NULL", "", "b"]
    values = " UNION ALL ".join(f"SELECT '{name}' AS name" for name in there)
    text = f"SELECT name FROM ({values}) AS given WHERE name = {any_of}(:ids)"  # noqa: S608 - ours
    some_of_them = Statement(text)

    with reading(engine) as connection:
        found = [row.name for row in some_of_them.run(connection, {"ids": names})]

    assert sorted(found) == sorted(names)
