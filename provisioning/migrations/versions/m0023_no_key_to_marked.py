"""Foreign keys to users and memberships, which are never deleted: dropped, too (ADR-0034)."""

from provisioning.migrations import foreign_keys

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_DROPPED = (("identities", "user_id"), ("memberships", "user_id"), ("grants", "membership_id"))


def upgrade() -> None:
    foreign_keys.drop(_DROPPED)
