"""Runs and plans of resyncs, and each directory's own schedule."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ACTIVE = sa.text("status IN ('queued', 'running')")
_LIVES = sa.text("deleting_at IS NULL")
_GONE = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    _runs()
    _plans()
    op.add_column(
        "directories",
        sa.Column("resync_interval_seconds", sa.Integer(), server_default="86400", nullable=True),
    )
    op.add_column("directories", sa.Column("next_run_at", Moment(), nullable=True))
    op.create_index(
        "ix_directories_next_run_at",
        "directories",
        ["next_run_at"],
        unique=False,
        postgresql_where=_LIVES,
        sqlite_where=_LIVES,
    )
    op.create_index(
        "ix_directory_users_gone",
        "directory_users",
        ["organization_id", "directory_id", "id"],
        unique=False,
        postgresql_where=_GONE,
        sqlite_where=_GONE,
    )


def _runs() -> None:
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), server_default="", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("counts", sa.Text(), server_default="{}", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("stirred_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "trigger IN ('admin', 'schedule', 'policy', 'disconnect', 'connector', 'plan')",
            name=op.f("ck_sync_runs_trigger"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_sync_runs_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sync_runs_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_sync_runs_directory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    op.create_index(
        "ix_sync_runs_directory_id_id",
        "sync_runs",
        ["organization_id", "directory_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_sync_runs_active",
        "sync_runs",
        ["directory_id"],
        unique=True,
        postgresql_where=_ACTIVE,
        sqlite_where=_ACTIVE,
    )
    op.create_index(
        "ix_sync_runs_waiting",
        "sync_runs",
        ["organization_id", "id"],
        unique=False,
        postgresql_where=_ACTIVE,
        sqlite_where=_ACTIVE,
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("applied_at", Moment(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_plans_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_plans_directory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(
        "ix_plans_directory_id_id",
        "plans",
        ["organization_id", "directory_id", "id"],
        unique=False,
    )
    op.create_index("ix_plans_expires_at", "plans", ["expires_at"], unique=False)
    op.create_table(
        "plan_actions",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_actions_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "id", name=op.f("pk_plan_actions")),
    )
