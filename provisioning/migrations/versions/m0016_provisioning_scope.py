"""Whom directories may bring: the organization's policy, and who waits because of it."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organizations",
        sa.Column("provisioning_scope", sa.Text(), server_default="accept", nullable=False),
    )
    op.create_table(
        "held_newcomers",
        sa.Column("directory_user_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("held_at", Moment(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('released', 'rejected')", name=op.f("ck_held_newcomers_decision")
        ),
        sa.ForeignKeyConstraint(
            ["directory_user_id"],
            ["directory_users.id"],
            name=op.f("fk_held_newcomers_directory_user_id"),
        ),
        sa.PrimaryKeyConstraint("directory_user_id", name=op.f("pk_held_newcomers")),
    )
    op.create_index(
        "ix_held_newcomers_organization_id",
        "held_newcomers",
        ["organization_id", "directory_user_id"],
        unique=False,
    )
    op.create_index("ix_held_newcomers_email_key", "held_newcomers", ["email_key"], unique=False)
