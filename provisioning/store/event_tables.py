"""What happened, in an order without gaps per organization."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.types import Moment

event_counters = Table(
    "event_counters",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False, server_default="0"),
)

events = Table(
    "events",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("timestamp", Moment, nullable=False),
    Column("data", Text, nullable=False),
    Column("previous_attributes", Text),
    Column("context", Text, nullable=False),
    Index("uq_events_id", "id", unique=True),
)
