"""Many people at once, as their directory left them, without notes about them."""

from provisioning import directory_users
from provisioning.store.engine import transaction
from provisioning.store.note_tables import notes
from tests.tenant import Tenant, context_of, document


def fill(tenant: Tenant, people: int) -> list[str]:
    """The ids of the directory users."""
    with transaction(tenant.engine) as connection:
        context = context_of(tenant.directory)
        made = [
            directory_users.create(
                connection,
                context,
                document({"userName": f"{number}@{tenant.organization_id}.test"}),
            ).id
            for number in range(people)
        ]
        connection.execute(notes.delete().where(notes.c.organization_id == tenant.organization_id))
    return made
