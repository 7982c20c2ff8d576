"""How a migration drops foreign keys, on either engine."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

Key = tuple[str, str]
"""The table and its column."""


def drop(keys: Sequence[Key]) -> None:
    """Each is there, under the name that `store/metadata.py` gives it."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(keys)
        return
    for table, column in keys:
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")


def _rewrite(keys: Sequence[Key]) -> None:
    """
    SQLite has no statement for it; what it says to do for a constraint that changes nothing on the
    disk (lang_altertable, section 7) is to change the text of the table. A library that is built to
    refuse that, as the one that macOS brings, keeps the constraints: what they demand is so.
    """
    connection = op.get_bind()
    find = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table")
    put = sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :table")
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    try:
        connection.exec_driver_sql("UPDATE sqlite_schema SET sql = sql WHERE FALSE")
    except OperationalError:
        return
    for table, column in keys:
        sql = connection.execute(find, {"table": table}).scalar_one()
        constraint = (
            rf",\s*CONSTRAINT fk_{table}_{column} FOREIGN KEY\s*\(\w+\) REFERENCES \w+ \(\w+\)"
        )
        shorter, count = re.subn(constraint, "", sql)
        if count != 1:
            raise RuntimeError(f"fk_{table}_{column} is not in the schema")
        connection.execute(put, {"table": table, "sql": shorter})
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
