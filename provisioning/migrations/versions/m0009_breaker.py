"""Breakers of directories, what they hold, and members whom no machine takes."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_breakers",
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("max_count", sa.Integer(), nullable=False),
        sa.Column("max_share", sa.Float(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("tripped_at", Moment(), nullable=True),
        sa.Column("since", Moment(), nullable=True),
        sa.CheckConstraint("max_count >= 0", name=op.f("ck_directory_breakers_max_count")),
        sa.CheckConstraint(
            "max_share >= 0 AND max_share <= 1", name=op.f("ck_directory_breakers_max_share")
        ),
        sa.CheckConstraint("window_seconds > 0", name=op.f("ck_directory_breakers_window_seconds")),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_directory_breakers_directory_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_directory_breakers_organization_id"),
        ),
        sa.PrimaryKeyConstraint("directory_id", name=op.f("pk_directory_breakers")),
    )
    op.create_index(
        "ix_directory_breakers_organization_id", "directory_breakers", ["organization_id"]
    )
    _what_is_held()
    _members()


def _what_is_held() -> None:
    for column in ("directory_id", "directory_user_id", "said", "decision", "decided_by"):
        op.add_column("parked_changes", sa.Column(column, sa.Text(), nullable=True))
    for column in ("said_at", "decided_at"):
        op.add_column("parked_changes", sa.Column(column, Moment(), nullable=True))
    op.create_index(
        "ix_parked_changes_directory_id", "parked_changes", ["directory_id", "membership_id"]
    )
    op.create_index(
        "ix_parked_changes_last_owner",
        "parked_changes",
        ["organization_id"],
        postgresql_where=sa.text("reason = 'last_owner'"),
        sqlite_where=sa.text("reason = 'last_owner'"),
    )


def _members() -> None:
    op.add_column(
        "memberships",
        sa.Column("break_glass", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("memberships", sa.Column("lost_at", Moment(), nullable=True))
    op.add_column("memberships", sa.Column("lost_by_directory_id", sa.Text(), nullable=True))
    op.create_index(
        "ix_memberships_lost_by_directory_id_lost_at",
        "memberships",
        ["lost_by_directory_id", "lost_at"],
        postgresql_where=sa.text("lost_at IS NOT NULL"),
        sqlite_where=sa.text("lost_at IS NOT NULL"),
    )
