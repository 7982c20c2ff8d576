"""Of rows that come by thousands, foreign keys to what is never deleted: dropped (ADR-0031)."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DROPPED = (
    ("directory_users", "organization_id"),
    ("directory_groups", "organization_id"),
    ("users", "authority_directory_id"),
    ("identities", "organization_id"),
    ("identities", "directory_id"),
    ("memberships", "organization_id"),
    ("grants", "organization_id"),
    ("grants", "role_id"),
    ("events", "organization_id"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite()
        return
    for table, column in _DROPPED:
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")


def _rewrite() -> None:
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
    for table, column in _DROPPED:
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
