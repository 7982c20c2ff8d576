"""A trigger that refuses some rows, as an operator may have made one; gone when the block ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from provisioning.store.engine import transaction


@contextmanager
def refusing(engine: Engine, verb: str, table: str, condition: str) -> Iterator[None]:
    """`verb` is INSERT or UPDATE; `condition` is SQL about NEW."""
    if engine.dialect.name == "sqlite":
        made = f"CREATE TRIGGER refuse BEFORE {verb} ON {table} WHEN {condition}"
        makes = [f"{made} BEGIN SELECT RAISE(ABORT, 'refused'); END"]
        drops = ["DROP TRIGGER refuse"]
    else:
        function = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
        made = f"CREATE TRIGGER refuse BEFORE {verb} ON {table} FOR EACH ROW WHEN ({condition})"
        makes = [
            f"{function} AS $$ BEGIN RAISE 'refused'; END $$",
            f"{made} EXECUTE FUNCTION refuse()",
        ]
        drops = [f"DROP TRIGGER refuse ON {table}", "DROP FUNCTION refuse()"]
    with transaction(engine) as connection:
        for statement in makes:
            connection.execute(text(statement))
    try:
        yield
    finally:
        with transaction(engine) as connection:
            for statement in drops:
                connection.execute(text(statement))
