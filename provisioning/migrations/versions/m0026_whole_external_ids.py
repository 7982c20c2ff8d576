"""The indexes of externalIds hold everybody again: who asks for the gone leans on them (0025)."""

from provisioning.migrations.versions import m0025_external_ids

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    m0025_external_ids.downgrade()


def downgrade() -> None:
    m0025_external_ids.upgrade()
