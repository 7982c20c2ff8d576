"""
Many people at once, as so many requests of their directory leave them: the first one is written by
a real one, and the others are copies of its row.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, case, func, insert, select, update

from provisioning import clock, directory_users, ids
from provisioning.store.directory_tables import directory_users as users
from provisioning.store.engine import transaction
from provisioning.store.note_tables import notes
from tests.tenant import Tenant, context_of, document


def create_all(tenant: Tenant, trees: Sequence[dict[str, Any]]) -> list[str]:
    """The ids. The trees differ in their userName alone, and in what contains it."""
    with transaction(tenant.engine) as connection:
        keys = _create(connection, tenant, trees)
        _note(connection, tenant, keys[1:])
    return keys


def fill(tenant: Tenant, people: int) -> list[str]:
    """Without notes about them."""
    names = [f"{number}@{tenant.organization_id}.test" for number in range(people)]
    with transaction(tenant.engine) as connection:
        keys = _create(connection, tenant, [{"userName": name} for name in names])
        connection.execute(notes.delete().where(notes.c.organization_id == tenant.organization_id))
    return keys


def deactivate(tenant: Tenant, keys: Sequence[str]) -> None:
    """So many PATCHes. What filters look at is not changed."""
    before = users.c.document
    out = {
        "active": False,
        "document": func.substr(before, 1, func.length(before) - 1).concat(',"active":false}'),
        "told_document": func.coalesce(
            users.c.told_document, case((users.c.told_version > 0, before))
        ),
        "version": users.c.version + 1,
        "updated_at": clock.now(),
    }
    with transaction(tenant.engine) as connection:
        connection.execute(update(users).where(users.c.id.in_(keys)).values(out))
        _note(connection, tenant, keys)


def _create(connection: Connection, tenant: Tenant, trees: Sequence[dict[str, Any]]) -> list[str]:
    first = directory_users.create(connection, context_of(tenant.directory), document(trees[0]))
    row = connection.execute(select(users).where(users.c.id == first.id)).mappings().one()
    name = trees[0]["userName"]
    others = [
        {column: _renamed(value, name, tree["userName"]) for column, value in row.items()}
        | {"id": ids.new(ids.DIRECTORY_USER)}
        for tree in trees[1:]
    ]
    if others:
        connection.execute(insert(users), others)
    return [first.id, *(str(other["id"]) for other in others)]


def _renamed(value: object, name: str, wanted: str) -> object:
    if isinstance(value, str):
        return value.replace(name, wanted)
    if isinstance(value, dict):
        return orjson.loads(orjson.dumps(value).decode().replace(name, wanted))
    return value


def _note(connection: Connection, tenant: Tenant, keys: Sequence[str]) -> None:
    note = {
        "organization_id": tenant.organization_id,
        "directory_id": tenant.directory.id,
        "kind": "user",
        "created_at": clock.now(),
    }
    if keys:
        connection.execute(insert(notes), [{**note, "key": key} for key in keys])
