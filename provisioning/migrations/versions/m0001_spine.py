"""The spine: organizations, directories, memberships, notes and events."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import SEARCH_DOCUMENT, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('user', 'group', 'group_members', 'directory')", name=op.f("ck_notes_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_organization_id_id", "notes", ["organization_id", "id"], unique=False)

    op.create_table(
        "periodic_jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_jobs")),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
    )
    op.create_index(
        "uq_roles_organization_id_name", "roles", ["organization_id", "name"], unique=True
    )

    op.create_table(
        "organizations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("default_role_id", sa.Text(), nullable=False),
        sa.Column("role_mode", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "role_mode IN ('union', 'highest')", name=op.f("ck_organizations_role_mode")
        ),
        sa.ForeignKeyConstraint(
            ["default_role_id"], ["roles.id"], name=op.f("fk_organizations_default_role_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "directories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "type IN ('okta', 'entra', 'generic')", name=op.f("ck_directories_type")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_directories_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directories")),
    )
    op.create_index(
        "ix_directories_organization_id", "directories", ["organization_id"], unique=False
    )

    op.create_table(
        "event_counters",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_event_counters_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_event_counters")),
    )
    op.create_table(
        "events",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("timestamp", Moment(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous_attributes", sa.Text(), nullable=True),
        sa.Column("context", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_events_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "sequence", name=op.f("pk_events")),
    )
    op.create_index("uq_events_id", "events", ["id"], unique=True)

    op.create_table(
        "organization_syncs",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("drained_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_organization_syncs_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_syncs")),
    )
    op.create_table(
        "directory_groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("display_name_folded", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("search", SEARCH_DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("told_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_document", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_directory_groups_directory_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_directory_groups_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_groups")),
    )
    op.create_index(
        "ix_directory_groups_directory_id_external_id",
        "directory_groups",
        ["directory_id", "external_id"],
        unique=False,
    )
    op.create_index(
        "ix_directory_groups_organization_id_directory_id_id",
        "directory_groups",
        ["organization_id", "directory_id", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_directory_groups_display_name",
        "directory_groups",
        ["directory_id", "display_name_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )

    op.create_table(
        "directory_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_directory_tokens_directory_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_directory_tokens_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_tokens")),
    )
    op.create_index(
        "ix_directory_tokens_directory_id", "directory_tokens", ["directory_id"], unique=False
    )
    op.create_index(
        "uq_directory_tokens_token_hash", "directory_tokens", ["token_hash"], unique=True
    )

    op.create_table(
        "directory_users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_name_folded", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("search", SEARCH_DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("told_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_document", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_directory_users_directory_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_directory_users_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_users")),
        postgresql_with={"fillfactor": 85},
    )
    op.create_index(
        "ix_directory_users_directory_id_external_id",
        "directory_users",
        ["directory_id", "external_id"],
        unique=False,
    )
    op.create_index(
        "ix_directory_users_organization_id_directory_id_id",
        "directory_users",
        ["organization_id", "directory_id", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_directory_users_search",
            "directory_users",
            ["search"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"search": "jsonb_path_ops"},
        )
    op.create_index(
        "uq_directory_users_user_name",
        "directory_users",
        ["directory_id", "user_name_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )

    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("authority_directory_id", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_directory_id"],
            ["directories.id"],
            name=op.f("fk_users_authority_directory_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email_key", "users", ["email_key"], unique=True)

    op.create_table(
        "conflicts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_user_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("resolved_at", Moment(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('link', 'keep_apart')", name=op.f("ck_conflicts_decision")
        ),
        sa.CheckConstraint(
            "resolution IN ('link', 'keep_apart', 'moot')", name=op.f("ck_conflicts_resolution")
        ),
        sa.ForeignKeyConstraint(
            ["directory_user_id"],
            ["directory_users.id"],
            name=op.f("fk_conflicts_directory_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_conflicts_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_conflicts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index("ix_conflicts_organization_id", "conflicts", ["organization_id"], unique=False)
    op.create_index(
        "uq_conflicts_directory_user_id",
        "conflicts",
        ["directory_user_id"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
        sqlite_where=sa.text("resolved_at IS NULL"),
    )

    op.create_table(
        "directory_group_members",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["directory_groups.id"], name=op.f("fk_directory_group_members_group_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "member_id", name=op.f("pk_directory_group_members")),
    )
    op.create_index(
        "ix_directory_group_members_member_id",
        "directory_group_members",
        ["member_id", "directory_id"],
        unique=False,
    )

    op.create_table(
        "identities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("directory_user_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("user_name_folded", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_identities_directory_id")
        ),
        sa.ForeignKeyConstraint(
            ["directory_user_id"],
            ["directory_users.id"],
            name=op.f("fk_identities_directory_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_identities_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identities_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    op.create_index(
        "ix_identities_directory_id_external_id",
        "identities",
        ["directory_id", "external_id"],
        unique=False,
    )
    op.create_index(
        "ix_identities_directory_id_user_name_folded",
        "identities",
        ["directory_id", "user_name_folded"],
        unique=False,
    )
    op.create_index(
        "ix_identities_user_id", "identities", ["user_id", "organization_id"], unique=False
    )
    op.create_index(
        "uq_identities_directory_user_id", "identities", ["directory_user_id"], unique=True
    )

    op.create_table(
        "mappings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("directory_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("group_name_folded", sa.Text(), nullable=True),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "group_id IS NOT NULL OR group_name IS NOT NULL", name=op.f("ck_mappings_group")
        ),
        sa.ForeignKeyConstraint(
            ["directory_id"], ["directories.id"], name=op.f("fk_mappings_directory_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["directory_groups.id"], name=op.f("fk_mappings_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_mappings_organization_id")
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_mappings_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mappings")),
    )
    op.create_index(
        "ix_mappings_directory_id_group_name_folded",
        "mappings",
        ["directory_id", "group_name_folded"],
        unique=False,
    )
    op.create_index(
        "uq_mappings_group_id_role_id", "mappings", ["group_id", "role_id"], unique=True
    )

    op.create_table(
        "memberships",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'removed')", name=op.f("ck_memberships_status")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_index(
        "uq_memberships_organization_id_user_id",
        "memberships",
        ["organization_id", "user_id"],
        unique=True,
    )

    op.create_table(
        "grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("membership_id", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "source_type IN ('direct', 'mapping', 'default')", name=op.f("ck_grants_source_type")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_grants_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_grants_organization_id")
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_grants_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(
        "ix_grants_organization_id_role_id", "grants", ["organization_id", "role_id"], unique=False
    )
    op.create_index(
        "uq_grants_membership_id_role_id_source",
        "grants",
        ["membership_id", "role_id", "source_type", "source_id"],
        unique=True,
    )

    op.create_table(
        "parked_changes",
        sa.Column("membership_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wanted_status", sa.Text(), nullable=False),
        sa.Column("parked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_parked_changes_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_parked_changes_organization_id"),
        ),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_parked_changes")),
    )
    op.create_index(
        "ix_parked_changes_organization_id", "parked_changes", ["organization_id"], unique=False
    )

    # Built in, the same for every organization (rank: who outranks whom in role_mode "highest").
    op.bulk_insert(
        sa.table("roles", sa.column("id"), sa.column("name"), sa.column("rank")),
        [
            {"id": "role_owner", "name": "owner", "rank": 400},
            {"id": "role_admin", "name": "admin", "rank": 300},
            {"id": "role_member", "name": "member", "rank": 200},
            {"id": "role_guest", "name": "guest", "rank": 100},
        ],
    )
    op.bulk_insert(
        sa.table("periodic_jobs", sa.column("name"), sa.column("next_at", Moment())),
        [{"name": "sweep", "next_at": datetime(2026, 1, 1, tzinfo=UTC)}],
    )
