"""E-mail domains of organizations."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_VERIFIED = sa.text("state = 'verified'")
_POLLED = sa.text("next_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "domains",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_check", sa.Text(), nullable=True),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("auto_join", sa.Text(), server_default="off", nullable=False),
        sa.Column("auto_join_role_id", sa.Text(), nullable=True),
        sa.Column(
            "restrict_email",
            sa.Boolean(create_constraint=False),
            server_default=sa.text("false"),
            nullable=False,
        ),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'verified', 'failed', 'lapsed', 'contested')",
            name=op.f("ck_domains_state"),
        ),
        sa.CheckConstraint(
            "method IN ('dns_txt', 'meta', 'file', 'manual')", name=op.f("ck_domains_method")
        ),
        sa.CheckConstraint("auto_join IN ('off', 'role')", name=op.f("ck_domains_auto_join")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_domains_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["auto_join_role_id"], ["roles.id"], name=op.f("fk_domains_auto_join_role_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domains")),
    )
    op.create_index(
        "uq_domains_organization_id_name", "domains", ["organization_id", "name"], unique=True
    )
    op.create_index(
        "uq_domains_verified_name",
        "domains",
        ["name"],
        unique=True,
        postgresql_where=_VERIFIED,
        sqlite_where=_VERIFIED,
    )
    op.create_index(
        "ix_domains_organization_id_id", "domains", ["organization_id", "id"], unique=False
    )
    op.create_index("ix_domains_name", "domains", ["name"], unique=False)
    op.create_index(
        "ix_domains_next_at",
        "domains",
        ["next_at"],
        unique=False,
        postgresql_where=_POLLED,
        sqlite_where=_POLLED,
    )
    op.bulk_insert(
        sa.table("periodic_jobs", sa.column("name"), sa.column("next_at", Moment())),
        [{"name": "poll_domains", "next_at": datetime(2026, 1, 1, tzinfo=UTC)}],
    )
