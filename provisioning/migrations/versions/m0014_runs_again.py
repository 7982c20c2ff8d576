"""Runs that have to reach everybody, and fail, begin again."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WAITING = sa.text("retry_at IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "sync_runs", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("sync_runs", sa.Column("retry_at", Moment(), nullable=True))
    # The last one of each directory that failed before there was this, and after which none ended.
    op.execute(
        """
        UPDATE sync_runs SET retry_at = finished_at
        WHERE status = 'failed' AND trigger IN ('policy', 'disconnect') AND NOT EXISTS (
            SELECT 1 FROM sync_runs later
            WHERE later.directory_id = sync_runs.directory_id AND later.id > sync_runs.id
                AND (later.status IN ('queued', 'running', 'completed')
                    OR later.trigger IN ('policy', 'disconnect')))
        """
    )
    op.create_index(
        "ix_sync_runs_retry_at",
        "sync_runs",
        ["retry_at"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
