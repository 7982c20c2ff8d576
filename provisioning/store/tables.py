"""
Every table, on one page.

Names of constraints matter: `integrity.py` tells a refusal by them. Every tenant-owned row carries
its `organization_id`, and every statement asks for it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from provisioning.store.types import SEARCH_DOCUMENT, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ROWID = BigInteger().with_variant(Integer, "sqlite")

# --- organizations and the people in them -------------------------------------------------------

organizations = Table(
    "organizations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("default_role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("role_mode", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # NULL: made by a release that knew no names; its id serves as one.
    Column("name", Text),
    Column("slug", Text),
    Column("external_id", Text),
    Column("logo_url", Text),
    Column("primary_color", Text),
    Column("page_background", Text),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("region_code", Text),
    # The role of whoever makes the organization for themselves; NULL: owner.
    Column("creator_role_id", Text),
    Column("sign_in_policy", Text, nullable=False, server_default="anyone"),
    Column("seat_limit", Integer),
    # JSON list of the domains that invitations and direct additions may have; NULL: any.
    Column("allowed_email_domains", Text),
    Column("version", Integer, nullable=False, server_default="1"),
    # Grows with every change of its roles: who remembers them knows so whether they are the same.
    Column("roles_version", Integer, nullable=False, server_default="1"),
    Column("deleted_at", Moment),
    CheckConstraint("role_mode IN ('union', 'highest')", name="role_mode"),
    Index(
        "uq_organizations_name",
        "name",
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
    Index(
        "uq_organizations_slug",
        "slug",
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
    Index(
        "uq_organizations_external_id",
        "external_id",
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
    Index("ix_organizations_display_name", "display_name"),
)

# One row per organization, locked by whoever drains it. Not the counter row below: writers of
# events take that one, and must not wait for a whole drain.
organization_syncs = Table(
    "organization_syncs",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("drained_at", Moment),
)

event_counters = Table(
    "event_counters",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False, server_default="0"),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text),
    # The folded address, held by at most one account. NULL: the account does not speak for it.
    Column("email_key", Text),
    Column("display_name", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    # The directory whose word on the profile counts; NULL: nobody's but the person's own.
    Column("authority_directory_id", Text, ForeignKey("directories.id")),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("external_id", Text),
    Column("phone_number", Text),
    Column("picture_url", Text),
    Column("metadata", Text, nullable=False, server_default="{}"),
    # What made the account: directory, api, sign_in, invitation.
    Column("provisioned_by", Text, nullable=False, server_default="directory"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("deleted_at", Moment),
    Index("uq_users_email_key", "email_key", unique=True),
    Index(
        "uq_users_external_id",
        "external_id",
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
    # Those who are shown with an address that another account holds.
    Index(
        "ix_users_awaiting_address",
        "id",
        postgresql_where=text("email_key IS NULL AND email IS NOT NULL"),
        sqlite_where=text("email_key IS NULL AND email IS NOT NULL"),
    ),
)

identities = Table(
    "identities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    Column("directory_user_id", Text, ForeignKey("directory_users.id"), nullable=False),
    # Who the directory said it was, kept after a DELETE so that the person is known on return.
    Column("external_id", Text),
    Column("user_name_folded", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("uq_identities_directory_user_id", "directory_user_id", unique=True),
    Index("ix_identities_user_id", "user_id", "organization_id"),
    Index("ix_identities_directory_id_external_id", "directory_id", "external_id"),
    Index("ix_identities_directory_id_user_name_folded", "directory_id", "user_name_folded"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("status", Text, nullable=False),
    # The profile as the events have told it: JSON. Another organization may change the user's.
    Column("told_profile", Text, nullable=False, server_default="{}"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # What made the membership: directory, api, sign_in, invitation, domain.
    Column("provisioned_by", Text, nullable=False, server_default="directory"),
    # Set while an administrator keeps the person out, whatever the directories say.
    Column("suspended_by_admin_at", Moment),
    # Whether the directories decide about it: from the moment one knows the person, until an
    # administrator takes in again whom they have all let go.
    Column(
        "directory_managed",
        Boolean(create_constraint=False),
        nullable=False,
        server_default=text("true"),
    ),
    CheckConstraint("status IN ('active', 'suspended', 'removed')", name="status"),
    Index("uq_memberships_organization_id_user_id", "organization_id", "user_id", unique=True),
    Index("ix_memberships_user_id", "user_id"),
)

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
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("membership_id", Text, ForeignKey("memberships.id"), nullable=False),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
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
        postgresql_where=text("workspace_id <> ''"),
        sqlite_where=text("workspace_id <> ''"),
    ),
)

# --- directories: what the identity providers say ------------------------------------------------

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
    CheckConstraint("type IN ('okta', 'entra', 'generic')", name="type"),
    Index("ix_directories_organization_id", "organization_id"),
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
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
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
    Index(
        "uq_directory_users_user_name",
        "directory_id",
        "user_name_folded",
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
    Index("ix_directory_users_directory_id_external_id", "directory_id", "external_id"),
    Index(
        # With all that a page asks for, so that counting it does not open the rows.
        "ix_directory_users_organization_id_directory_id_id",
        "organization_id",
        "directory_id",
        "id",
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
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
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("display_name_folded", Text, nullable=False),
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
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
    ),
    Index("ix_directory_groups_directory_id_external_id", "directory_id", "external_id"),
    Index(
        "ix_directory_groups_organization_id_directory_id_id",
        "organization_id",
        "directory_id",
        "id",
        postgresql_where=text("deleted_at IS NULL"),
        sqlite_where=text("deleted_at IS NULL"),
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

# --- what must be looked at, what happened, what could not be done --------------------------------

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
    CheckConstraint("decision IN ('link', 'keep_apart')", name="decision"),
    CheckConstraint("resolution IN ('link', 'keep_apart', 'moot')", name="resolution"),
    Index(
        "uq_conflicts_directory_user_id",
        "directory_user_id",
        unique=True,
        postgresql_where=text("resolved_at IS NULL"),
        sqlite_where=text("resolved_at IS NULL"),
    ),
    Index("ix_conflicts_organization_id", "organization_id"),
)

parked_changes = Table(
    "parked_changes",
    metadata,
    Column("membership_id", Text, ForeignKey("memberships.id"), primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("wanted_status", Text, nullable=False),
    Column("parked_at", Moment, nullable=False),
    Index("ix_parked_changes_organization_id", "organization_id"),
)

# Periodic work claims its row, so two beats are harmless.
periodic_jobs = Table(
    "periodic_jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Moment, nullable=False),
    Column("last_at", Moment),
)
