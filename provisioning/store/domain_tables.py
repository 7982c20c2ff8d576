"""E-mail domains: what organizations claim, how far they have proven it, and what they had."""

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
from provisioning.store.types import Moment

domains = Table(
    "domains",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    # ASCII, lower case, no final dot.
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    # How it was proven; NULL: it was not yet.
    Column("method", Text),
    # Readable: it is shown again and again, and stands in DNS for everybody.
    Column("token", Text, nullable=False),
    # In front of the place of the record, for an account that wants a place of its own.
    Column("account_label", Text),
    # When the claim fails, unless it is proven before.
    Column("expires_at", Moment, nullable=False),
    # When a worker looks again; NULL: never by itself.
    Column("next_at", Moment),
    # Since the token was made.
    Column("attempts", Integer, nullable=False, server_default="0"),
    # JSON: the last observation, as `domain_proofs.Observation` tells it.
    Column("last_check", Text),
    Column("verified_at", Moment),
    # Of a verified one: the first of the looks that have found it gone.
    Column("proof_missing_since", Moment),
    # When a worker last saw the proof; NULL: none has.
    Column("last_seen_at", Moment),
    # Of a verified one: when it was told that for long nobody could look.
    Column("proof_unseen_since", Moment),
    # Why an administrator of the installation believes it.
    Column("note", Text),
    # What signing in with an address of the domain leads to.
    Column("auto_join", Text, nullable=False, server_default="off"),
    # Whoever signs in so waits for an administrator; `auto_join` is `off` then.
    Column(
        "joins_by_approval",
        Boolean(create_constraint=False),
        nullable=False,
        server_default=text("false"),
    ),
    # NULL: the organization's default role.
    Column("auto_join_role_id", Text, ForeignKey("roles.id")),
    Column(
        "restrict_email",
        Boolean(create_constraint=False),
        nullable=False,
        server_default=text("false"),
    ),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint(
        "state IN ('pending', 'verified', 'failed', 'lapsed', 'contested')", name="state"
    ),
    CheckConstraint("method IN ('dns_txt', 'meta', 'file', 'manual')", name="method"),
    CheckConstraint("auto_join IN ('off', 'role')", name="auto_join"),
    Index("uq_domains_organization_id_name", "organization_id", "name", unique=True),
    # Many may claim a name; one has it.
    Index(
        "uq_domains_verified_name",
        "name",
        unique=True,
        postgresql_where=text("state = 'verified'"),
        sqlite_where=text("state = 'verified'"),
    ),
    Index("ix_domains_organization_id_id", "organization_id", "id"),
    # Of a name whose holder goes: who has been waiting for it.
    Index("ix_domains_name", "name"),
    Index(
        "ix_domains_next_at",
        "next_at",
        postgresql_where=text("next_at IS NOT NULL"),
        sqlite_where=text("next_at IS NOT NULL"),
    ),
)

# How many claims an organization has made in the present hour, given up or not.
domain_claims = Table(
    "domain_claims",
    metadata,
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("claims", Integer, nullable=False),
)

# Rows stay, whatever becomes of the domain.
domain_holdings = Table(
    "domain_holdings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), primary_key=True),
)
