"""What the identity providers say: users, groups and members, and the tokens they say it with."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import LIVING, where
from provisioning.store.types import SEARCH_DOCUMENT, Moment

directories = Table(
    "directories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # Its organization was deleted: the IdP gets 404, and everything in it goes.
    Column("deleting_at", Moment),
    # Deleted, but its people stay: with the roles of its groups granted by hand, or without them.
    Column("kept_roles", Text),
    # NULL: it is resynced when somebody asks for it only.
    Column("resync_interval_seconds", Integer, server_default="86400"),
    # NULL: made by a release that knew no schedule; the next tick gives it its time.
    Column("next_run_at", Moment),
    CheckConstraint("type IN ('okta', 'entra', 'generic')", name="type"),
    Index("ix_directories_organization_id", "organization_id"),
    Index("ix_directories_next_run_at", "next_run_at", **where("deleting_at IS NULL")),
)

directory_tokens = Table(
    "directory_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("last_four", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Index("uq_directory_tokens_token_hash", "token_hash", unique=True),
    Index("ix_directory_tokens_directory_id", "directory_id"),
)

directory_users = Table(
    "directory_users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    Column("user_name", Text, nullable=False),
    Column("user_name_folded", Text, nullable=False),
    Column("external_id", Text),
    Column("active", Boolean(create_constraint=False), nullable=False),
    Column("email", Text),
    Column("display_name", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    # The resource as the IdP wrote it: JSON text, answered byte for byte.
    Column("document", Text, nullable=False),
    # The same tree with names lower-cased and text folded; only filters read it.
    Column("search", SEARCH_DOCUMENT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    # What the events have told: the version, and the document if it has been overwritten since.
    Column("told_version", Integer, nullable=False, server_default="0"),
    Column("told_document", Text),
    # Of a tombstone: who it was, before the person came back as another directory user.
    Column("former_user_id", Text),
    Index(
        "ix_directory_users_former_user_id",
        "former_user_id",
        **where("former_user_id IS NOT NULL"),
    ),
    Index(
        "uq_directory_users_user_name",
        "directory_id",
        "user_name_folded",
        unique=True,
        **LIVING,
    ),
    Index("ix_directory_users_directory_id_external_id", "directory_id", "external_id"),
    Index(
        # With all that a page asks for, so that counting it does not open the rows.
        "ix_directory_users_organization_id_directory_id_id",
        "organization_id",
        "directory_id",
        "id",
        **LIVING,
    ),
    Index(
        "ix_directory_users_gone",
        "organization_id",
        "directory_id",
        "id",
        **where("deleted_at IS NOT NULL"),
    ),
    Index(
        "ix_directory_users_search",
        "search",
        postgresql_using="gin",
        postgresql_ops={"search": "jsonb_path_ops"},
    ).ddl_if(dialect="postgresql"),
    # Room on the page for a row that is only suspended: then no index has to be told.
    postgresql_with={"fillfactor": 85},
)

directory_groups = Table(
    "directory_groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("display_name_folded", Text, nullable=False),
    # Of one that was renamed before anybody was told of it: as it was created.
    Column("first_name_folded", Text),
    Column("external_id", Text),
    Column("document", Text, nullable=False),
    Column("search", SEARCH_DOCUMENT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Column("told_version", Integer, nullable=False, server_default="0"),
    Column("told_document", Text),
    Index(
        "uq_directory_groups_display_name",
        "directory_id",
        "display_name_folded",
        unique=True,
        **LIVING,
    ),
    Index("ix_directory_groups_directory_id_external_id", "directory_id", "external_id"),
    Index(
        "ix_directory_groups_organization_id_directory_id_id",
        "organization_id",
        "directory_id",
        "id",
        **LIVING,
    ),
)

directory_group_members = Table(
    "directory_group_members",
    metadata,
    Column("group_id", Text, ForeignKey("directory_groups.id"), primary_key=True),
    # A user or a group of the same directory; the prefix of the id tells which.
    Column("member_id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("directory_id", Text, nullable=False),
    # Set until the removal has been told as an event; then the row goes.
    Column("removed_at", Moment),
    Column("told", Boolean(create_constraint=False), nullable=False),
    Index("ix_directory_group_members_member_id", "member_id", "directory_id"),
)
