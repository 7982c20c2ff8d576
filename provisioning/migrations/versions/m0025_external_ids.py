"""The indexes of externalIds serve nobody who asks for something else."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TABLES = ("directory_users", "directory_groups")
_PRESENT = sa.text("external_id IS NOT NULL")


def upgrade() -> None:
    for table in _TABLES:
        name = f"ix_{table}_directory_id_external_id"
        op.drop_index(name, table)
        op.create_index(
            name,
            table,
            ["directory_id", "external_id"],
            postgresql_where=_PRESENT,
            sqlite_where=_PRESENT,
        )


def downgrade() -> None:
    for table in _TABLES:
        name = f"ix_{table}_directory_id_external_id"
        op.drop_index(name, table)
        op.create_index(name, table, ["directory_id", "external_id"])
