"""A mapped grant remembers the group that gave it, for the event that tells its end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grants", sa.Column("group_id", sa.Text()))
    op.execute(
        """
        UPDATE grants
        SET group_id = (SELECT p.group_id FROM mappings p WHERE p.id = grants.source_id)
        WHERE source_type = 'mapping'
        """
    )
