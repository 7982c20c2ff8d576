"""Joining by a domain where an administrator approves of it; accounts with a label of their own."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_PENDING = sa.text("status = 'pending'")
_ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    # Beside `auto_join`, which stays `off`: an earlier release that still works lets nobody in.
    op.add_column(
        "domains",
        sa.Column(
            "joins_by_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column("domains", sa.Column("account_label", sa.Text(), nullable=True))
    op.create_table(
        "join_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_join_requests_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_join_requests_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_join_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
    )
    op.create_index(
        "uq_join_requests_organization_id_user_id",
        "join_requests",
        ["organization_id", "user_id"],
        unique=True,
        postgresql_where=_PENDING,
        sqlite_where=_PENDING,
    )
    op.create_index(
        "ix_join_requests_organization_id_id",
        "join_requests",
        ["organization_id", "id"],
        unique=False,
    )
    op.create_index("ix_join_requests_user_id", "join_requests", ["user_id"], unique=False)
    op.create_index(
        "ix_join_requests_expires_at",
        "join_requests",
        ["expires_at"],
        unique=False,
        postgresql_where=_PENDING,
        sqlite_where=_PENDING,
    )
    op.create_index(
        "ix_join_requests_ended_at",
        "join_requests",
        ["ended_at"],
        unique=False,
        postgresql_where=_ENDED,
        sqlite_where=_ENDED,
    )
    op.bulk_insert(
        sa.table("periodic_jobs", sa.column("name"), sa.column("next_at", Moment())),
        [{"name": "expire_join_requests", "next_at": datetime(2026, 1, 1, tzinfo=UTC)}],
    )
