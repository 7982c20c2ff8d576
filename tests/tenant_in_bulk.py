"""Many people at once, as so many requests of their directory leave them."""

from collections.abc import Sequence
from typing import Any

from provisioning import directory_users
from provisioning.directory_users import Editing
from provisioning.ids import DirectoryUserId
from provisioning.store.engine import transaction
from provisioning.store.note_tables import notes
from tests.tenant import Tenant, context_of, document


def create_all(tenant: Tenant, trees: Sequence[dict[str, Any]]) -> list[str]:
    """The ids."""
    wanted = [document(tree) for tree in trees]
    with transaction(tenant.engine) as connection:
        made = directory_users.create(connection, context_of(tenant.directory), wanted)
    return [one.id for one in made]


def fill(tenant: Tenant, people: int) -> list[str]:
    """Without notes about them."""
    names = [f"{number}@{tenant.organization_id}.test" for number in range(people)]
    keys = create_all(tenant, [{"userName": name} for name in names])
    with transaction(tenant.engine) as connection:
        connection.execute(notes.delete().where(notes.c.organization_id == tenant.organization_id))
    return keys


def deactivate(tenant: Tenant, keys: Sequence[str]) -> None:
    """So many PATCHes."""
    edits = [
        Editing(DirectoryUserId(key), lambda tree: document({**tree, "active": False}))
        for key in keys
    ]
    with transaction(tenant.engine) as connection:
        directory_users.edit(connection, context_of(tenant.directory), edits)
