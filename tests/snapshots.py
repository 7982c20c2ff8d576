"""What a database holds, to be compared with what it holds later."""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, func, select

from provisioning.store.tables import metadata

Rows = Mapping[str, frozenset[str]]


def rows(engine: Engine) -> Rows:
    """Every row of every table, by the table's name."""
    with engine.connect() as connection:
        return rows_in(connection)


def rows_in(connection: Connection) -> Rows:
    """Likewise, as the connection's transaction sees them."""
    return {
        table.name: frozenset(repr(tuple(row)) for row in connection.execute(select(table)))
        for table in metadata.sorted_tables
    }


def counts(engine: Engine) -> Mapping[str, int]:
    """How many rows each table has."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
