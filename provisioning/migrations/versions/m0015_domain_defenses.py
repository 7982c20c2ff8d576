"""
By whose word an account holds its address, who has seen the token of an invitation, when a domain's
proof was last seen, and how many claims were made in the present hour.
"""

import sqlalchemy as sa
from alembic import op

from provisioning import clock
from provisioning.store.types import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _vouched_addresses()
    op.add_column("domains", sa.Column("last_seen_at", Moment(), nullable=True))
    op.add_column("domains", sa.Column("proof_unseen_since", Moment(), nullable=True))
    # Nobody has counted: from now on, so that nothing lapses because of a new release.
    domains = sa.table("domains", sa.column("method"), sa.column("last_seen_at", Moment()))
    op.execute(
        domains.update()
        .where(domains.c.method.in_(["dns_txt", "meta", "file"]))
        .values(last_seen_at=clock.now())
    )
    op.create_table(
        "domain_claims",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_domain_claims_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_domain_claims")),
    )


def _vouched_addresses() -> None:
    op.add_column("users", sa.Column("email_vouched_by", sa.Text(), nullable=True))
    # Whether its holder has shown an address is not on record: by what made the account, then.
    # Who signs in with it at the installation's issuer has shown it from then on.
    op.execute(
        """
        UPDATE users SET email_vouched_by = (
            SELECT d.organization_id FROM directories d WHERE d.id = users.authority_directory_id)
        WHERE email_key IS NOT NULL AND authority_directory_id IS NOT NULL
        """
    )
    op.execute(
        """
        UPDATE users SET email_vouched_by = (
            SELECT min(r.organization_id) FROM sign_in_identities s
            JOIN issuers r ON r.id = s.issuer_id WHERE s.user_id = users.id)
        WHERE email_key IS NOT NULL AND authority_directory_id IS NULL
            AND provisioned_by = 'sign_in'
            AND NOT EXISTS (
                SELECT 1 FROM sign_in_identities s JOIN issuers r ON r.id = s.issuer_id
                WHERE s.user_id = users.id AND r.organization_id IS NULL)
        """
    )
    op.add_column(
        "invitations",
        sa.Column(
            "token_shown",
            sa.Boolean(create_constraint=False),
            nullable=False,
            server_default=sa.text("false"),
        ),
    )
