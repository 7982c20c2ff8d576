"""Of rows that come by thousands, foreign keys to what is never deleted: dropped (ADR-0031)."""

from provisioning.migrations import foreign_keys

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DROPPED = (
    ("directory_users", "organization_id"),
    ("directory_groups", "organization_id"),
    ("users", "authority_directory_id"),
    ("identities", "organization_id"),
    ("identities", "directory_id"),
    ("memberships", "organization_id"),
    ("grants", "organization_id"),
    ("grants", "role_id"),
    ("events", "organization_id"),
)


def upgrade() -> None:
    foreign_keys.drop(_DROPPED)
