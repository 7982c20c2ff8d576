"""How many people had a role by a mapping when its present day began."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.types import Moment

mapping_growths = Table(
    "mapping_growths",
    metadata,
    # No foreign key: the row says nothing any more when the mapping is gone.
    Column("mapping_id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("people_before", Integer, nullable=False),
    # As far as drains have followed it; null: nobody has counted, as in a former release.
    Column("people", Integer),
    # Told once, until another day begins.
    Column("told_at", Moment),
    Index("ix_mapping_growths_organization_id", "organization_id"),
)
