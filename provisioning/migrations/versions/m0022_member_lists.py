"""Members of an organization are listed by an index, however many the other ones have."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["organization_id", "id"]
    op.create_index("ix_memberships_organization_id_id", "memberships", columns)


def downgrade() -> None:
    op.drop_index("ix_memberships_organization_id_id", "memberships")
