"""How people leave: policies, steps that are foreseen, and what is purged."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_FORESEEN = sa.text("next_at IS NOT NULL")
_PRESENT = sa.text("purged_at IS NULL")
_SUCCEEDED = sa.text("former_user_id IS NOT NULL")


def upgrade() -> None:
    _new_tables()
    op.add_column("memberships", sa.Column("removed_at", Moment(), nullable=True))
    op.add_column("memberships", sa.Column("purged_at", Moment(), nullable=True))
    op.execute("UPDATE memberships SET removed_at = updated_at WHERE status = 'removed'")
    op.drop_index("uq_memberships_organization_id_user_id", "memberships")
    op.create_index(
        "uq_memberships_organization_id_user_id",
        "memberships",
        ["organization_id", "user_id"],
        unique=True,
        postgresql_where=_PRESENT,
        sqlite_where=_PRESENT,
    )
    op.add_column("users", sa.Column("purged_at", Moment(), nullable=True))
    op.add_column("directories", sa.Column("kept_roles", sa.Text(), nullable=True))
    op.add_column("directory_users", sa.Column("former_user_id", sa.Text(), nullable=True))
    op.create_index(
        "ix_directory_users_former_user_id",
        "directory_users",
        ["former_user_id"],
        unique=False,
        postgresql_where=_SUCCEEDED,
        sqlite_where=_SUCCEEDED,
    )
    op.create_index("ix_audit_entries_target", "audit_entries", ["target"], unique=False)
    op.bulk_insert(
        sa.table("periodic_jobs", sa.column("name"), sa.column("next_at", Moment())),
        [{"name": "take_leaving_steps", "next_at": datetime(2026, 1, 1, tzinfo=UTC)}],
    )


def _new_tables() -> None:
    op.create_table(
        "leaving_policies",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=True),
        sa.Column("retention_seconds", sa.Integer(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_leaving_policies_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "directory_id", name=op.f("pk_leaving_policies")
        ),
    )
    op.create_table(
        "leaving_steps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("membership_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("step IN ('remove', 'purge')", name=op.f("ck_leaving_steps_step")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_leaving_steps_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_leaving_steps_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaving_steps")),
    )
    op.create_index(
        "uq_leaving_steps_membership_id", "leaving_steps", ["membership_id"], unique=True
    )
    op.create_index(
        "ix_leaving_steps_organization_id_id",
        "leaving_steps",
        ["organization_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_leaving_steps_next_at",
        "leaving_steps",
        ["next_at"],
        unique=False,
        postgresql_where=_FORESEEN,
        sqlite_where=_FORESEEN,
    )
