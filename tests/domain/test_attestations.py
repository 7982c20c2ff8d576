"""A product compares what it holds with what it was told, and is told what repairs it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from provisioning import attestations, workspace_members, workspaces
from provisioning.attestations import Comparison
from provisioning.errors import NotFound, Refused
from provisioning.holdings import Digest, Holding
from provisioning.ids import MembershipId, OrganizationId
from provisioning.store import engine as engines
from provisioning.store.engine import reading, transaction
from tests.tenant import Tenant, acting, found


class Product:
    """What somebody who reads the feed has made of it."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.roles: dict[str, dict[str, str]] = {}

    def learn(self, told: Sequence[Mapping[str, Any]]) -> None:
        for event in told:
            data = event["data"]
            if event["type"] == "organization_membership.deleted":
                self.statuses.pop(data["user"]["id"], None)
            elif event["type"].startswith("organization_membership."):
                self.statuses[data["user"]["id"]] = data["status"]
            elif event["type"].startswith("role_grant."):
                self._grant(event["type"], data)

    def _grant(self, event_type: str, data: Mapping[str, Any]) -> None:
        held = self.roles.setdefault(data["user_id"], {})
        place = data["workspace"]
        name = data["role"]["name"] if place is None else f"{place['id']}/{data['role']['name']}"
        if event_type.endswith("created"):
            held[data["id"]] = name
        elif data["id"] is None:
            self.roles[data["user_id"]] = {key: had for key, had in held.items() if had != name}
        else:
            held.pop(data["id"], None)

    def holdings(self) -> list[Holding]:
        return [
            Holding.of(user_id, status, self.roles.get(user_id, {}).values())
            for user_id, status in sorted(self.statuses.items())
        ]


def digest(holdings: Sequence[Holding]) -> str:
    made = Digest()
    made.add(holdings)
    return made.value


def pages(holdings: Sequence[Holding], size: int) -> Iterator[tuple[Any, Any, list[Holding]]]:
    after = None
    for start in range(0, max(len(holdings), 1), size):
        part = list(holdings[start : start + size])
        through = part[-1].user_id if start + size < len(holdings) else None
        yield after, through, part
        after = through


def compare(tenant: Tenant, holdings: Sequence[Holding], size: int = 100) -> list[Comparison]:
    with reading(tenant.engine) as connection:
        return [
            attestations.compare(
                connection, tenant.organization_id, part, after=after, through=through, repair=True
            )
            for after, through, part in pages(holdings, size)
        ]


def state(tenant: Tenant) -> attestations.State:
    with reading(tenant.engine) as connection:
        return attestations.state(connection, tenant.organization_id)


def lived(acme: Tenant) -> Tenant:
    """People of every kind, with roles from everywhere, some of which have gone again."""
    acme.map("Staff", "admin")
    people = [acme.create(f"p{number}", active=number % 4 != 0) for number in range(12)]
    staff = acme.push("Staff", *people[:6])
    acme.drain()
    acme.leave(staff, people[1])
    acme.delete(people[11])
    acme.edit(people[2], active=False)
    member = acme.add("boss@acme.test", "owner", "guest")
    acme.revoke(member, "guest")
    acme.drain()
    with transaction(acme.engine) as connection:
        place = workspaces.create(connection, acme.organization_id, acting(), display_name="Berlin")
        workspace_members.put(connection, place, MembershipId(member), acting())
    return acme


def test_the_canonical_form_is_sorted_and_says_only_what_counts() -> None:
    active = Holding.of("usr_1", "active", ["member", "admin", "wsp_1/guest", "admin"])
    suspended = Holding.of("usr_2", "suspended", ["owner"])

    assert active.line == "usr_1 active admin member wsp_1/guest\n"
    assert suspended.line == "usr_2 suspended\n"
    # printf 'usr_1 active admin member wsp_1/guest\nusr_2 suspended\n' | sha256sum
    assert digest([active, suspended]) == (
        "6e9d5b99c63865a960fd07cd38fbe28f0f73b3e99bf0d97dda4544fa6689ba9f"
    )


def test_who_has_followed_the_feed_holds_the_same(acme: Tenant) -> None:
    product = Product()
    product.learn(lived(acme).events())

    ours = state(acme)

    assert ours.digest == digest(product.holdings())
    assert ours.count == len(product.statuses) == 12
    assert ours.sequence == len(acme.events())
    assert [found.differences for found in compare(acme, product.holdings())] == [[]]


def test_what_was_missed_is_missing_extra_or_different(acme: Tenant) -> None:
    product = Product()
    product.learn(lived(acme).events())
    lost, changed, *_ = sorted(product.statuses)
    del product.statuses[lost]
    product.statuses[changed] = "suspended"
    extra = "usr_ffffffffffffffffffffffffffffffff"
    product.statuses[extra] = "active"

    (found,) = compare(acme, product.holdings())

    kinds = [(one.user_id, one.mine is None, one.theirs is None) for one in found.differences]
    assert (lost, False, True) in kinds
    assert (extra, True, False) in kinds
    gone = found.repairs[-1]
    assert (gone.type, gone.data["id"]) == ("organization_membership.deleted", None)


@settings(max_examples=25, deadline=None)
@given(chance=st.randoms(use_true_random=False), size=st.integers(1, 7))
def test_the_repairs_of_whatever_was_missed_lead_to_what_we_hold(
    grown: Tenant, chance: random.Random, size: int
) -> None:
    product = Product()
    product.learn([event for event in grown.events() if chance.random() < 0.6])
    for user_id in chance.sample(sorted(product.statuses), 2):
        product.roles.setdefault(user_id, {})["grant_0"] = "never granted"
        product.statuses[user_id] = chance.choice(["active", "suspended"])

    for _ in range(2):  # what who was not active held besides shows when they are
        for part in compare(grown, product.holdings(), size):
            product.learn([{"type": draft.type, "data": draft.data} for draft in part.repairs])

    assert digest(product.holdings()) == state(grown).digest


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> Iterator[Tenant]:
    """One that nobody changes, for many examples."""
    path = tmp_path_factory.mktemp("attested") / "engine.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    engine = engines.create(f"sqlite:///{path}")
    yield lived(found(engine))
    engine.dispose()


def test_more_than_a_part_is_compared_in_parts(acme: Tenant) -> None:
    for number in range(5):
        acme.add(f"p{number}@acme.test")
    with reading(acme.engine) as connection:
        where = (connection, acme.organization_id)
        first = attestations.compare(*where, [], after=None, through=None, repair=False, part=3)
        rest = attestations.compare(
            *where, [], after=first.through, through=None, repair=False, part=3
        )

    users = [one.user_id for one in (*first.differences, *rest.differences)]
    assert first.through == users[2]
    assert rest.through is None
    assert users == sorted(one.user_id for _, one in acme.members())


def test_a_digest_of_many_parts_is_one(acme: Tenant) -> None:
    for number in range(5):
        acme.add(f"p{number}@acme.test")
    with reading(acme.engine) as connection:
        in_parts = attestations.state(connection, acme.organization_id, part=2)

    assert in_parts == state(acme)
    assert in_parts.count == 5


@pytest.mark.parametrize("keys", [["usr_2", "usr_1"], ["usr_1", "usr_1"], ["usr_0"], ["usr_9"]])
def test_another_order_is_refused(acme: Tenant, keys: list[str]) -> None:
    theirs = [Holding.of(key, "active", ()) for key in keys]
    with reading(acme.engine) as connection, pytest.raises(Refused) as refused:
        attestations.compare(
            connection,
            acme.organization_id,
            theirs,
            after="usr_0",
            through="usr_8",
            repair=False,
        )

    assert refused.value.code == "not_in_order"


def test_nobody_elses_members_are_compared(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    other.add("eve@other.test", "owner")

    assert state(acme).count == 0
    assert compare(acme, [])[0].differences == []
    with reading(engine) as connection, pytest.raises(NotFound):
        attestations.state(connection, OrganizationId("org_0"))
