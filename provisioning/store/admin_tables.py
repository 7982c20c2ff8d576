"""
The tables of what the product's backend and its operators do by the admin API: workspaces,
invitations, connections and issuers, and the API's own keys, answers and audit trail.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import LIVING, where
from provisioning.store.types import Moment

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("external_id", Text),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Index(
        "uq_workspaces_organization_id_name",
        "organization_id",
        "name",
        unique=True,
        **LIVING,
    ),
    Index(
        "uq_workspaces_organization_id_external_id",
        "organization_id",
        "external_id",
        unique=True,
        **LIVING,
    ),
    Index("ix_workspaces_organization_id_id", "organization_id", "id"),
)

workspace_members = Table(
    "workspace_members",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("membership_id", Text, ForeignKey("memberships.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    # Who comes back is the same row: its id survives.
    Column("removed_at", Moment),
    Index(
        "uq_workspace_members_workspace_id_membership_id",
        "workspace_id",
        "membership_id",
        unique=True,
    ),
    Index("ix_workspace_members_membership_id", "membership_id"),
)

role_permissions = Table(
    "role_permissions",
    metadata,
    Column("role_id", Text, ForeignKey("roles.id"), primary_key=True),
    # `resource:action`, either of them `*`.
    Column("permission", Text, primary_key=True),
)

# How the people of an organization sign in: an IdP's OIDC or SAML connection in the product.
connections = Table(
    "connections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    # The product's own id of the connection.
    Column("external_id", Text),
    Column("assign_membership_on_login", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint("protocol IN ('oidc', 'saml')", name="protocol"),
    Index("ix_connections_organization_id_id", "organization_id", "id"),
    Index("uq_connections_external_id", "external_id", unique=True),
)

# Whose ID tokens are believed: the product's own sign-in, or one organization's connection.
issuers = Table(
    "issuers",
    metadata,
    Column("id", Text, primary_key=True),
    # NULL: speaks for people of any organization.
    Column("organization_id", Text, ForeignKey("organizations.id")),
    Column("connection_id", Text, ForeignKey("connections.id")),
    # The `iss` claim, exactly.
    Column("issuer", Text, nullable=False),
    # JSON list of accepted `aud` values.
    Column("audiences", Text, nullable=False),
    Column("jwks_uri", Text),
    # The key set as last seen (RFC 7517), or as given where there is no URI.
    Column("jwks", Text),
    Column("jwks_fetched_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("uq_issuers_issuer", "issuer", unique=True),
    Index("ix_issuers_organization_id", "organization_id"),
)

# Who signed in by what: the person's own word, besides what directories say in `identities`.
sign_in_identities = Table(
    "sign_in_identities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("issuer_id", Text, ForeignKey("issuers.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_sign_in_at", Moment),
    Index("uq_sign_in_identities_issuer_id_subject", "issuer_id", "subject", unique=True),
    Index("ix_sign_in_identities_user_id", "user_id"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    # The `kid` of RFC 7517.
    Column("id", Text, primary_key=True),
    Column("algorithm", Text, nullable=False),
    # Encrypted with PROVISIONING_SECRET_KEY.
    Column("private_key", Text, nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # Published before it signs, and for as long as a token that it signed may live.
    Column("signs_from", Moment, nullable=False),
    Column("retired_at", Moment),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    # JSON list of role ids.
    Column("role_ids", Text, nullable=False),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("status", Text, nullable=False),
    # Of the latest token; a token is made when the invitation is sent, and kept nowhere.
    Column("token_hash", Text),
    # To a key of the organization: who has it need not have the mailbox.
    Column(
        "token_shown",
        Boolean(create_constraint=False),
        nullable=False,
        server_default=text("false"),
    ),
    Column("invited_by", Text),
    Column("resent_count", Integer, nullable=False, server_default="0"),
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("accepted_at", Moment),
    Column("accepted_user_id", Text, ForeignKey("users.id")),
    CheckConstraint(
        "status IN ('pending', 'accepted', 'expired', 'revoked')",
        name="status",
    ),
    Index(
        "uq_invitations_organization_id_email_key",
        "organization_id",
        "email_key",
        unique=True,
        **where("status = 'pending'"),
    ),
    Index("uq_invitations_token_hash", "token_hash", unique=True),
    Index("ix_invitations_organization_id_id", "organization_id", "id"),
    Index(
        "ix_invitations_expires_at",
        "expires_at",
        **where("status = 'pending'"),
    ),
    Index(
        "ix_invitations_email_key",
        "email_key",
        **where("status = 'pending'"),
    ),
)

# The outbox of e-mail: written with what it tells of, sent by a worker.
outgoing_mails = Table(
    "outgoing_mails",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("invitation_id", Text, ForeignKey("invitations.id"), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Moment),
    Column("sent_at", Moment),
    # The server's code and words about it, without addresses.
    Column("problem", Text),
    Column("created_at", Moment, nullable=False),
    Index(
        "ix_outgoing_mails_next_at",
        "next_at",
        **where("sent_at IS NULL"),
    ),
    Index("ix_outgoing_mails_invitation_id", "invitation_id"),
)

# --- the API itself ------------------------------------------------------------------------------

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    # NULL: of the whole installation. Otherwise nothing of another organization is seen with it.
    Column("organization_id", Text, ForeignKey("organizations.id")),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False),
    Column("last_four", Text, nullable=False),
    # JSON list.
    Column("scopes", Text, nullable=False),
    Column("requests_per_minute", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    Index("uq_api_keys_key_hash", "key_hash", unique=True),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Text, primary_key=True),
    # NULL: about no one organization.
    Column("organization_id", Text),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    # The operation's id in the OpenAPI document.
    Column("action", Text, nullable=False),
    # The id of what was changed.
    Column("target", Text),
    # 2xx, or the refusal's status.
    Column("status", Integer, nullable=False),
    Column("ip_address", Text),
    Column("user_agent", Text),
    Column("request_id", Text),
    Index("ix_audit_entries_organization_id_id", "organization_id", "id"),
    Index("ix_audit_entries_target", "target"),
)

# Answers to requests with an Idempotency-Key, written in the transaction of what they answer.
idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column("api_key_id", Text, ForeignKey("api_keys.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    # SHA-256 of method, path and body.
    Column("request_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("etag", Text, nullable=True),
    Index("ix_idempotent_answers_created_at", "created_at"),
)
