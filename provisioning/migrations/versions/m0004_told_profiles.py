"""Each membership remembers the profile its organization was told: another one may change it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WITHOUT_ADDRESS = sa.text("email_key IS NULL AND email IS NOT NULL")
_OBJECT = {"postgresql": sa.func.json_build_object, "sqlite": sa.func.json_object}


def upgrade() -> None:
    op.add_column(
        "memberships", sa.Column("told_profile", sa.Text(), server_default="{}", nullable=False)
    )
    # What a member is shown as is what was told.
    attributes: list[sa.ColumnClause[str]] = [
        sa.column(name, sa.Text) for name in ("email", "display_name", "given_name", "family_name")
    ]
    users = sa.table("users", sa.column("id"), *attributes)
    memberships = sa.table("memberships", sa.column("user_id"), sa.column("told_profile"))
    pairs = [part for name in attributes for part in (sa.literal_column(f"'{name.name}'"), name)]
    profile = sa.cast(_OBJECT[op.get_bind().dialect.name](*pairs), sa.Text)
    shown = sa.select(profile).select_from(users).where(users.c.id == memberships.c.user_id)
    op.execute(sa.update(memberships).values(told_profile=shown.scalar_subquery()))
    op.create_index(
        "ix_users_awaiting_address",
        "users",
        ["id"],
        unique=False,
        postgresql_where=_WITHOUT_ADDRESS,
        sqlite_where=_WITHOUT_ADDRESS,
    )
