"""What happened, in an order without gaps per organization."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import where
from provisioning.store.types import Moment

event_counters = Table(
    "event_counters",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False, server_default="0"),
)

OF_MAPPINGS = """type IN (
    'group_role_mapping.created', 'group_role_mapping.updated', 'group_role_mapping.deleted')"""

events = Table(
    "events",
    metadata,
    Column("organization_id", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("timestamp", Moment, nullable=False),
    Column("data", Text, nullable=False),
    Column("previous_attributes", Text),
    Column("context", Text, nullable=False),
    Index("uq_events_id", "id", unique=True),
    Index("ix_events_mappings", "organization_id", "sequence", **where(OF_MAPPINGS)),
)

# Of whom an event is stands in its data: an expression and no column, so that an event is found
# whichever release told it. A statement that spells these otherwise does not use the indexes.
SUBJECT = {
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
# SQLite knows nothing of how many subjects there are, and would read all of the organization's.
HINTS = {"postgresql": "", "sqlite": " INDEXED BY ix_events_subject"}
OF_HISTORY = """type IN (
    'organization.created', 'organization.updated', 'organization_membership.created',
    'organization_membership.updated', 'organization_membership.deleted',
    'role_grant.created', 'role_grant.deleted', 'change.held', 'change.released',
    'group_role_mapping.created', 'group_role_mapping.updated', 'group_role_mapping.deleted',
    'directory.created', 'directory.updated', 'directory.deleted',
    'directory_user.created', 'directory_user.updated', 'directory_user.deleted',
    'directory_group.created', 'directory_group.updated', 'directory_group.deleted',
    'directory_group.member_added', 'directory_group.member_removed')"""
GRANTED_ROLE = {
    "postgresql": "(CAST(data AS jsonb) #>> '{role,name}')",
    "sqlite": "json_extract(data, '$.role.name')",
}
OF_GRANTS = "type = 'role_grant.created'"
NEWCOMER = {
    "postgresql": "(CAST(data AS jsonb) ->> 'directory_user_id')",
    "sqlite": "json_extract(data, '$.directory_user_id')",
}
OF_NEWCOMERS = "type IN ('newcomer.held', 'newcomer.refused', 'newcomer.released')"
OF_EXPRESSIONS = frozenset({"ix_events_subject", "ix_events_granted_role", "ix_events_newcomer"})
"""Indexes that only a migration makes: each engine reads them back in words of its own."""
