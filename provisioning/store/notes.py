"""
The outbox: "look at this subject again". A note is written in the transaction of the change it
follows, so it exists if and only if the change does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from provisioning.context import Context
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store.bulk import insertion, unfolding
from provisioning.store.rows import Row
from provisioning.store.sql import Statement, by_id
from provisioning.store.types import moment

Kind = Literal["user", "group", "group_members", "directory"]
"""
Of whom: one person, as a directory user or, where it is not a directory's news, by the user's own
id; one group's own attributes; everyone in a group; everyone in a directory.
"""


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    directory_id: DirectoryId
    kind: Kind
    key: str


class NotedStatement:
    """
    A change that returns the `id` of each row it changed, and a note for each, in one statement
    on PostgreSQL and in one transaction on SQLite. With `columns` it reads from `{rows}`, as
    `bulk.unfolding` says.
    """

    __slots__ = ("_change", "_kind", "_noted")

    def __init__(self, change: str, kind: Kind, columns: Mapping[str, str] | None = None) -> None:
        noted = f"""
            WITH changed AS ({change}), note AS (
                INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
                SELECT :organization_id, :directory_id, '{kind}', changed.id, :now FROM changed
            )
            SELECT * FROM changed
        """
        self._kind = kind
        self._change, self._noted = (
            Statement(text) if columns is None else unfolding(text, columns)
            for text in (change, noted)
        )

    def run(
        self, connection: Connection, context: Context, parameters: Mapping[str, Any]
    ) -> Sequence[Row]:
        """The rows that the change returned."""
        bound = {**tenant(context), "now": context.now, **parameters}
        if connection.dialect.name != "sqlite":
            return self._noted.run(connection, bound).all()
        rows = self._change.run(connection, bound).all()
        for row in rows:
            add(connection, context, self._kind, row.id)
        return rows


HERE = "organization_id = :organization_id AND directory_id = :directory_id"
"""The condition that keeps a statement inside the directory of `tenant`."""

HERE_BY_ID = by_id(HERE)
"""The same, of rows that are sought by their ids."""


def tenant(context: Context) -> dict[str, Any]:
    """The parameters that keep a statement inside one directory."""
    return {"organization_id": context.organization_id, "directory_id": context.directory_id}


_ADD = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    VALUES (:organization_id, :directory_id, :kind, :key, :now)
    """
)


def add(connection: Connection, context: Context, kind: Kind, key: str) -> None:
    """One note, for a change that this transaction has made."""
    _ADD.run(connection, {**tenant(context), "kind": kind, "key": key, "now": context.now})


_ADD_ALL = insertion(
    "notes",
    {
        "organization_id": "text",
        "directory_id": "text",
        "kind": "text",
        "key": "text",
    },
    shared={"created_at": ":now"},
)


def add_all(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Of any organizations: each row has its `organization_id`, `directory_id`, `kind`, `key`."""
    _ADD_ALL.run(connection, rows, {"now": now})


_OLDEST = """
    SELECT id FROM notes WHERE organization_id = :organization_id ORDER BY id LIMIT :limit
"""
# ARRAY, since of a table that was empty when it was analyzed PostgreSQL joins every row with every
# other: a second for each thousand of ten thousand notes.
_TAKE = Statement(
    f"""
    DELETE FROM notes WHERE id = ANY(ARRAY({_OLDEST})) RETURNING id, directory_id, kind, key
    """,
    sqlite=f"""
    DELETE FROM notes WHERE id IN ({_OLDEST}) RETURNING id, directory_id, kind, key
    """,
)
_TAKE_AGAIN = Statement(
    """
    DELETE FROM notes WHERE organization_id = :organization_id AND id = ANY(:ids)
    RETURNING id, directory_id, kind, key
    """
)


def take(connection: Connection, organization_id: OrganizationId, limit: int) -> list[Note]:
    """
    The oldest notes, deleted. The caller holds the organization's lock, and reads the present in
    later statements: a note that is seen has its change committed.
    """
    rows = _TAKE.run(connection, {"organization_id": organization_id, "limit": limit})
    return sorted((Note(*row) for row in rows), key=lambda note: note.id)


def take_again(
    connection: Connection, organization_id: OrganizationId, known: Sequence[Note]
) -> list[Note]:
    """Of notes that an earlier transaction took and put back, those that are still there."""
    bound = {"organization_id": organization_id, "ids": [note.id for note in known]}
    rows = _TAKE_AGAIN.run(connection, bound)
    return sorted((Note(*row) for row in rows), key=lambda note: note.id)


_ARE_LEFT = Statement(
    "SELECT EXISTS (SELECT 1 FROM notes WHERE organization_id = :organization_id)"
)


def are_left(connection: Connection, organization_id: OrganizationId) -> bool:
    """Whether there is anything to drain."""
    return bool(_ARE_LEFT.run(connection, {"organization_id": organization_id}).scalar_one())


_ARE_LEFT_OF_DIRECTORY = Statement(f"SELECT EXISTS (SELECT 1 FROM notes WHERE {HERE})")


def are_left_of_directory(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> bool:
    """Whether there is news of its people that no drain has settled."""
    bound = {"organization_id": organization_id, "directory_id": directory_id}
    return bool(_ARE_LEFT_OF_DIRECTORY.run(connection, bound).scalar_one())


_WAITING = Statement(
    """
    SELECT DISTINCT organization_id FROM notes WHERE created_at < :before
    """
)


def waiting(connection: Connection, before: datetime) -> list[OrganizationId]:
    """Organizations whose notes nobody has taken since `before`: their doorbell was not heard."""
    return [row.organization_id for row in _WAITING.run(connection, {"before": before})]


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far behind the drains are, over all organizations."""

    waiting: int
    oldest: datetime | None
    """When the note was written that has waited longest."""


_BACKLOG = Statement("SELECT count(*), min(created_at) FROM notes")


def backlog(connection: Connection) -> Backlog:
    """Reads every note: for operators, not for requests."""
    waiting, oldest = _BACKLOG.run(connection, {}).one()
    return Backlog(waiting, None if oldest is None else moment(oldest))
