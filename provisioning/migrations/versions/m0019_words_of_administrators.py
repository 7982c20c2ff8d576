"""
Mappings that an administrator removes are told from those that go with their directory, and a purge
that is put off keeps its time while nothing is purged.
"""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leaving_steps", sa.Column("put_off_to", Moment(), nullable=True))
    op.create_table(
        "removed_mappings",
        sa.Column("mapping_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_removed_mappings_organization_id"),
        ),
        sa.PrimaryKeyConstraint("mapping_id", name=op.f("pk_removed_mappings")),
    )
