"""The accounts, by what directories know them, and where they are members."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import LIVING, where
from provisioning.store.types import Moment

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text),
    # The folded address, held by at most one account. NULL: the account does not speak for it.
    Column("email_key", Text),
    # By whose word alone the account holds its address, an organization's; NULL: the person has
    # shown that it is theirs, or the installation says so.
    Column("email_vouched_by", Text),
    Column("display_name", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    # The directory whose word on the profile counts; NULL: nobody's but the person's own.
    Column("authority_directory_id", Text),
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
    # The folded address that the account is shown with and another one holds. NULL: none; or, where
    # there is an `email` and no `email_key`, written by a release that knew no such column.
    Column("awaited_email_key", Text),
    # Set when nothing personal is left: then `deleted_at`, too.
    Column("purged_at", Moment),
    Index("uq_users_email_key", "email_key", unique=True),
    Index(
        "uq_users_external_id",
        "external_id",
        unique=True,
        **LIVING,
    ),
    Index(
        "ix_users_awaited_email_key", "awaited_email_key", **where("awaited_email_key IS NOT NULL")
    ),
    Index(
        "ix_users_unfolded_email",
        "id",
        **where("email IS NOT NULL AND coalesce(email_key, awaited_email_key) IS NULL"),
    ),
    # For the release that knows no awaited_email_key: it goes when that one has gone (ADR-0019).
    Index(
        "ix_users_awaiting_address",
        "id",
        **where("email_key IS NULL AND email IS NOT NULL"),
    ),
)

# What follows the last @ of the address that an account holds or is shown with, folded: `rtrim`
# takes from its end all that is no @. A statement that spells it otherwise uses no index.
_ADDRESS = "coalesce(email_key, awaited_email_key)"
EMAIL_DOMAIN = f"substr({_ADDRESS}, length(rtrim({_ADDRESS}, replace({_ADDRESS}, '@', ''))) + 1)"
# 1 of an address that is not ASCII, of which that says nothing of the domain as it was written. A
# value, so that it is found by an index whatever the statistics say (ADR-0032).
UNUSUAL_EMAIL = {
    "postgresql": "CASE WHEN octet_length(email) > length(email) THEN 1 END",
    "sqlite": "CASE WHEN length(CAST(email AS BLOB)) > length(email) THEN 1 END",
}
OF_EXPRESSIONS = frozenset({"ix_users_email_domain", "ix_users_unusual_email"})
"""Indexes that only a migration makes, by `EMAIL_DOMAIN` and `UNUSUAL_EMAIL`."""

identities = Table(
    "identities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("directory_id", Text, nullable=False),
    Column("directory_user_id", Text, nullable=False),
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
    Column("organization_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
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
    # While it is removed.
    Column("removed_at", Moment),
    # The organization has nothing personal of it any more; who comes back is somebody new.
    Column("purged_at", Moment),
    # No machine suspends, removes or demotes the person.
    Column(
        "break_glass",
        Boolean(create_constraint=False),
        nullable=False,
        server_default=text("false"),
    ),
    # When an active one ended by a directory's word, and whose; NULL when it is active again.
    Column("lost_at", Moment),
    Column("lost_by_directory_id", Text),
    CheckConstraint("status IN ('active', 'suspended', 'removed')", name="status"),
    Index(
        "uq_memberships_organization_id_user_id",
        "organization_id",
        "user_id",
        unique=True,
        **where("purged_at IS NULL"),
    ),
    Index("ix_memberships_user_id", "user_id"),
    # In the order of lists, of which an organization's are few among everybody's.
    Index("ix_memberships_organization_id_id", "organization_id", "id"),
    Index(
        "ix_memberships_lost_by_directory_id_lost_at",
        "lost_by_directory_id",
        "lost_at",
        **where("lost_at IS NOT NULL"),
    ),
)
