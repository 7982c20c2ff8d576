"""The past of members: found by whom it is of, and with the names that things had then."""

from datetime import datetime

from sqlalchemy import Engine, text

from provisioning import clock, history, past_explanations
from provisioning.ids import MembershipId
from provisioning.store import past_events
from provisioning.store.engine import reading, transaction
from provisioning.store.memberships import Member
from provisioning.store.pages import Cut
from tests.query_plans import Executed, executed
from tests.tenant import Tenant


def create(acme: Tenant, name: str, *, active: bool = True) -> str:
    emails = [{"value": f"{name}@acme.test", "primary": True}]
    return acme.create(name, emails=emails, active=active)


def explained(acme: Tenant, moment: datetime, name: str = "ada") -> dict[str, str]:
    """The reason of each role that was held; of the membership under the empty name."""
    with reading(acme.engine) as connection:
        (found,) = past_explanations.explain(
            connection, acme.organization_id, f"{name}@acme.test", moment
        )
    return {
        "": "; ".join(found.reasons),
        **{role.role: role.why for role in found.held},
        **{f"no {role.role}": role.why for role in found.lacking},
    }


def listed(acme: Tenant, moment: datetime, limit: int = 100, **filters: str) -> list[Member]:
    with reading(acme.engine) as connection:
        found = history.members(
            connection, acme.organization_id, moment, Cut(limit=limit), **filters
        )
    return list(found.items)


def test_the_why_of_the_past_has_the_names_and_ways_of_then(acme: Tenant) -> None:
    mapping = acme.map("Staff", "admin")
    ada = create(acme, "ada")
    team = acme.push("Team", ada)
    staff = acme.push("Staff", team)
    acme.drain()
    nested = clock.now()
    acme.rename(staff, "Everybody")
    acme.rename_directory("Renamed")
    acme.leave(staff, team)
    acme.join(staff, ada)
    acme.drain()
    direct = clock.now()
    acme.unpush(staff)
    acme.drain()
    without = clock.now()
    acme.unmap(mapping)
    acme.delete(ada)
    acme.drain()

    then, later, after = (explained(acme, at) for at in (nested, direct, without))

    assert then["admin"].startswith(
        "member of group 'Team' → 'Staff' of directory \"Acme's directory\", which mapping"
        f" {mapping.id} gives it; since 20"
    )
    assert "by worker:drain (evt_" in then["admin"]
    assert then["member"].startswith("every member of the organization has it; since 20")
    assert later["admin"].startswith("member of group 'Everybody' of directory 'Renamed'")
    assert "admin" not in after
    assert after["no admin"] == f"mapping {mapping.id} waits for a group named 'Everybody'"
    assert then[""].startswith(f'directory "Acme\'s directory" ({ada}) said active; the membership')
    last = explained(acme, clock.now())
    assert "had deleted the person; the membership was removed, since" in last[""]
    assert "no admin" not in last


def test_what_was_held_is_part_of_the_past(acme: Tenant) -> None:
    acme.map("Owners", "owner")
    ada = create(acme, "ada")
    acme.push("Owners", ada)
    acme.drain()
    acme.edit(ada, active=False)
    acme.drain()
    held = clock.now()
    acme.edit(ada, active=True)
    acme.drain()

    assert "the directories said suspended, which was held: last_owner" in explained(acme, held)[""]
    assert "held" not in explained(acme, clock.now())[""]


def test_nobody_was_there_before_they_came(acme: Tenant) -> None:
    before = clock.now()
    create(acme, "ada")
    acme.drain()

    assert explained(acme, before)[""].startswith("nobody who is shown with this address now was")
    assert listed(acme, before) == []
    assert [one.profile.email for one in listed(acme, clock.now())] == ["ada@acme.test"]


def test_who_came_back_under_another_resource_is_explained_by_both(acme: Tenant) -> None:
    first = create(acme, "ada")
    acme.push("Staff", first)
    acme.map("Staff", "admin")
    acme.drain()
    then = clock.now()
    acme.delete(first)
    acme.drain()
    second = create(acme, "ada")
    acme.drain()

    assert "member of group 'Staff'" in explained(acme, then)["admin"]
    now = explained(acme, clock.now())
    assert f"({first}) had deleted the person" in now[""]
    assert f"({second}) said active" in now[""]


def test_who_had_a_role_then_is_asked_of_those_who_were_granted_it(acme: Tenant) -> None:
    acme.map("Staff", "admin")
    people = [create(acme, f"p{number}") for number in range(12)]
    staff = acme.push("Staff", *people[:3])
    acme.drain()
    then = clock.now()
    acme.leave(staff, *people[:2])
    acme.join(staff, people[11])
    acme.drain()

    def admins(moment: datetime, limit: int = 100) -> list[str]:
        found = listed(acme, moment, limit, role="admin")
        assert [one.membership_id for one in found] == sorted(one.membership_id for one in found)
        return sorted(str(one.profile.email) for one in found)

    assert admins(then) == ["p0@acme.test", "p1@acme.test", "p2@acme.test"]
    assert admins(clock.now()) == ["p11@acme.test", "p2@acme.test"]
    assert len(admins(clock.now(), 1)) == 1
    held = listed(acme, then, role="admin")[0].roles
    assert [role.group_name for role in held if role.role == "admin"] == ["Staff"]


def test_a_filter_that_leaves_many_out_still_finds_the_last(acme: Tenant) -> None:
    people = []
    for number in range(9):
        people.append(create(acme, f"p{number}", active=number > 6))
        acme.drain()
    then = clock.now()
    acme.edit(people[8], active=False)
    acme.drain()

    with reading(acme.engine) as connection:
        where = (connection, acme.organization_id, then)
        first = history.members(*where, Cut(limit=1), status="active")
        rest = history.members(*where, Cut(limit=1, after=first.after), status="active")
        back = history.members(*where, Cut(limit=1, before=rest.items[0].membership_id))

    assert [one.profile.email for one in first.items] == ["p7@acme.test"]
    assert [one.profile.email for one in rest.items] == ["p8@acme.test"]
    assert (first.before, rest.after) == (None, None)
    assert [one.profile.email for one in back.items] == ["p7@acme.test"]
    assert back.before == back.after == back.items[0].membership_id


def test_a_members_past_is_read_by_the_index_of_subjects(engine: Engine, acme: Tenant) -> None:
    people = [create(acme, f"p{number}") for number in range(300)]
    acme.map("Staff", "admin")
    acme.push("Staff", people[0])
    acme.drain()
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("ANALYZE events"))
    key = MembershipId(acme.people()["p0@acme.test"].membership_id)

    def look() -> None:
        with reading(engine) as connection:
            past_events.of_subjects(connection, acme.organization_id, [key], clock.now())
            past_events.of_mappings(connection, acme.organization_id, clock.now())
            past_events.members(
                connection,
                acme.organization_id,
                clock.now(),
                None,
                5,
                backwards=False,
                role="admin",
            )

    for one in executed(engine, look):
        assert "ix_events_" in plan(engine, one), one.statement


def plan(engine: Engine, one: Executed) -> str:
    explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with transaction(engine) as connection:
        rows = connection.exec_driver_sql(f"{explain} {one.statement}", one.parameters)
        return " ".join(str(row) for row in rows)
