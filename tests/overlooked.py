"""What the comparison of sets must not miss: whatever the plan has to say of anybody."""

from provisioning.clock import now
from provisioning.differing import differing
from provisioning.reconcile.actions import Action
from provisioning.settling import settle
from provisioning.store import directory_tables, people_tables
from provisioning.store.directories import Directory
from provisioning.store.engine import transaction, undone
from tests.tenant import Tenant


def overlooked(tenant: Tenant, directory: Directory) -> list[Action]:
    """
    Of the directory's people who are not found to differ. What is held of others is looked at
    whenever anybody is, and so are those who have an address that somebody wants.
    """
    with transaction(tenant.engine) as connection, undone(connection):
        here = (connection, tenant.organization_id)
        linked = {row["directory_user_id"] for row in tenant.rows(people_tables.identities)}
        people = [
            row["id"]
            for row in tenant.rows(directory_tables.directory_users)
            if row["directory_id"] == directory.id
            and (row["deleted_at"] is None or row["id"] in linked)
        ]
        found = differing(*here, directory.id, "", "z", now())
        assert set(found) <= set(people)
        rest = [person for person in people if person not in found]
        settled = settle(*here, {"user": rest}, now(), list)
        mine = {link.user_id for link in settled.known.links}
        parked = {one.id for one in settled.known.memberships} & set(settled.known.parked)
        return [
            action
            for action in settled.actions
            if getattr(action, "membership_id", None) not in parked
            and getattr(action, "user_id", None) in {*mine, None}
        ]
