"""
Who waits for an address that another account holds is found by it, not among all who wait; and a
conflict remembers who decided it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KNOWN = sa.text("awaited_email_key IS NOT NULL")
_UNFOLDED = sa.text("email IS NOT NULL AND coalesce(email_key, awaited_email_key) IS NULL")
# Of ASCII alone the database folds as we do; the others are found as what is not folded yet.
_FOLD = {
    "postgresql": """
        UPDATE users SET awaited_email_key = lower(email COLLATE "C")
        WHERE email_key IS NULL AND octet_length(email) = char_length(email)
    """,
    "sqlite": """
        UPDATE users SET awaited_email_key = lower(email)
        WHERE email_key IS NULL AND length(CAST(email AS BLOB)) = length(email)
    """,
}


def upgrade() -> None:
    op.add_column("users", sa.Column("awaited_email_key", sa.Text(), nullable=True))
    op.execute(_FOLD[op.get_bind().dialect.name])
    op.create_index(
        "ix_users_awaited_email_key",
        "users",
        ["awaited_email_key"],
        unique=False,
        postgresql_where=_KNOWN,
        sqlite_where=_KNOWN,
    )
    op.create_index(
        "ix_users_unfolded_email",
        "users",
        ["id"],
        unique=False,
        postgresql_where=_UNFOLDED,
        sqlite_where=_UNFOLDED,
    )
    op.add_column("conflicts", sa.Column("decided_by", sa.Text(), nullable=True))
    unresolved = sa.text("resolved_at IS NULL")
    op.create_index(
        "ix_conflicts_user_id",
        "conflicts",
        ["user_id"],
        unique=False,
        postgresql_where=unresolved,
        sqlite_where=unresolved,
    )
