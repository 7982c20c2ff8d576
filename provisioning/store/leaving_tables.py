"""How people leave: the policies, and what is foreseen for whom."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import where
from provisioning.store.types import Moment

leaving_policies = Table(
    "leaving_policies",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    # '': of the organization, for directories that have none of their own. Not NULL, being a key.
    Column("directory_id", Text, primary_key=True),
    # NULL: as the organization has it; the row says since when.
    Column("grace_seconds", Integer),
    # NULL: nothing is purged.
    Column("retention_seconds", Integer),
    Column("changed_at", Moment, nullable=False),
)

leaving_steps = Table(
    "leaving_steps",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("membership_id", Text, ForeignKey("memberships.id"), nullable=False),
    # Whose policy it is; NULL: the organization's.
    Column("directory_id", Text),
    Column("step", Text, nullable=False),
    Column("planned_at", Moment, nullable=False),
    # Other than planned: put off by an administrator; NULL: called off.
    Column("due_at", Moment),
    # When a note is written about it, again and again until it is taken. NULL: never.
    Column("next_at", Moment),
    Column("created_at", Moment, nullable=False),
    # The time an administrator has chosen, of one that no policy asks for any more.
    Column("put_off_to", Moment),
    CheckConstraint("step IN ('remove', 'purge')", name="step"),
    Index("uq_leaving_steps_membership_id", "membership_id", unique=True),
    Index("ix_leaving_steps_organization_id_id", "organization_id", "id"),
    Index("ix_leaving_steps_next_at", "next_at", **where("next_at IS NOT NULL")),
)
