"""Accounts are found by the domain of their address, and what was told of newcomers by whom."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEY = "coalesce(email_key, awaited_email_key)"
_DOMAIN = f"substr({_KEY}, length(rtrim({_KEY}, replace({_KEY}, '@', ''))) + 1)"
_UNUSUAL = {
    "postgresql": "CASE WHEN octet_length(email) > length(email) THEN 1 END",
    "sqlite": "CASE WHEN length(CAST(email AS BLOB)) > length(email) THEN 1 END",
}
_NEWCOMER = {
    "postgresql": "(CAST(data AS jsonb) ->> 'directory_user_id')",
    "sqlite": "json_extract(data, '$.directory_user_id')",
}
_OF_NEWCOMERS = "type IN ('newcomer.held', 'newcomer.refused', 'newcomer.released')"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.execute(f"CREATE INDEX ix_users_email_domain ON users (({_DOMAIN}))")
    unusual = _UNUSUAL[dialect]
    op.execute(f"CREATE INDEX ix_users_unusual_email ON users (({unusual})) WHERE ({unusual}) = 1")
    op.execute(
        f"CREATE INDEX ix_events_newcomer ON events (({_NEWCOMER[dialect]})) WHERE {_OF_NEWCOMERS}"
    )
