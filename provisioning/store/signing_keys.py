"""Keys that sign tokens: the private half sealed, the public half as the key set shows it."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from provisioning.store.admin_tables import signing_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """`id` is the `kid` of RFC 7517 §4.5; a retired key has no private half any more."""

    id: str
    algorithm: str
    private_key: str
    public_jwk: str
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None


def insert(connection: Connection, key: SigningKey) -> None:
    """It is published from the commit on."""
    connection.execute(signing_keys.insert().values(**asdict(key)))


def signing(connection: Connection, now: datetime) -> SigningKey | None:
    """The latest whose time to sign has come; None: there is no such key yet."""
    usable = [key for key in published(connection) if key.signs_from <= now]
    return usable[-1] if usable else None


def published(connection: Connection) -> list[SigningKey]:
    """All that are not retired, in the order in which they sign."""
    return [key for key in every(connection) if key.retired_at is None]


def every(connection: Connection) -> list[SigningKey]:
    """In the order in which they sign."""
    query = select(signing_keys).order_by(signing_keys.c.signs_from, signing_keys.c.id)
    return [SigningKey(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's API


def retire(connection: Connection, key_id: str, now: datetime) -> None:
    """Nothing that it signed is believed any more, and it can sign nothing again."""
    connection.execute(
        signing_keys.update()
        .where(signing_keys.c.id == key_id)
        .values(retired_at=now, private_key="")
    )
