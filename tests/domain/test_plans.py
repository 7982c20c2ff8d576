"""Plans: what a change would do, said before it is done; and exactly that done, or nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from provisioning import clock, domains, plans
from provisioning.errors import NotFound, Refused
from provisioning.planned_changes import BATCH
from provisioning.store import (
    directory_tables,
    domain_tables,
    event_tables,
    note_tables,
    people_tables,
    role_tables,
    run_tables,
)
from provisioning.store import plans as store
from provisioning.store.engine import reading, transaction
from provisioning.store.pages import Cut
from provisioning.store.plans import Plan
from tests.domain.test_sync_runs import spoil
from tests.event_feed import check
from tests.tenant import ACTOR, Tenant, found, settled
from tests.tenant_in_bulk import fill

RESYNC = {"type": "resync"}
DISCONNECT = {"type": "disconnect"}


def set_mapping(group: str, role: str) -> dict[str, Any]:
    named = {"display_name": group}
    return {"type": "set_mapping", "group": named, "role": role, "workspace_id": None}


def draw_up(tenant: Tenant, change: Mapping[str, Any]) -> Plan:
    with transaction(tenant.engine) as connection:
        return plans.draw_up(connection, tenant.directory, change, actor=ACTOR, now=clock.now())


def actions(tenant: Tenant, plan: Plan) -> list[dict[str, Any]]:
    with reading(tenant.engine) as connection:
        return list(store.actions(connection, plan, Cut(limit=1000)).items)


def apply(tenant: Tenant, plan: Plan, at: datetime | None = None) -> Plan:
    with transaction(tenant.engine) as connection:
        applied, _ = plans.apply(
            connection,
            tenant.organization_id,
            tenant.directory.id,
            plan.id,
            actor=ACTOR,
            now=at or clock.now(),
        )
    return applied


def refused(tenant: Tenant, plan: Plan, at: datetime | None = None) -> str:
    before = state(tenant)
    with pytest.raises(Refused) as refusal:
        apply(tenant, plan, at)
    assert state(tenant) == before
    return refusal.value.code


def state(tenant: Tenant) -> list[Any]:
    """In an order of its own: how a database happens to read a table may change at any time."""
    kept = (
        people_tables.memberships,
        role_tables.grants,
        role_tables.mappings,
        event_tables.events,
        note_tables.notes,
    )
    return [sorted(tenant.rows(table), key=repr) for table in (*kept, run_tables.sync_runs)]


@pytest.fixture
def team(acme: Tenant) -> Tenant:
    """Ada and Bob are engineers, and Cem is not."""
    ada, bob = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    acme.create("cem@acme.test")
    acme.push("Engineering", ada, bob)
    acme.drain()
    return acme


def test_a_plan_does_nothing(team: Tenant) -> None:
    before = state(team)

    for change in (RESYNC, set_mapping("Engineering", "admin"), DISCONNECT):
        draw_up(team, change)

    assert state(team) == before
    settled(team)


def test_what_cannot_be_done_is_not_planned(team: Tenant) -> None:
    before = state(team)
    with pytest.raises(NotFound):
        draw_up(team, set_mapping("Engineering", "emperor"))

    assert state(team) == before


def test_a_mapping_is_planned_with_who_gets_what_and_why(team: Tenant) -> None:
    plan = draw_up(team, set_mapping("Engineering", "admin"))

    assert plan.summary == {"people": 2, "losing_access": 0, "actions": {"grant_role": 2}}
    # People who came within one millisecond are in no order.
    ada, bob = sorted(actions(team, plan), key=lambda one: str(one["person"]["email"]))
    assert (ada["person"]["email"], bob["person"]["email"]) == ("ada@acme.test", "bob@acme.test")
    assert ada["action"] == "grant_role"
    assert (ada["role"], ada["roles_before"], ada["roles_after"]) == (
        "admin",
        ["member"],
        ["admin", "member"],
    )
    assert ada["group"]["display_name"] == "Engineering"
    assert ada["why"] == "member of group 'Engineering'"


def test_applying_a_plan_does_what_it_says_and_is_told(team: Tenant) -> None:
    plan = draw_up(team, set_mapping("Engineering", "admin"))

    applied = apply(team, plan)

    people = team.people()
    assert people["ada@acme.test"].roles == people["bob@acme.test"].roles == {"admin", "member"}
    assert people["cem@acme.test"].roles == {"member"}
    assert team.told()[-5:] == [
        "group_role_mapping.created",
        "sync_run.started",
        "role_grant.created",
        "role_grant.created",
        "sync_run.completed",
    ]
    assert team.events()[-2]["context"]["run_id"] == applied.run_id
    (run,) = team.rows(run_tables.sync_runs)
    assert (run["trigger"], run["status"], run["id"]) == ("plan", "completed", applied.run_id)
    settled(team)
    check(team)


def test_removing_a_mapping_is_planned_with_what_everybody_loses(team: Tenant) -> None:
    mapping = team.map("Engineering", "admin")
    team.drain()

    plan = draw_up(team, {"type": "remove_mapping", "mapping_id": mapping.id})
    ada, _ = actions(team, plan)
    apply(team, plan)

    assert (ada["action"], ada["role"], ada["mapping_id"]) == ("revoke_role", "admin", mapping.id)
    assert ada["why"] == "no mapped member of group 'Engineering' any more"
    assert {person.roles for person in team.people().values()} == {frozenset({"member"})}
    settled(team)


def test_disconnecting_a_directory_is_planned_with_who_goes_and_who_is_held(team: Tenant) -> None:
    team.map("Engineering", "owner")
    team.drain()

    plan = draw_up(team, DISCONNECT)
    held = [
        action["person"]["email"] for action in actions(team, plan) if action["action"] == "hold"
    ]
    apply(team, plan)
    team.drain()

    assert plan.summary["losing_access"] == 2
    left = [email for email, person in team.people().items() if person.status == "active"]
    assert held == left
    assert len(left) == 1
    settled(team)


def test_disconnecting_and_keeping_people_is_planned_with_what_becomes_theirs(team: Tenant) -> None:
    team.map("Engineering", "admin")
    team.drain()

    plan = draw_up(team, {**DISCONNECT, "people": "keep"})

    assert plan.summary["losing_access"] == 0
    assert plan.summary["actions"] == {"grant_role": 2, "keep": 3, "revoke_role": 2}
    why = {
        (one["role"], one["why"]) for one in actions(team, plan) if one["action"] == "grant_role"
    }
    assert why == {
        ("admin", "given by a group of the disconnected directory, and by hand from now on")
    }


def test_a_resync_is_planned_with_everybody_who_differs(team: Tenant) -> None:
    spoil(team)

    plan = draw_up(team, RESYNC)
    apply(team, plan)

    assert plan.summary["actions"] == {"reactivate": 3}
    assert {person.status for person in team.people().values()} == {"active"}


def test_the_removal_of_a_mapping_is_planned_for_whom_a_guard_holds_in_its_role(
    team: Tenant,
) -> None:
    mapping = team.map("Engineering", "admin")
    team.guard(max_count=0, max_share=0.0)
    team.drain()
    group = team.rows(directory_tables.directory_groups)[0]["id"]
    for row in team.rows(directory_tables.directory_users):
        if row["user_name"] == "ada@acme.test":
            team.edit(row["id"], active=False)
            team.leave(group, row["id"])
    settled(team)
    assert team.people()["ada@acme.test"].roles == {"admin", "member"}

    plan = draw_up(team, {"type": "remove_mapping", "mapping_id": mapping.id})
    assert plan.summary == {"people": 2, "losing_access": 0, "actions": {"revoke_role": 2}}
    shown = {one["person"]["email"]: one["why"] for one in actions(team, plan)}
    assert shown.keys() == {"ada@acme.test", "bob@acme.test"}
    apply(team, plan)

    assert team.people()["ada@acme.test"].roles == {"member"}
    settled(team)


def deactivate(tenant: Tenant, keys: Sequence[str]) -> None:
    """As the IdP left them; nobody has noted it."""
    table = directory_tables.directory_users
    out = update(table).where(table.c.id.in_(keys))
    with transaction(tenant.engine) as connection:
        connection.execute(out.values(active=False, updated_at=clock.now()))


def breaker_events(tenant: Tenant) -> list[str]:
    return [name for name in tenant.told() if name.startswith("directory.breaker_")]


def test_a_plan_whose_last_people_trip_the_breaker_loses_none_of_the_first(acme: Tenant) -> None:
    keys = fill(acme, BATCH + 10)
    acme.guard(max_count=BATCH + 5, max_share=0.0)
    acme.resync()
    while acme.drain().more:
        pass
    for key in keys[:3]:
        acme.edit(key, active=False)
    acme.drain()
    deactivate(acme, keys)
    seen = len(acme.events())

    plan = draw_up(acme, RESYNC)
    assert plan.summary == {
        "people": BATCH + 10,
        "losing_access": 0,
        "actions": {"hold": BATCH + 10, "reactivate": 3, "trip_breaker": 1},
    }
    apply(acme, plan)

    assert {row["status"] for row in acme.rows(people_tables.memberships)} == {"active"}
    statuses = [
        event["data"]["status"]
        for event in acme.events(seen)
        if event["type"] == "organization_membership.updated"
    ]
    assert statuses == ["active"] * 3
    assert breaker_events(acme) == ["directory.breaker_updated", "directory.breaker_tripped"]
    settled(acme)
    check(acme)


def test_a_plan_says_who_comes_back_by_it(acme: Tenant) -> None:
    keys = fill(acme, 20)
    acme.resync()
    acme.drain()
    for key in keys[:8]:
        acme.edit(key, active=False)
    acme.drain()
    deactivate(acme, keys[8:13])

    plan = draw_up(acme, RESYNC)
    assert plan.summary == {
        "people": 13,
        "losing_access": 0,
        "actions": {"hold": 13, "reactivate": 8, "trip_breaker": 1},
    }
    apply(acme, plan)

    assert {row["status"] for row in acme.rows(people_tables.memberships)} == {"active"}
    seen = len(acme.events())
    settled(acme)
    assert len(acme.events()) == seen
    check(acme)


@pytest.mark.parametrize("what", ["joined", "renamed", "done already", "mapped", "suspended"])
def test_a_plan_of_another_world_is_stale(team: Tenant, what: str) -> None:
    plan = draw_up(team, set_mapping("Engineering", "admin"))
    group = team.rows(directory_tables.directory_groups)[0]["id"]
    people = team.rows(directory_tables.directory_users)
    ada = next(row["id"] for row in people if row["user_name"] == "ada@acme.test")
    match what:
        case "joined":
            team.join(group, team.create("dee@acme.test"))
        case "renamed":
            team.rename(group, "Engineers")
        case "done already":
            team.map("Engineering", "admin")
        case "mapped":
            team.map("Engineering", "guest")
        case _:
            team.edit(ada, active=False)
    team.drain()

    assert refused(team, plan) == "plan_stale"


def test_what_does_not_concern_a_plan_does_not_make_it_stale(team: Tenant) -> None:
    plan = draw_up(team, set_mapping("Engineering", "admin"))
    team.create("dee@acme.test")
    team.drain()

    assert apply(team, plan).applied_at is not None


def test_a_plan_is_applied_once(team: Tenant) -> None:
    plan = draw_up(team, RESYNC)
    apply(team, plan)

    assert refused(team, plan) == "plan_applied"


def test_a_change_that_is_refused_is_refused_to_a_plan_and_leaves_nothing(team: Tenant) -> None:
    before = team.events()

    with pytest.raises(NotFound):
        draw_up(team, {"type": "remove_mapping", "mapping_id": "map_nobody"})

    assert team.events() == before


def test_a_plan_expires(team: Tenant) -> None:
    plan = draw_up(team, RESYNC)

    assert refused(team, plan, at=plan.expires_at) == "plan_expired"
    assert apply(team, plan, at=plan.expires_at - timedelta(seconds=1)).applied_at is not None


def test_a_plan_of_a_directory_that_is_gone_is_stale(team: Tenant) -> None:
    plan = draw_up(team, set_mapping("Engineering", "admin"))
    team.delete_directory()
    team.drain()

    assert refused(team, plan) == "plan_stale"


@pytest.fixture
def waiting(engine: Engine) -> tuple[Tenant, dict[str, Any]]:
    """Ada waits in a conflict, Eve outside the scope; the domain of both is claimed."""
    other, acme = found(engine, "Other"), found(engine)
    other.create("ada@acme.test", displayName="Ada of Other")
    other.drain()
    other.show_address("ada@acme.test")
    acme.set_policies(provisioning_scope="accept")
    acme.create("ada@acme.test", displayName="Ada of Acme")
    acme.drain()
    acme.set_policies(provisioning_scope="hold")
    acme.create("eve@acme.test", directory=acme.add_directory())
    acme.drain()
    with transaction(engine) as connection:
        claimed = domains.claim(connection, acme.organization_id, "acme.test", acme.acting)
    return acme, {"type": "verify_domain", "domain_id": claimed.id, "note": "a contract"}


def test_verifying_a_domain_is_planned_with_whom_it_lets_in(
    waiting: tuple[Tenant, dict[str, Any]],
) -> None:
    acme, change = waiting
    told = len(acme.events())
    plan = draw_up(acme, change)

    assert plan.summary["losing_access"] == 0
    said = {(one["action"], one["person"]["email"]) for one in actions(acme, plan)}
    # In whichever directory; Ada is the account of Other, whose authority moves to Acme.
    assert {("link", "ada@acme.test"), ("join", "ada@acme.test")} <= said
    assert {("release_newcomer", "eve@acme.test"), ("join", "eve@acme.test")} <= said
    assert "update_account" in plan.summary["actions"]
    assert acme.people() == {}
    assert len(acme.events()) == told


def test_applying_it_is_vouching_for_the_domain(waiting: tuple[Tenant, dict[str, Any]]) -> None:
    acme, change = waiting
    applied = apply(acme, draw_up(acme, change))

    assert applied.run_id is not None
    assert acme.people().keys() == {"ada@acme.test", "eve@acme.test"}
    (domain,) = acme.rows(domain_tables.domains)
    assert (domain["state"], domain["method"], domain["note"]) == (
        "verified",
        "manual",
        "a contract",
    )
    settled(acme)
    check(acme)


def test_a_domain_that_is_verified_meanwhile_is_not_verified_by_a_plan(
    waiting: tuple[Tenant, dict[str, Any]],
) -> None:
    acme, change = waiting
    plan = draw_up(acme, change)
    with transaction(acme.engine) as connection:
        here = (connection, acme.organization_id, change["domain_id"])
        domains.verify_manually(*here, "theirs", acme.acting)

    assert refused(acme, plan) == "domain_already_verified"
