"""Answers that are given again to whoever asks again with the same Idempotency-Key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from provisioning.ids import ApiKeyId
from provisioning.store.admin_tables import idempotent_answers
from provisioning.store.sql import Statement

_CLAIM = Statement(
    """
    INSERT INTO idempotent_answers (api_key_id, key, request_hash, status, body, created_at)
    VALUES (:api_key_id, :key, :request_hash, 0, '', :now)
    ON CONFLICT (api_key_id, key) DO NOTHING RETURNING key
    """
)
_GET = Statement(
    """
    SELECT request_hash, status, body, etag FROM idempotent_answers
    WHERE api_key_id = :api_key_id AND key = :key
    """
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `request_hash` tells whether the question was the same."""

    request_hash: str
    status: int
    body: str
    etag: str | None


def claim(
    connection: Connection, api_key_id: ApiKeyId, key: str, request_hash: str, now: datetime
) -> Answer | None:
    """
    None: this transaction is the first with the key, and has to `keep` its answer. One that comes
    at the same time waits here until this one has ended, and then finds the answer.
    """
    bound = {"api_key_id": api_key_id, "key": key}
    claimed = _CLAIM.run(connection, {**bound, "request_hash": request_hash, "now": now})
    if claimed.one_or_none() is not None:
        return None
    return Answer(*_GET.run(connection, bound).one())


def keep(
    connection: Connection,
    api_key_id: ApiKeyId,
    key: str,
    *,
    status: int,
    body: str,
    etag: str | None,
) -> None:
    """The answer to the request that claimed the key."""
    table = idempotent_answers
    connection.execute(
        table.update()
        .where(table.c.api_key_id == api_key_id, table.c.key == key)
        .values(status=status, body=body, etag=etag)
    )


def forget(connection: Connection, before: datetime) -> None:
    """Keys are remembered for a day."""
    table = idempotent_answers
    connection.execute(table.delete().where(table.c.created_at < before))
