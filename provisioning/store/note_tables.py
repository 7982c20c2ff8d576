"""What must be looked at: notes, those set aside, and the periodic work that looks after them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.types import Moment

ROWID = BigInteger().with_variant(Integer, "sqlite")

# One row per organization, locked by whoever drains it. Not the counter row below: writers of
# events take that one, and must not wait for a whole drain.
organization_syncs = Table(
    "organization_syncs",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("drained_at", Moment),
)

# Append-only: an upsert would make a SCIM write wait for the drain that is deleting the row.
notes = Table(
    "notes",
    metadata,
    Column("id", ROWID, primary_key=True, autoincrement=True),
    Column("organization_id", Text, nullable=False),
    Column("directory_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("kind IN ('user', 'group', 'group_members', 'directory')", name="kind"),
    Index("ix_notes_organization_id_id", "organization_id", "id"),
)

# Notes that a drain could not settle, alone in a transaction: out of the way of the others, and
# tried again.
set_aside_notes = Table(
    "set_aside_notes",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("directory_id", Text, nullable=False),
    # No words of the error's own, in which there may be addresses.
    Column("error", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("set_aside_at", Moment, nullable=False),
    # NULL: there is a note about it again, and the next drain tries.
    Column("next_at", Moment),
    CheckConstraint("kind IN ('user', 'group', 'group_members', 'directory')", name="kind"),
)

# Periodic work claims its row, so two beats are harmless.
periodic_jobs = Table(
    "periodic_jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Moment, nullable=False),
    Column("last_at", Moment),
)
