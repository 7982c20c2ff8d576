"""People who have asked to join by signing in, and whom an administrator lets in or does not."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import where
from provisioning.store.types import Moment

join_requests = Table(
    "join_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    # As it was proven; empty once the person is purged.
    Column("email", Text, nullable=False),
    # The name of the domain by which they asked, which may be nobody's since.
    Column("domain", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    # When it ended, and by whom, if by somebody.
    Column("ended_at", Moment),
    Column("decided_by", Text),
    CheckConstraint(
        "status IN ('pending', 'approved', 'declined', 'expired', 'withdrawn')", name="status"
    ),
    Index(
        "uq_join_requests_organization_id_user_id",
        "organization_id",
        "user_id",
        unique=True,
        **where("status = 'pending'"),
    ),
    Index("ix_join_requests_organization_id_id", "organization_id", "id"),
    Index("ix_join_requests_user_id", "user_id"),
    Index("ix_join_requests_expires_at", "expires_at", **where("status = 'pending'")),
    Index("ix_join_requests_ended_at", "ended_at", **where("ended_at IS NOT NULL")),
)
