"""The event feed: written in the transaction of the change, numbered without gaps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from provisioning import ids
from provisioning.events import Draft
from provisioning.ids import OrganizationId
from provisioning.store.bulk import Copied, encode, insertion
from provisioning.store.rows import Row
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_ADVANCE = Statement(
    """
    UPDATE event_counters SET sequence = sequence + :count
    WHERE organization_id = :organization_id RETURNING sequence
    """
)
_COLUMNS = {
    "organization_id": "text",
    "timestamp": "timestamptz",
    "sequence": "bigint",
    "id": "text",
    "type": "text",
    "data": "text",
    "previous_attributes": "text",
    "context": "text",
}
_INSERT = insertion("events", _COLUMNS)
_COPY = Copied("events", _COLUMNS)
_MANY = 100
"""So many are worth the two more messages that a COPY takes."""
_AFTER = Statement(
    """
    SELECT id, type, timestamp, sequence, organization_id, data, previous_attributes, context
    FROM events WHERE organization_id = :organization_id AND sequence > :after
    ORDER BY sequence LIMIT :limit
    """
)


class Encoded(NamedTuple):
    """A draft as its row holds it, but for its place."""

    id: str
    type: str
    data: str
    previous: str | None
    context: str


def encode_all(
    drafts: Iterable[Draft], *, actor: str, context: Mapping[str, Any] | None = None
) -> list[Encoded]:
    """For `append`, where there is time before it; `context` is added to what each has."""
    shared = {"actor": actor}, context or {}
    return [_encoded(draft, *shared) for draft in drafts]


def _encoded(draft: Draft, actor: Mapping[str, Any], context: Mapping[str, Any]) -> Encoded:
    return Encoded(
        ids.new(ids.EVENT),
        draft.type,
        _json(draft.data),
        None if draft.previous is None else _json(draft.previous),
        _json({**actor, **draft.context, **context}),
    )


def append(
    connection: Connection,
    organization_id: OrganizationId,
    drafts: Sequence[Draft | Encoded],
    *,
    actor: str,
    now: datetime,
) -> None:
    """
    Takes the organization's counter row, which serializes the organization's writers until the
    commit: call it last in the transaction.
    """
    if not drafts:
        return
    bound = {"organization_id": organization_id, "count": len(drafts)}
    last = _ADVANCE.run(connection, bound).scalar_one()
    by = {"actor": actor}
    encoded = (one if isinstance(one, Encoded) else _encoded(one, by, {}) for one in drafts)
    first = last - len(drafts) + 1
    rows = ((organization_id, now, number, *one) for number, one in enumerate(encoded, first))
    if len(drafts) >= _MANY and connection.dialect.name == "postgresql":
        _COPY.run(connection, rows)
    else:
        _INSERT.run(connection, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])


def after(
    connection: Connection, organization_id: OrganizationId, sequence: int, limit: int
) -> list[dict[str, Any]]:
    """Events as they are told, in order, from the one that follows `sequence`."""
    bound = {"organization_id": organization_id, "after": sequence, "limit": limit}
    return list(read(_AFTER.run(connection, bound)))


_LAST = Statement("SELECT sequence FROM event_counters WHERE organization_id = :organization_id")


def last(connection: Connection, organization_id: OrganizationId) -> int:
    """The sequence of the latest event; 0: nothing has been told yet."""
    row = _LAST.run(connection, {"organization_id": organization_id}).one_or_none()
    return 0 if row is None else int(row[0])


def read(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Rows with the columns of the feed, as they are told."""
    for row in rows:
        yield {
            "id": row[0],
            "type": row[1],
            "timestamp": moment(row[2]),
            "sequence": row[3],
            "organization_id": row[4],
            "data": orjson.loads(row[5]),
            "previous_attributes": None if row[6] is None else orjson.loads(row[6]),
            "context": orjson.loads(row[7]),
        }


def _json(value: object) -> str:
    return orjson.dumps(value, default=encode, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
