"""
The floor: what the server, the thread hop, the pool, the driver and one statement cost, without
SCIM, authentication or JSON.

Its statements are here and not in the store, since its tables exist in scratch databases alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, Engine

from provisioning import ids
from provisioning.store.engine import reading, statement
from provisioning.store.sql import Statement
from scim_api.body import read_body

PREFIX = "/floor/"
PAGE_SIZE = 100

_CREATE_DOCUMENTS = Statement(
    """
    CREATE TABLE floor_documents (
        id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, document TEXT NOT NULL,
        version INTEGER NOT NULL
    )
    """
)
_CREATE_MEMBERS = Statement(
    """
    CREATE TABLE floor_members (
        group_id TEXT NOT NULL, member_id TEXT NOT NULL, PRIMARY KEY (group_id, member_id)
    )
    """
)
_INSERT = Statement("INSERT INTO floor_documents VALUES (:id, :key, :document, 1)")
_BY_KEY = Statement("SELECT document FROM floor_documents WHERE key = :key")
_BY_ID = Statement("SELECT document FROM floor_documents WHERE id = :id")
_PAGE = Statement(
    f"SELECT document FROM floor_documents ORDER BY id LIMIT {PAGE_SIZE} OFFSET :skipped"  # noqa: S608 - a constant
)
_UPDATE = Statement(
    "UPDATE floor_documents SET document = :document, version = version + 1 WHERE id = :id"
)
_JOIN = Statement("INSERT INTO floor_members VALUES (:group_id, :member_id)")

Answer = tuple[int, bytes]


def create_tables(connection: Connection) -> None:
    """Empty ones."""
    _CREATE_DOCUMENTS.run(connection, {})
    _CREATE_MEMBERS.run(connection, {})


def fill(connection: Connection, document_id: str, key: str, document: str) -> None:
    """One document, as `POST` would add it, with an id of the caller's."""
    _INSERT.run(connection, {"id": document_id, "key": key, "document": document})


class Floor:
    """The ASGI application of everything below `PREFIX`."""

    def __init__(self, engine: Engine, threads: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="floor")

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """`/floor/<what>/<key>…`; an unknown one is a defect of ours, and so a 500."""
        what, *keys = scope["path"].removeprefix(PREFIX).split("/")
        body = await read_body(receive, {})
        status, answer = await asyncio.get_running_loop().run_in_executor(
            self._threads, _HANDLERS[what], self._engine, keys, body
        )
        headers = [(b"content-type", b"application/json")]
        if answer:
            headers.append((b"content-length", str(len(answer)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def _create(engine: Engine, keys: Sequence[str], body: bytes) -> Answer:
    bound = {"id": ids.new("floor"), "key": keys[0], "document": body.decode()}
    with statement(engine) as connection:
        _INSERT.run(connection, bound)
    return 201, body


def _look_up(engine: Engine, keys: Sequence[str], _body: bytes) -> Answer:
    with reading(engine) as connection:
        row = _BY_KEY.run(connection, {"key": keys[0]}).one()
    return 200, row[0].encode()


def _read(engine: Engine, keys: Sequence[str], _body: bytes) -> Answer:
    with reading(engine) as connection:
        row = _BY_ID.run(connection, {"id": keys[0]}).one()
    return 200, row[0].encode()


def _page(engine: Engine, keys: Sequence[str], _body: bytes) -> Answer:
    with reading(engine) as connection:
        rows = _PAGE.run(connection, {"skipped": int(keys[0])}).all()
    return 200, b"[" + b",".join(row[0].encode() for row in rows) + b"]"


def _update(engine: Engine, keys: Sequence[str], body: bytes) -> Answer:
    with statement(engine) as connection:
        _UPDATE.run(connection, {"id": keys[0], "document": body.decode()})
    return 200, body


def _join(engine: Engine, keys: Sequence[str], _body: bytes) -> Answer:
    with statement(engine) as connection:
        _JOIN.run(connection, {"group_id": keys[0], "member_id": keys[1]})
    return 204, b""


def _constant(_engine: Engine, _keys: Sequence[str], _body: bytes) -> Answer:
    return 200, b'{"allowed":false,"because":[]}'


def _ready(_engine: Engine, _keys: Sequence[str], _body: bytes) -> Answer:
    return 200, b"{}"


_HANDLERS: Mapping[str, Callable[[Engine, Sequence[str], bytes], Answer]] = {
    "create": _create,
    "look_up": _look_up,
    "read": _read,
    "page": _page,
    "update": _update,
    "join": _join,
    "constant": _constant,
    "ready": _ready,
}
