"""A group that is renamed before a drain has seen it keeps the name that a mapping waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("directory_groups", sa.Column("first_name_folded", sa.Text()))


def downgrade() -> None:
    op.drop_column("directory_groups", "first_name_folded")
