"""The people of a privileged mapping are followed in its window, and not counted by every drain."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null where an earlier release has begun the window: people are counted then. Where one begins
    # a window anew beside this release, the former number stays, and may hide its growth.
    op.add_column("mapping_growths", sa.Column("people", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("mapping_growths", "people")
