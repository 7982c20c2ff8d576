"""Since when a verified domain's proof is gone, and which organizations have had a name."""

import sqlalchemy as sa
from alembic import op

from provisioning.store.types import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("domains", sa.Column("proof_missing_since", Moment(), nullable=True))
    op.create_table(
        "domain_holdings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_domain_holdings_organization_id"),
        ),
        sa.PrimaryKeyConstraint("name", "organization_id", name=op.f("pk_domain_holdings")),
    )
    op.execute(
        """
        INSERT INTO domain_holdings (name, organization_id)
        SELECT name, organization_id FROM domains WHERE state = 'verified'
        """
    )
    # Nobody has looked at them again yet; the first look is at no particular time of the day.
    op.execute(
        """
        UPDATE domains SET next_at = verified_at
        WHERE state = 'verified' AND method <> 'manual' AND next_at IS NULL
        """
    )
