"""Two administrators, or one and a drain, at the same moment, on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Engine

from provisioning import clock, organizations
from provisioning.errors import Collision, NotFound, Refused
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.tenant import ACTOR, Tenant, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time."""

ROUNDS = 5


def refused(*acts: Callable[[], object]) -> int:
    """How many of these, done at once, were refused."""

    def run(act: Callable[[], object]) -> bool:
        try:
            act()
        except (Refused, NotFound, Collision):
            return True
        return False

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(run, acts))


def set_seats(tenant: Tenant, limit: int) -> None:
    with transaction(tenant.engine) as connection:
        organizations.update(
            connection,
            tenant.organization_id,
            {"seat_limit": limit},
            actor=ACTOR,
            now=clock.now(),
        )


def present(tenant: Tenant) -> dict[str, str]:
    """The addresses of active members by their accounts."""
    return {
        person.user_id: email for email, person in tenant.members() if person.status == "active"
    }


def test_the_last_seat_is_taken_once(crowded: Engine) -> None:
    acme = found(crowded)
    set_seats(acme, 3)

    assert refused(*(partial(acme.add, f"{name}@acme.test") for name in "abcdef")) == 3
    assert len(acme.people()) == 3


def test_of_the_last_two_owners_one_stays(crowded: Engine) -> None:
    for number in range(ROUNDS):
        acme = found(crowded, f"Acme {number}")
        both = [acme.add(f"{name}@acme{number}.test", "owner") for name in "ab"]

        acts = (partial(acme.suspend, both[0]), partial(acme.revoke, both[1], "owner"))
        assert refused(*acts) == 1
        settled(acme)
        check(acme)


def test_a_drain_and_an_administrator_agree_in_the_end(crowded: Engine) -> None:
    acme = found(crowded)
    for number in range(ROUNDS):
        email = f"ada{number}@acme.test"
        key = acme.create(email)
        acme.drain()
        one = acme.people()[email].membership_id
        acme.edit(key, active=False)

        assert (
            refused(acme.drain, partial(acme.suspend, one), partial(acme.grant, one, "admin")) == 0
        )
        acme.edit(key, active=True)
        settled(acme)
        assert acme.people()[email].status == "suspended"
    check(acme)


def test_nobody_joins_by_an_account_that_is_being_deleted(crowded: Engine) -> None:
    acme, other = found(crowded), found(crowded, "Other")
    for number in range(ROUNDS):
        email = f"ada{number}@shared.test"
        acme.add(email)
        user_id = dict(acme.members())[email].user_id

        refused(partial(acme.delete_user, user_id), partial(other.add, email))
        assert (user_id in present(other)) == (user_id in present(acme))
        assert None not in present(other).values()
    for tenant in (acme, other):
        settled(tenant)
        check(tenant)
