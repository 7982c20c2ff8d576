"""Notes that a drain could not settle are set aside, and tried again."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "set_aside_notes",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", Moment(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('user', 'group', 'group_members', 'directory')",
            name=op.f("ck_set_aside_notes_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_set_aside_notes_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "kind", "key", name=op.f("pk_set_aside_notes")),
    )
