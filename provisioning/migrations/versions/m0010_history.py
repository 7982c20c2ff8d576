"""The past is found by whom it is of; growing groups are watched; a conflict can be rejected."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OF_HISTORY = """type IN (
    'organization.created', 'organization.updated', 'organization_membership.created',
    'organization_membership.updated', 'organization_membership.deleted',
    'role_grant.created', 'role_grant.deleted', 'change.held', 'change.released',
    'group_role_mapping.created', 'group_role_mapping.updated', 'group_role_mapping.deleted',
    'directory.created', 'directory.updated', 'directory.deleted',
    'directory_user.created', 'directory_user.updated', 'directory_user.deleted',
    'directory_group.created', 'directory_group.updated', 'directory_group.deleted',
    'directory_group.member_added', 'directory_group.member_removed')"""
_SUBJECT = {
    "postgresql": """(CAST(data AS jsonb) ->> CASE
        WHEN type IN ('role_grant.created', 'role_grant.deleted') THEN 'membership_id'
        WHEN type IN ('directory_group.member_added', 'directory_group.member_removed')
            THEN 'member_id'
        ELSE 'id' END)""",
    "sqlite": """json_extract(data, CASE
        WHEN type IN ('role_grant.created', 'role_grant.deleted') THEN '$.membership_id'
        WHEN type IN ('directory_group.member_added', 'directory_group.member_removed')
            THEN '$.member_id'
        ELSE '$.id' END)""",
}
_OF_MAPPINGS = sa.text(
    """type IN (
    'group_role_mapping.created', 'group_role_mapping.updated', 'group_role_mapping.deleted')"""
)
_GRANTED_ROLE = {
    "postgresql": "(CAST(data AS jsonb) #>> '{role,name}')",
    "sqlite": "json_extract(data, '$.role.name')",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    subject, role = _SUBJECT[dialect], _GRANTED_ROLE[dialect]
    op.execute(f"CREATE INDEX ix_events_subject ON events (({subject})) WHERE {_OF_HISTORY}")
    op.execute(
        f"CREATE INDEX ix_events_granted_role ON events (organization_id, ({role}))"
        " WHERE type = 'role_grant.created'"
    )
    op.create_index(
        "ix_events_mappings",
        "events",
        ["organization_id", "sequence"],
        unique=False,
        postgresql_where=_OF_MAPPINGS,
        sqlite_where=_OF_MAPPINGS,
    )
    op.create_table(
        "mapping_growths",
        sa.Column("mapping_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("people_before", sa.Integer(), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_mapping_growths_organization_id"),
        ),
        sa.PrimaryKeyConstraint("mapping_id", name=op.f("pk_mapping_growths")),
    )
    op.create_index("ix_mapping_growths_organization_id", "mapping_growths", ["organization_id"])
    op.add_column("conflicts", sa.Column("rejected_at", Moment(), nullable=True))
    op.add_column("conflicts", sa.Column("rejected_by", sa.Text(), nullable=True))
