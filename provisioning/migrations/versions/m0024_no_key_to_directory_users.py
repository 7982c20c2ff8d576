"""The foreign key of identities to directory users: dropped, too (ADR-0034)."""

from provisioning.migrations import foreign_keys

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foreign_keys.drop([("identities", "directory_user_id")])
