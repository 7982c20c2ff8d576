"""Tables and columns of the admin API."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _new_tables()
    _new_columns()
    _grants_and_mappings_in_workspaces()
    _permissions_of_built_in_roles()
    _jobs()


def _new_tables() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        "ix_audit_entries_organization_id_id",
        "audit_entries",
        ["organization_id", "id"],
        unique=False,
    )

    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("signs_from", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "role_permissions",
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_role_permissions_role_id")
        ),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_permissions")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_api_keys_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index("uq_api_keys_key_hash", "api_keys", ["key_hash"], unique=True)

    op.create_table(
        "connections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("assign_membership_on_login", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint("protocol IN ('oidc', 'saml')", name=op.f("ck_connections_protocol")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_connections_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    op.create_index(
        "ix_connections_organization_id_id", "connections", ["organization_id", "id"], unique=False
    )
    op.create_index("uq_connections_external_id", "connections", ["external_id"], unique=True)

    op.create_table(
        "workspaces",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("metadata", sa.Text(), server_default="{}", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_workspaces_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
    )
    op.create_index(
        "ix_workspaces_organization_id_id", "workspaces", ["organization_id", "id"], unique=False
    )
    op.create_index(
        "uq_workspaces_organization_id_external_id",
        "workspaces",
        ["organization_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_workspaces_organization_id_name",
        "workspaces",
        ["organization_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )

    op.create_table(
        "idempotent_answers",
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_idempotent_answers_api_key_id")
        ),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_idempotent_answers")),
    )
    op.create_index(
        "ix_idempotent_answers_created_at", "idempotent_answers", ["created_at"], unique=False
    )

    op.create_table(
        "issuers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("connection_id", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("audiences", sa.Text(), nullable=False),
        sa.Column("jwks_uri", sa.Text(), nullable=True),
        sa.Column("jwks", sa.Text(), nullable=True),
        sa.Column("jwks_fetched_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_issuers_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_issuers_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuers")),
    )
    op.create_index("ix_issuers_organization_id", "issuers", ["organization_id"], unique=False)
    op.create_index("uq_issuers_issuer", "issuers", ["issuer"], unique=True)

    op.create_table(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role_ids", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), server_default="{}", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("invited_by", sa.Text(), nullable=True),
        sa.Column("resent_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_user_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'expired', 'revoked')",
            name=op.f("ck_invitations_status"),
        ),
        sa.ForeignKeyConstraint(
            ["accepted_user_id"], ["users.id"], name=op.f("fk_invitations_accepted_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_invitations_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index(
        "ix_invitations_email_key",
        "invitations",
        ["email_key"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_invitations_expires_at",
        "invitations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_invitations_organization_id_id", "invitations", ["organization_id", "id"], unique=False
    )
    op.create_index(
        "uq_invitations_organization_id_email_key",
        "invitations",
        ["organization_id", "email_key"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index("uq_invitations_token_hash", "invitations", ["token_hash"], unique=True)

    op.create_table(
        "sign_in_identities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_sign_in_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_sign_in_identities_issuer_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_in_identities_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_identities")),
    )
    op.create_index(
        "ix_sign_in_identities_user_id", "sign_in_identities", ["user_id"], unique=False
    )
    op.create_index(
        "uq_sign_in_identities_issuer_id_subject",
        "sign_in_identities",
        ["issuer_id", "subject"],
        unique=True,
    )

    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_outgoing_mails_invitation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_outgoing_mails_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
    )
    op.create_index(
        "ix_outgoing_mails_invitation_id", "outgoing_mails", ["invitation_id"], unique=False
    )
    op.create_index(
        "ix_outgoing_mails_next_at",
        "outgoing_mails",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )

    op.create_table(
        "workspace_members",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("membership_id", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_workspace_members_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_workspace_members_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_workspace_members_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace_members")),
    )
    op.create_index(
        "ix_workspace_members_membership_id", "workspace_members", ["membership_id"], unique=False
    )
    op.create_index(
        "uq_workspace_members_workspace_id_membership_id",
        "workspace_members",
        ["workspace_id", "membership_id"],
        unique=True,
    )


def _new_columns() -> None:
    op.add_column("directories", sa.Column("deleting_at", Moment(), nullable=True))
    op.add_column(
        "memberships",
        sa.Column("provisioned_by", sa.Text(), server_default="directory", nullable=False),
    )
    op.add_column("memberships", sa.Column("suspended_by_admin_at", Moment(), nullable=True))
    op.add_column(
        "memberships",
        sa.Column(
            "directory_managed", sa.Boolean(), server_default=sa.text("true"), nullable=False
        ),
    )
    op.add_column("organizations", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("slug", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("external_id", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("logo_url", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("primary_color", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("page_background", sa.Text(), nullable=True))
    op.add_column(
        "organizations", sa.Column("metadata", sa.Text(), server_default="{}", nullable=False)
    )
    op.add_column("organizations", sa.Column("region_code", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("creator_role_id", sa.Text(), nullable=True))
    op.add_column(
        "organizations",
        sa.Column("sign_in_policy", sa.Text(), server_default="anyone", nullable=False),
    )
    op.add_column("organizations", sa.Column("seat_limit", sa.Integer(), nullable=True))
    op.add_column("organizations", sa.Column("allowed_email_domains", sa.Text(), nullable=True))
    op.add_column(
        "organizations", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "organizations",
        sa.Column("roles_version", sa.Integer(), server_default="1", nullable=False),
    )
    op.add_column("organizations", sa.Column("deleted_at", Moment(), nullable=True))
    op.create_index(
        "ix_organizations_display_name", "organizations", ["display_name"], unique=False
    )
    op.create_index(
        "uq_organizations_external_id",
        "organizations",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_organizations_name",
        "organizations",
        ["name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_organizations_slug",
        "organizations",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.add_column("roles", sa.Column("display_name", sa.Text(), nullable=True))
    op.add_column("roles", sa.Column("description", sa.Text(), nullable=True))
    op.add_column("roles", sa.Column("extends_role_id", sa.Text(), nullable=True))
    op.add_column("roles", sa.Column("created_at", Moment(), nullable=True))
    op.add_column("roles", sa.Column("updated_at", Moment(), nullable=True))
    op.add_column("roles", sa.Column("deleted_at", Moment(), nullable=True))
    op.drop_index("uq_roles_organization_id_name", "roles")
    op.create_index(
        "uq_roles_organization_id_name",
        "roles",
        ["organization_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.add_column("users", sa.Column("external_id", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("phone_number", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("picture_url", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("metadata", sa.Text(), server_default="{}", nullable=False))
    op.add_column(
        "users", sa.Column("provisioned_by", sa.Text(), server_default="directory", nullable=False)
    )
    op.add_column("users", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("users", sa.Column("deleted_at", Moment(), nullable=True))
    op.create_index(
        "uq_users_external_id",
        "users",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )


def _grants_and_mappings_in_workspaces() -> None:
    with op.batch_alter_table("grants") as grants:
        grants.add_column(sa.Column("workspace_id", sa.Text(), server_default="", nullable=False))
        grants.drop_constraint(op.f("ck_grants_source_type"), type_="check")
        grants.create_check_constraint(
            op.f("ck_grants_source_type"),
            "source_type IN ('direct', 'mapping', 'default', 'connection', 'domain')",
        )
    op.drop_index("uq_grants_membership_id_role_id_source", "grants")
    op.create_index(
        "uq_grants_membership_id_role_id_source",
        "grants",
        ["membership_id", "role_id", "source_type", "source_id", "workspace_id"],
        unique=True,
    )
    op.create_index(
        "ix_grants_workspace_id",
        "grants",
        ["workspace_id"],
        unique=False,
        postgresql_where=sa.text("workspace_id <> ''"),
        sqlite_where=sa.text("workspace_id <> ''"),
    )
    op.add_column(
        "mappings", sa.Column("workspace_id", sa.Text(), server_default="", nullable=False)
    )
    op.drop_index("uq_mappings_group_id_role_id", "mappings")
    op.create_index(
        "uq_mappings_group_id_role_id_workspace_id",
        "mappings",
        ["group_id", "role_id", "workspace_id"],
        unique=True,
    )


def _permissions_of_built_in_roles() -> None:
    members = ["organization:read", "members:read", "workspaces:read"]
    managed = ["members", "roles", "invitations", "workspaces", "domains", "directories"]
    permissions = {
        "role_owner": ["*:*"],
        "role_admin": [
            "organization:read",
            "organization:update",
            *(f"{one}:*" for one in managed),
        ],
        "role_member": members,
        "role_guest": ["organization:read"],
    }
    op.bulk_insert(
        sa.table("role_permissions", sa.column("role_id"), sa.column("permission")),
        [
            {"role_id": role_id, "permission": permission}
            for role_id, granted in permissions.items()
            for permission in granted
        ],
    )


def _jobs() -> None:
    op.bulk_insert(
        sa.table("periodic_jobs", sa.column("name"), sa.column("next_at", Moment())),
        [
            {"name": name, "next_at": datetime(2026, 1, 1, tzinfo=UTC)}
            for name in ("housekeeping", "renew_signing_keys", "send_mails", "expire_invitations")
        ],
    )
