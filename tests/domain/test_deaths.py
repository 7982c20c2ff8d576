"""Workers that are killed: a drain has happened, or it has not."""

from tests.dying_drain import drain_and_die
from tests.event_feed import check
from tests.tenant import Tenant, settled


def test_a_drain_that_is_killed_before_each_of_its_statements_loses_nothing(acme: Tenant) -> None:
    acme.guard(max_count=0, max_share=0.0)
    acme.map("Everybody", "admin")
    ada, bob, cem = (acme.create(f"{name}@acme.test") for name in ("ada", "bob", "cem"))
    acme.push("Everybody", ada, bob)
    acme.drain()
    acme.invite("dee@acme.test", "guest")
    dee = acme.create("dee@acme.test", emails=[{"value": "dee@acme.test"}])
    acme.edit(ada, active=False)
    acme.delete(bob)
    acme.edit(cem, displayName="Cem")
    acme.push("Sales", dee)
    acme.map("Sales", "guest")
    told = acme.told()

    at, deaths = 1, 0
    while drain_and_die(acme.engine, acme.organization_id, at):
        deaths += 1
        if acme.told() == told:
            at += 1  # of the same transaction, a statement further
        else:
            told, at = acme.told(), 1

    settled(acme)
    check(acme)
    assert deaths > 30
