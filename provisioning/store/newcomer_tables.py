"""Whom directories bring, and the organization does not let in: people who are nobody here yet."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.types import Moment

held_newcomers = Table(
    "held_newcomers",
    metadata,
    Column("directory_user_id", Text, ForeignKey("directory_users.id"), primary_key=True),
    Column("organization_id", Text, nullable=False),
    # Folded, as it was when the drain looked: whoever becomes a member with it wakes the newcomer.
    Column("email_key", Text),
    Column("held_at", Moment, nullable=False),
    # NULL: an administrator is waited for. Rejected by nobody: the organization's policy refuses.
    Column("decision", Text),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    CheckConstraint("decision IN ('released', 'rejected')", name="decision"),
    Index("ix_held_newcomers_organization_id", "organization_id", "directory_user_id"),
    Index("ix_held_newcomers_email_key", "email_key"),
)
