"""Accounts as signing in finds and makes them: by identity, or by address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from provisioning import ids
from provisioning.ids import IssuerId, UserId
from provisioning.proofs import Proof
from provisioning.reconcile.facts import Profile
from provisioning.store.admin_tables import sign_in_identities
from provisioning.store.people_tables import users


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAccount:
    """A user. `email_key` None: shown with the address, and does not speak for it."""

    id: UserId
    email_key: str | None
    profile: Profile
    picture_url: str | None
    phone_number: str | None


def by_identity(connection: Connection, issuer_id: IssuerId, subject: str) -> SignInAccount | None:
    """Whom this issuer has called so before, unless the account was deleted."""
    query = _living().join(sign_in_identities, sign_in_identities.c.user_id == users.c.id)
    return _one(
        connection,
        query.where(
            sign_in_identities.c.issuer_id == issuer_id, sign_in_identities.c.subject == subject
        ),
    )


def by_email(connection: Connection, email_key: str) -> SignInAccount | None:
    """Who speaks for the folded address."""
    return _one(connection, _living().where(users.c.email_key == email_key))


def insert(
    connection: Connection, proof: Proof, email_key: str | None, now: datetime
) -> SignInAccount:
    """With the profile that the proof has. Raises `Collision` when the address was just claimed."""
    made = SignInAccount(
        id=UserId(ids.new(ids.USER)),
        email_key=email_key,
        profile=proof.profile,
        picture_url=proof.picture,
        phone_number=proof.phone_number,
    )
    connection.execute(
        users.insert().values(
            id=made.id,
            email=proof.email,
            email_key=email_key,
            display_name=proof.name,
            given_name=proof.given_name,
            family_name=proof.family_name,
            picture_url=proof.picture,
            phone_number=proof.phone_number,
            provisioned_by="sign_in",
            created_at=now,
            updated_at=now,
        )
    )
    return made


def claim_address(connection: Connection, user_id: UserId, email_key: str, now: datetime) -> None:
    """From now on the account speaks for the address it is shown with."""
    connection.execute(
        users.update().where(users.c.id == user_id).values(email_key=email_key, updated_at=now)
    )


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


def _living() -> Select[Any]:
    c = users.c
    return select(
        c.id,
        c.email_key,
        c.picture_url,
        c.phone_number,
        c.email,
        c.display_name,
        c.given_name,
        c.family_name,
    ).where(c.deleted_at.is_(None))


def _one(connection: Connection, query: Select[Any]) -> SignInAccount | None:
    row: Row[*tuple[Any, ...]] | None = connection.execute(query).one_or_none()
    if row is None:
        return None
    return SignInAccount(
        id=row.id,
        email_key=row.email_key,
        profile=Profile(row.email, row.display_name, row.given_name, row.family_name),
        picture_url=row.picture_url,
        phone_number=row.phone_number,
    )
