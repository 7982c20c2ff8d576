"""An answer that is given again has the ETag of the first."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null where there is none, and of the answers that an earlier release has kept.
    op.add_column("idempotent_answers", sa.Column("etag", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("idempotent_answers", "etag")
