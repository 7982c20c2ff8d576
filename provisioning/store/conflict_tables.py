"""What could not be done, and waits for an administrator."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import where
from provisioning.store.types import Moment

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("directory_user_id", Text, ForeignKey("directory_users.id"), nullable=False),
    # The account that holds the address.
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    # What an administrator says; the drain does it, and resolves the conflict.
    Column("decision", Text),
    Column("resolved_at", Moment),
    Column("resolution", Text),
    # Who said so, for the event.
    Column("decided_by", Text),
    # Set while an administrator keeps the person out; the conflict stays, and nothing follows.
    Column("rejected_at", Moment),
    Column("rejected_by", Text),
    CheckConstraint("decision IN ('link', 'keep_apart')", name="decision"),
    CheckConstraint("resolution IN ('link', 'keep_apart', 'moot')", name="resolution"),
    Index(
        "uq_conflicts_directory_user_id",
        "directory_user_id",
        unique=True,
        **where("resolved_at IS NULL"),
    ),
    Index("ix_conflicts_organization_id", "organization_id"),
    Index("ix_conflicts_user_id", "user_id", **where("resolved_at IS NULL")),
)

parked_changes = Table(
    "parked_changes",
    metadata,
    Column("membership_id", Text, ForeignKey("memberships.id"), primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("wanted_status", Text, nullable=False),
    Column("parked_at", Moment, nullable=False),
    # The evidence: what was written by which directory, of which of its users, and when.
    Column("directory_id", Text),
    Column("directory_user_id", Text),
    Column("said", Text),
    Column("said_at", Moment),
    # What an administrator says: `released`, and the drain does it; `rejected`, and it stays.
    Column("decision", Text),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Index("ix_parked_changes_organization_id", "organization_id"),
    Index("ix_parked_changes_directory_id", "directory_id", "membership_id"),
    # Those that every drain asks for: they wait for what happens to others.
    Index(
        "ix_parked_changes_last_owner",
        "organization_id",
        **where("reason = 'last_owner'"),
    ),
)
