"""What guards an organization against a directory that lets many people go at once."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from provisioning.store.metadata import metadata
from provisioning.store.types import Moment

# No row: the policy is the default one, and the breaker has never tripped.
directory_breakers = Table(
    "directory_breakers",
    metadata,
    Column("directory_id", Text, ForeignKey("directories.id"), primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("enabled", Boolean(create_constraint=False), nullable=False),
    Column("max_count", Integer, nullable=False),
    Column("max_share", Float, nullable=False),
    Column("window_seconds", Integer, nullable=False),
    # Set while losses are held.
    Column("tripped_at", Moment),
    # No loss before it counts: the beginning of the window that is judged as one while it is
    # tripped, and after that the moment when it was closed.
    Column("since", Moment),
    CheckConstraint("max_count >= 0", name="max_count"),
    CheckConstraint("max_share >= 0 AND max_share <= 1", name="max_share"),
    CheckConstraint("window_seconds > 0", name="window_seconds"),
    Index("ix_directory_breakers_organization_id", "organization_id"),
)
