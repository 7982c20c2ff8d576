"""Writers and drains at the same time, on PostgreSQL: nothing is lost, told twice, or stuck."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text

from provisioning import (
    directory_groups,
    directory_users,
    domains,
    mappings,
    newcomers,
    organizations,
    plans,
)
from provisioning.clock import now
from provisioning.directory_groups import Joining, add_members, remove_members
from provisioning.directory_users import Editing
from provisioning.errors import Collision, NotFound, Taken, Unavailable, UnknownMember
from provisioning.ids import DirectoryGroupId, DirectoryUserId
from provisioning.member_changes import MemberChange
from provisioning.newcomers import Newcomer
from provisioning.reconcile.facts import RoleMode
from provisioning.store import (
    conflict_tables,
    directory_tables,
    note_tables,
    people_tables,
    syncs,
)
from provisioning.store.engine import reading, statement, transaction
from provisioning.store.plans import Plan
from provisioning.strangers import forget_gone
from tests.event_feed import check
from tests.query_plans import executed
from tests.tenant import Tenant, context_of, document, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time."""

ATTEMPTS = 10
WAIT_SECONDS = 30
POLL_SECONDS = 0.01


def at_once(*acts: Callable[[], object]) -> None:
    """All start together; the first failure is the test's."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(run, act) for act in acts]:
            future.result()


def retried(act: Callable[[], object]) -> None:
    """As an IdP does that is told to try again."""
    for attempt in range(ATTEMPTS):
        try:
            act()
        except (Collision, Unavailable):
            assert attempt + 1 < ATTEMPTS
        else:
            return


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def count_waiting(engine: Engine) -> int:
    """How many statements wait for somebody's lock."""
    with reading(engine) as connection:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(connection.scalar(waiting) or 0)


def write(tenant: Tenant, writer: int, groups: Sequence[str]) -> None:
    """One IdP thread: people come, change, join, leave and go, in groups that all writers share."""
    others: list[str] = []
    for number in range(6):
        name = f"{writer}-{number}@acme.test"
        user = tenant.create(name, externalId=name)
        others.append(user)
        group, another = groups[number % 2], groups[(writer + number) % 2]
        retried(partial(tenant.join, group, user))
        retried(partial(tenant.edit, user, displayName=name))
        retried(partial(tenant.join, another, *others))
        if number % 3 == 1:
            gone = others.pop(0)
            retried(partial(tenant.delete, gone))
        if number % 3 == 2:
            retried(partial(tenant.leave, group, others[0]))
            retried(partial(tenant.edit, user, active=False))


def settle(tenant: Tenant) -> None:
    settled(tenant)
    check(tenant)


def test_writers_and_drains_do_not_get_into_each_others_way(crowded: Engine) -> None:
    acme = found(crowded)
    acme.guard(enabled=False)  # it would take back up to sixteen losses, as many as chance applied
    groups = [acme.push("Engineering"), acme.push("Everybody")]
    acme.join(groups[1], groups[0])
    acme.map("Everybody", "admin")
    writing = threading.Event()
    writing.set()

    def drain() -> None:
        while writing.is_set():
            acme.drain()

    def write_all() -> None:
        try:
            at_once(*(partial(write, acme, n, groups) for n in range(4)))
        finally:
            writing.clear()

    at_once(drain, drain, write_all)
    settle(acme)

    # Two of each writer's six are deleted; whether they had become members before is chance.
    assert len([1 for _, person in acme.members() if person.status != "removed"]) == 16


def test_groups_that_come_and_go_under_a_drain_leave_nothing_behind(crowded: Engine) -> None:
    acme = found(crowded)
    people = [acme.create(f"{number}@acme.test") for number in range(5)]
    acme.map("Engineering", "admin")
    writing = threading.Event()
    writing.set()

    def drain() -> None:
        while writing.is_set():
            acme.drain()

    def push_and_unpush() -> None:
        try:
            for _ in range(10):
                group = acme.push("Engineering", *people)
                retried(partial(acme.leave, group, people[0]))
                retried(partial(acme.unpush, group))
            acme.push("Engineering", *people)
        finally:
            writing.clear()

    at_once(drain, drain, push_and_unpush)
    settle(acme)

    assert all("admin" in person.roles for _, person in acme.members())


def test_a_group_is_mapped_and_pushed_at_the_same_moment(crowded: Engine) -> None:
    tenants = [found(crowded, f"Acme {number}") for number in range(6)]
    for tenant in tenants:
        user = tenant.create(f"ada@{tenant.organization_id}.test")
        at_once(
            partial(tenant.map, "Engineering", "admin"),
            partial(tenant.push, "Engineering", user),
            tenant.drain,
        )
        settle(tenant)
        assert ["admin" in person.roles for _, person in tenant.members()] == [True]


def test_a_mapping_is_not_declared_while_a_drain_looks_for_groups(crowded: Engine) -> None:
    acme = found(crowded)
    declared = threading.Event()

    def declare() -> None:
        acme.map("Engineering", "admin")
        declared.set()

    thread = threading.Thread(target=declare)
    with transaction(crowded) as connection:
        assert syncs.lock(connection, acme.organization_id)
        thread.start()
        assert not declared.wait(0.2)
    thread.join()

    assert declared.is_set()


def test_no_drain_looks_for_groups_while_a_mapping_is_declared(crowded: Engine) -> None:
    acme = found(crowded)
    with transaction(crowded) as connection:
        mappings.declare(
            connection, acme.directory, "Engineering", "admin", actor="test", now=now()
        )
        acme.push("Engineering", acme.create("ada@acme.test"))
        assert acme.drain().notes == 0
    settle(acme)

    assert "admin" in acme.people()["ada@acme.test"].roles


def _map_while_it_is_deleted(acme: Tenant, group: str, role: str) -> None:
    """The administrator has found the group when the IdP deletes it."""
    here = DirectoryGroupId(group)

    def declare() -> None:
        with transaction(acme.engine) as connection:
            mappings.declare_by_id(connection, acme.directory, here, role, actor="test", now=now())

    with ThreadPoolExecutor(1) as pool:
        with transaction(acme.engine) as connection:
            connection.execute(text("LOCK TABLE roles IN ACCESS EXCLUSIVE MODE"))
            declaring = pool.submit(declare)
            until(lambda: count_waiting(acme.engine) == 1)
            acme.unpush(group)
        declaring.result()


def test_a_group_that_is_deleted_while_it_is_mapped_is_told_when_no_mapping_names_it(
    crowded: Engine,
) -> None:
    acme = found(crowded)
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.map("Engineering", "guest")
    acme.drain()
    _map_while_it_is_deleted(acme, group, "admin")
    settle(acme)

    acme.push("Engineering", ada)
    settle(acme)
    assert {"guest", "admin"} <= set(acme.people()["ada@acme.test"].roles)


def test_a_group_that_nobody_heard_of_before_it_was_deleted_is_named_by_no_mapping(
    crowded: Engine,
) -> None:
    acme = found(crowded)
    ada = acme.create("ada@acme.test")
    _map_while_it_is_deleted(acme, acme.push("Engineering", ada), "admin")
    settle(acme)

    acme.push("Engineering", ada)
    settle(acme)
    assert "admin" in acme.people()["ada@acme.test"].roles


def test_of_two_administrators_the_later_is_told_what_the_earlier_left(crowded: Engine) -> None:
    acme = found(crowded)
    done = threading.Event()

    def later() -> None:
        acme.set_roles(default="admin")
        done.set()

    thread = threading.Thread(target=later)
    with transaction(crowded) as connection:
        guests = {"default_role": "guest"}
        organizations.update(connection, acme.organization_id, guests, actor="test", now=now())
        thread.start()
        assert not done.wait(0.2)
    thread.join()

    check(acme)


def test_who_joins_a_group_that_is_being_mapped_waits_for_nobody_who_waits_for_them(
    crowded: Engine,
) -> None:
    acme = found(crowded)
    group = acme.push("Engineering")
    first, *others = (acme.create(f"{number}@acme.test") for number in range(4))
    acme.drain()  # a group that is untold yet would be told by its mapping, and locked for that
    with ExitStack() as mapping, ThreadPoolExecutor(len(others)) as pool:
        # Whoever names a group by a foreign key locks the version of its row that there is …
        connection = mapping.enter_context(transaction(crowded))
        here = DirectoryGroupId(group)
        mappings.declare_by_id(connection, acme.directory, here, "admin", actor="test", now=now())
        with transaction(crowded) as connection:
            add_members(connection, context_of(acme.directory), [Joining(here, [first])])
            # … and these have seen that one when they come to wait for a newer one.
            joining = [pool.submit(acme.join, group, other) for other in others]
            until(lambda: count_waiting(crowded) == len(others))
        for joined in joining:
            joined.result()
    settle(acme)

    assert all("admin" in person.roles for _, person in acme.members())


_HOLD_USER = text("SELECT 1 FROM directory_users WHERE id = :id FOR NO KEY UPDATE")


def test_edits_at_once_wait_for_who_tells_of_one_without_holding_another(crowded: Engine) -> None:
    acme = found(crowded)
    first, second = sorted(acme.create_all(["ada@acme.test", "bob@acme.test"]))
    edits = [
        Editing(DirectoryUserId(user), lambda tree: document({**tree, "title": "Analyst"}))
        for user in (second, first)
    ]

    def edit() -> None:
        with statement(crowded) as connection:
            directory_users.edit(connection, context_of(acme.directory), edits)

    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as telling:
            telling.execute(_HOLD_USER, {"id": first})
            editing = pool.submit(executed, crowded, edit)
            until(lambda: count_waiting(crowded) == 1)
            telling.execute(_HOLD_USER, {"id": second})
        updates = [one for one in editing.result() if "UPDATE directory_users" in one.statement]
    assert len(updates) == 1  # and not one more for each, after a deadlock
    assert {row["version"] for row in acme.rows(directory_tables.directory_users)} == {2}


def test_who_joins_at_once_waits_for_who_tells_of_one_without_holding_another(
    crowded: Engine,
) -> None:
    acme = found(crowded)
    first, second = sorted(acme.create_all(["ada@acme.test", "bob@acme.test"]))
    group = acme.push("Engineering", first, second)
    acme.drain()
    acme.leave(group, first, second)
    hold = text("SELECT 1 FROM directory_group_members WHERE member_id = :id FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as telling:
            telling.execute(hold, {"id": first})
            joining = pool.submit(acme.join, group, second, first)
            until(lambda: count_waiting(crowded) == 1)
            telling.execute(hold, {"id": second})
        joining.result()


_HOLD_MEMBER = text(
    "SELECT 1 FROM directory_group_members WHERE group_id = :group AND member_id = :member"
    " FOR UPDATE"
)
_HOLD_GROUP = text("SELECT 1 FROM directory_groups WHERE id = :group FOR NO KEY UPDATE")


def test_who_takes_members_out_waits_for_who_tells_of_one_without_holding_another(
    crowded: Engine,
) -> None:
    acme = found(crowded)
    first, second = sorted(acme.create_all(["ada@acme.test", "bob@acme.test"]))
    group = acme.push("Engineering")
    acme.drain()
    acme.join(group, second)  # in the table before the other one
    acme.join(group, first)
    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as telling:
            telling.execute(_HOLD_MEMBER, {"group": group, "member": first})
            leaving = pool.submit(acme.leave, group, first, second)
            until(lambda: count_waiting(crowded) == 1)
            telling.execute(_HOLD_MEMBER, {"group": group, "member": second})
        leaving.result()
    settle(acme)


def test_a_user_leaves_one_group_after_the_other_as_is_told_of_them(crowded: Engine) -> None:
    acme = found(crowded)
    ada = acme.create("ada@acme.test")
    first, second = sorted(acme.push(name) for name in ("Engineering", "Sales"))
    acme.drain()
    acme.join(second, ada)  # in the table before the other one
    acme.join(first, ada)
    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as telling:
            telling.execute(_HOLD_MEMBER, {"group": first, "member": ada})
            leaving = pool.submit(acme.delete, ada)
            until(lambda: count_waiting(crowded) == 1)
            telling.execute(_HOLD_MEMBER, {"group": second, "member": ada})
        leaving.result()
    settle(acme)


@pytest.mark.parametrize("if_version", [None, [1]])
def test_a_group_that_goes_waits_for_those_it_is_in_without_holding_itself(
    crowded: Engine, if_version: list[int] | None
) -> None:
    acme = found(crowded)
    around, inside = sorted(acme.push(name) for name in ("Engineering", "Sales"))
    acme.join(around, inside)

    def unpush() -> None:
        with transaction(crowded) as connection:
            context = context_of(acme.directory)
            directory_groups.delete(
                connection, context, DirectoryGroupId(inside), if_version=if_version
            )

    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as joining:
            joining.execute(_HOLD_GROUP, {"group": around})
            going = pool.submit(unpush)
            until(lambda: count_waiting(crowded) == 1)
            joining.execute(_HOLD_GROUP, {"group": inside})
        going.result()
    settle(acme)


@pytest.mark.parametrize("replaced", [False, True])
def test_who_takes_one_out_and_another_in_waits_without_holding_either(
    crowded: Engine, *, replaced: bool
) -> None:
    acme = found(crowded)
    first, second = sorted(acme.create_all(["ada@acme.test", "bob@acme.test"]))
    group = acme.push("Engineering", first)
    acme.drain()
    acme.leave(group, first)
    acme.join(group, second)
    removed = () if replaced else (second,)
    change = MemberChange(replaced=replaced, added=(first,), removed=removed)
    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as telling:
            telling.execute(_HOLD_MEMBER, {"group": group, "member": first})
            changing = pool.submit(acme.change, group, change)
            until(lambda: count_waiting(crowded) == 1)
            telling.execute(_HOLD_MEMBER, {"group": group, "member": second})
        changing.result()
    settle(acme)


def _set_mapping(group: str) -> dict[str, Any]:
    return {"type": "set_mapping", "group": {"id": group}, "role": "admin"}


def _draw_up(acme: Tenant, change: Mapping[str, Any]) -> Plan:
    with transaction(acme.engine) as connection:
        return plans.draw_up(connection, acme.directory, change, actor="test", now=now())


def test_a_plan_waits_for_nobody_who_is_being_changed(crowded: Engine) -> None:
    acme = found(crowded)
    ada, bob = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    group = acme.push("Engineering", ada, bob)
    acme.drain()
    acme.rename(group, "Research")  # is told, and held, before the people are
    acme.edit(ada, title="Analyst")
    with ThreadPoolExecutor(2) as pool:
        with transaction(acme.engine) as connection:
            connection.execute(text("LOCK TABLE identities IN ACCESS EXCLUSIVE MODE"))
            planning = pool.submit(_draw_up, acme, _set_mapping(group))
            until(lambda: count_waiting(crowded) == 1)
            deleting = pool.submit(acme.delete, ada)
            until(lambda: count_waiting(crowded) == 2)
        deleting.result()
        plan = planning.result()
    settle(acme)

    assert plan.summary["people"] == 2


def test_a_plan_names_nobody_who_cannot_be_told_of_yet(crowded: Engine) -> None:
    acme = found(crowded)
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.drain()
    bob = acme.create("bob@acme.test")
    acme.join(group, bob)
    with transaction(crowded) as changing:
        changing.execute(_HOLD_USER, {"id": bob})
        plan = _draw_up(acme, _set_mapping(group))
    settle(acme)

    assert plan.summary["people"] == 1


def test_a_plan_does_nothing_that_follows_from_what_is_not_told_before(crowded: Engine) -> None:
    acme = found(crowded)
    ada, bob = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    group = acme.push("Engineering")
    acme.map("Engineering", "admin")
    acme.drain()
    acme.edit(ada, active=False)
    acme.join(group, bob)
    with transaction(crowded) as changing:
        changing.execute(_HOLD_USER, {"id": ada})
        remove_members(changing, context_of(acme.directory), DirectoryGroupId(group), [bob])
        plan = _draw_up(acme, {"type": "resync"})
    settle(acme)

    assert plan.summary["people"] == 0


def test_who_is_left_out_of_a_plan_is_looked_at_again(crowded: Engine) -> None:
    acme = found(crowded)
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.drain()
    acme.edit(ada, title="Analyst")
    with transaction(acme.engine) as connection:
        connection.execute(delete(note_tables.notes))
    with transaction(crowded) as changing:  # and nothing changes in the end
        changing.execute(_HOLD_USER, {"id": ada})
        plan = _draw_up(acme, _set_mapping(group))
        with transaction(crowded) as connection:
            here = (acme.organization_id, acme.directory.id, plan.id)
            plans.apply(connection, *here, actor="test", now=now())

    assert plan.summary["people"] == 0
    assert "admin" not in acme.people()["ada@acme.test"].roles
    assert ("user", ada) in {(row["kind"], row["key"]) for row in acme.rows(note_tables.notes)}
    settle(acme)
    assert "admin" in acme.people()["ada@acme.test"].roles


def test_nobody_is_forgotten_while_a_drain_may_be_finding_out_who_they_are(
    crowded: Engine,
) -> None:
    """No foreign key would hold an identity to its directory user (ADR-0034)."""
    acme = found(crowded)
    acme.let_leave(retention=timedelta(days=30))
    with ThreadPoolExecutor(1) as pool:
        with transaction(crowded) as draining:
            syncs.wait(draining, acme.organization_id)
            forgetting = pool.submit(forget_gone, crowded, now())
            until(lambda: count_waiting(crowded) == 1)
        forgetting.result()


def test_administrators_and_drains_tell_one_sequence(crowded: Engine) -> None:
    acme = found(crowded)

    def administer(role: str, mode: RoleMode) -> None:
        for group in ("Engineering", "Sales", "Support"):
            acme.set_roles(default=role, mode=mode)
            acme.revoke_token(acme.issue_token()[0])
            acme.unmap(acme.map(f"{role}s of {group}", "admin"))
            acme.map(group, role)
            acme.push(f"{role}s of {group}", acme.create(f"{role}-{group}@acme.test"))

    at_once(
        partial(administer, "guest", "highest"),
        partial(administer, "member", "union"),
        *[acme.drain] * 3,
    )
    settle(acme)


def test_of_two_organizations_that_create_one_address_one_gets_the_account(
    crowded: Engine,
) -> None:
    acme, other = found(crowded), found(crowded, "Other")
    addresses = [f"{number}@shared.test" for number in range(20)]
    for address in addresses:
        acme.create(address)
    for address in reversed(addresses):
        other.create(address)

    at_once(acme.drain, other.drain)
    settle(acme)
    settle(other)

    with crowded.connect() as connection:
        accounts = connection.scalar(
            select(func.count())
            .select_from(people_tables.users)
            .where(people_tables.users.c.email_key.in_(addresses))
        )
    members = {email for tenant in (acme, other) for email, _ in tenant.members()}
    disputed = len(acme.rows(conflict_tables.conflicts)) + len(
        other.rows(conflict_tables.conflicts)
    )
    assert (accounts, members, disputed) == (20, set(addresses), 20)


def test_of_two_writers_of_one_name_one_is_refused(crowded: Engine) -> None:
    acme = found(crowded)
    refused = []

    def create() -> None:
        try:
            acme.create("ada@acme.test")
        except Taken:
            refused.append(1)

    at_once(create, create, create)
    settle(acme)

    assert len(refused) == 2


def test_a_member_who_is_deleted_at_the_same_moment_is_no_member(crowded: Engine) -> None:
    acme = found(crowded)
    group = acme.push("Engineering")

    def join(user: str) -> None:
        try:
            retried(partial(acme.join, group, user))
        except (UnknownMember, NotFound):
            return

    for number in range(15):
        user = acme.create(f"{number}@acme.test")
        at_once(
            partial(join, user),
            partial(retried, partial(acme.delete, user)),
        )
    settle(acme)

    assert acme.rows(directory_tables.directory_group_members) == []


def test_verifying_a_domain_waits_for_who_has_read_that_nobody_has_it(engine: Engine) -> None:
    """Else an account would go on holding an address of it by another organization's word."""
    acme, other = found(engine), found(engine, "Other")
    with transaction(engine) as connection:
        claim = domains.claim(connection, acme.organization_id, "acme.test", acme.acting)

    def verify() -> None:
        with transaction(engine) as connection:
            domains.verify_manually(
                connection, acme.organization_id, claim.id, "theirs", acme.acting
            )

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as connection:
            newcomers.add(
                connection,
                other.organization_id,
                Newcomer(email="ada@acme.test"),
                other.acting,
                only_here=True,
            )
            verifying = pool.submit(verify)
            # Long enough for who does not wait; who does loses nothing by it.
            assert wait([verifying], timeout=0.5).not_done
        verifying.result()

    with reading(engine) as connection:
        query = select(people_tables.users.c.email_key)
        assert connection.scalars(query).all() == [None]
