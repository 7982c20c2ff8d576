"""Roles, who has them, and the groups that give them."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import LIVING, where
from provisioning.store.types import Moment

roles = Table(
    "roles",
    metadata,
    Column("id", Text, primary_key=True),
    # NULL: built in, the same for every organization.
    Column("organization_id", Text),
    Column("name", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("display_name", Text),
    Column("description", Text),
    # The role whose permissions this one has, too.
    Column("extends_role_id", Text),
    Column("created_at", Moment),
    Column("updated_at", Moment),
    # The row stays: grants of former days have the role.
    Column("deleted_at", Moment),
    Index(
        "uq_roles_organization_id_name",
        "organization_id",
        "name",
        unique=True,
        **LIVING,
    ),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("membership_id", Text, nullable=False),
    Column("role_id", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    # The mapping of a mapped grant; '' otherwise, since NULLs are never equal in a unique index.
    Column("source_id", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    # A grant that comes back is the same row: its id survives.
    Column("revoked_at", Moment),
    # Of a mapped grant, the group that gave it: its mapping may move to another, or go.
    Column("group_id", Text),
    # '': in the whole organization. Not NULL, for the unique index's sake.
    Column("workspace_id", Text, nullable=False, server_default=""),
    CheckConstraint(
        "source_type IN ('direct', 'mapping', 'default', 'connection', 'domain')",
        name="source_type",
    ),
    Index(
        "uq_grants_membership_id_role_id_source",
        "membership_id",
        "role_id",
        "source_type",
        "source_id",
        "workspace_id",
        unique=True,
    ),
    Index("ix_grants_organization_id_role_id", "organization_id", "role_id"),
    Index(
        "ix_grants_workspace_id",
        "workspace_id",
        **where("workspace_id <> ''"),
    ),
)

mappings = Table(
    "mappings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    # NULL: declared by name, and no group of that name has been seen yet.
    Column("group_id", Text, ForeignKey("directory_groups.id")),
    Column("group_name", Text),
    Column("group_name_folded", Text),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    # '': the role holds in the whole organization.
    Column("workspace_id", Text, nullable=False, server_default=""),
    CheckConstraint("group_id IS NOT NULL OR group_name IS NOT NULL", name="group"),
    Index(
        "uq_mappings_group_id_role_id_workspace_id",
        "group_id",
        "role_id",
        "workspace_id",
        unique=True,
    ),
    Index("ix_mappings_directory_id_group_name_folded", "directory_id", "group_name_folded"),
)
