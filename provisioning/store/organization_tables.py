"""The organizations: the tenants that everything else belongs to."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import LIVING
from provisioning.store.types import Moment

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
    # What becomes of people whom a directory brings, and whose address is of no domain of its own.
    Column("provisioning_scope", Text, nullable=False, server_default="accept"),
    Column("version", Integer, nullable=False, server_default="1"),
    # Grows with every change of its roles: who remembers them knows so whether they are the same.
    Column("roles_version", Integer, nullable=False, server_default="1"),
    Column("deleted_at", Moment),
    CheckConstraint("role_mode IN ('union', 'highest')", name="role_mode"),
    Index(
        "uq_organizations_name",
        "name",
        unique=True,
        **LIVING,
    ),
    Index(
        "uq_organizations_slug",
        "slug",
        unique=True,
        **LIVING,
    ),
    Index(
        "uq_organizations_external_id",
        "external_id",
        unique=True,
        **LIVING,
    ),
    Index("ix_organizations_display_name", "display_name"),
)
