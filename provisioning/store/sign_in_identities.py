"""Who signed in by what: an issuer's word for a subject, and whose account it stands for."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning import ids
from provisioning.ids import IssuerId, UserId
from provisioning.store.admin_tables import sign_in_identities


def mark_signed_in(
    connection: Connection, issuer_id: IssuerId, subject: str, user_id: UserId, now: datetime
) -> None:
    """An identity of a deleted account becomes that of the new one. Raises `Collision`."""
    table = sign_in_identities
    marked = connection.execute(
        table.update()
        .where(table.c.issuer_id == issuer_id, table.c.subject == subject)
        .values(user_id=user_id, last_sign_in_at=now)
    )
    if marked.rowcount == 0:
        connection.execute(
            table.insert().values(
                id=ids.new(ids.SIGN_IN_IDENTITY),
                user_id=user_id,
                issuer_id=issuer_id,
                subject=subject,
                created_at=now,
                last_sign_in_at=now,
            )
        )
