"""Mappings that are no more."""

from sqlalchemy import Column, ForeignKey, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.types import Moment

removed_mappings = Table(
    "removed_mappings",
    metadata,
    Column("mapping_id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("removed_at", Moment, nullable=False),
)
