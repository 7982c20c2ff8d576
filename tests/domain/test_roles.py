"""Roles while others grant them."""

from threading import Thread

import pytest
from sqlalchemy import Engine, insert

from provisioning import clock, ids, organizations, roles
from provisioning.context import Acting
from provisioning.errors import Refused
from provisioning.store import role_tables, syncs
from provisioning.store.engine import transaction
from tests.tenant import ACTOR, found

LONG_ENOUGH_SECONDS = 0.3
"""For a deletion that does not wait to be done; one that waits costs the test this, and no more."""


def test_a_role_that_is_being_granted_is_not_deleted(engine: Engine) -> None:
    acme = found(engine)
    acme.create("ada@acme.test")
    acme.drain()
    (ada,) = acme.people().values()
    by = Acting(actor=ACTOR, now=clock.now())
    with transaction(engine) as connection:
        roles.create(
            connection,
            acme.organization_id,
            {"name": "billing", "rank": 150, "permissions": []},
            by,
        )
    refusals: list[Refused] = []

    def delete() -> None:
        with pytest.raises(Refused) as refused, transaction(engine) as connection:
            roles.delete(connection, acme.organization_id, "billing", by)
        refusals.append(refused.value)

    deleting = Thread(target=delete)
    with transaction(engine) as connection:
        role_id = organizations.role(connection, acme.organization_id, "billing")
        deleting.start()
        deleting.join(LONG_ENOUGH_SECONDS)
        connection.execute(
            insert(role_tables.grants).values(
                id=ids.new(ids.GRANT),
                organization_id=acme.organization_id,
                membership_id=ada.membership_id,
                role_id=role_id,
                source_type="direct",
                created_at=clock.now(),
            )
        )
    deleting.join()

    assert [refusal.code for refusal in refusals] == ["role_in_use"]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=False)
def test_no_drain_begins_while_a_role_is_deleted(engine: Engine) -> None:
    """It could have read a mapping to the role, and grant it afterwards."""
    acme = found(engine)
    by = Acting(actor=ACTOR, now=clock.now())
    with transaction(engine) as connection:
        properties = {"name": "billing", "rank": 150, "permissions": []}
        roles.create(connection, acme.organization_id, properties, by)

    with transaction(engine) as deleting, transaction(engine) as draining:
        roles.delete(deleting, acme.organization_id, "billing", by)
        assert not syncs.lock(draining, acme.organization_id)

    with transaction(engine) as draining:
        assert syncs.lock(draining, acme.organization_id)
