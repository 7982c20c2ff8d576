"""`docs/events.md` against what is told: every type there is, each with an example of its shape."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Engine

from provisioning import (
    connections,
    domain_checks,
    domains,
    invitation_expiry,
    join_requests,
    roles,
    sync_runs,
    users,
    workspace_members,
    workspaces,
)
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.domain_proofs import Observation, Outcome
from provisioning.events import EventType
from provisioning.ids import JoinRequestId, MembershipId
from provisioning.store import events
from provisioning.store.domains import Domain
from provisioning.store.engine import reading, transaction
from tests.refusing import refusing
from tests.tenant import ACTOR, Tenant, found

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
TYPES: tuple[str, ...] = get_args(EventType)


def examples() -> list[dict[str, Any]]:
    """The envelope, then one of each type without what all have."""
    return [
        json.loads(example.replace("{…}", "{}"))
        for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
        for example in re.split(r"\n(?=\{)", block)
    ]


def listed() -> Iterator[str]:
    """The types in the table: a cell names the noun once, "`conflict.opened` `.resolved`"."""
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            noun = ""
            for name in re.findall(r"`([a-z_.]+)`", line.split("|")[1]):
                noun = name.partition(".")[0] or noun
                yield f"{noun}.{name.partition('.')[2]}"


def everything(engine: Engine) -> Tenant:
    """An organization that has lived through all there is."""
    acme, other = found(engine), found(engine, "Other")
    other.create("eve@shared.test")
    other.drain()
    leave_and_return(acme)
    acme.set_roles(default="guest")
    token, _ = acme.issue_token()
    acme.revoke_token(token)
    change_roles(acme)
    mapping = acme.map("Engineering", "admin")
    acme.map("Owners", "owner")
    ada, eve = acme.create("ada@acme.test"), acme.create("eve@shared.test")
    engineers, owners = acme.push("Engineering", ada), acme.push("Owners", ada)
    acme.drain()
    acme.reject(acme.conflicts()[0].id)
    acme.edit(ada, active=False)
    acme.rename(engineers, "Development")
    acme.drain()
    acme.edit(ada, active=True)
    acme.leave(engineers, ada)
    acme.delete(eve)
    acme.drain()
    acme.join(owners, acme.create("bob@acme.test"))
    acme.drain()
    acme.delete(ada)
    acme.unpush(engineers)
    acme.drain()
    acme.unmap(mapping)
    grow(acme)
    leave_by_steps(acme)
    run_and_fail_and_cancel(acme)
    moment = now()
    acme.invite("old@acme.test", days=1, at=moment - timedelta(days=2))
    invitation_expiry.expire(engine, moment)
    acme.uninvite(acme.invite("gus@acme.test").invitation.id)
    sent = acme.invite("hal@acme.test", "admin", at=moment - timedelta(hours=1))
    acme.resend(sent.invitation.id)
    acme.create("hal@acme.test", emails=[{"value": "hal@acme.test"}])
    acme.drain()
    connect_and_disconnect(acme)
    use_a_workspace(acme)
    claim_domains(acme, other)
    trip_a_breaker(acme)
    narrow_and_widen(acme)
    ask_to_join(acme)
    acme.rename_directory("Acme's Okta")
    acme.delete_directory()
    acme.drain()
    acme.close()
    return acme


def leave_and_return(acme: Tenant) -> None:
    """One comes back in time, and one is purged."""
    day = timedelta(days=1)
    acme.let_leave(day, day)
    una, kim = acme.create("una@acme.test"), acme.create("kim@acme.test")
    acme.drain()
    acme.delete(una)
    acme.drain()
    acme.put_off(acme.foreseen()[0], now() + 2 * day)
    acme.create("una@acme.test")
    acme.delete(kim)
    acme.drain()
    acme.drain_at(now() + 3 * day)
    acme.drain_at(now() + 5 * day)
    acme.let_leave()


def leave_by_steps(acme: Tenant) -> None:
    dot = acme.create("dot@acme.test")
    acme.drain()
    acme.edit(dot, displayName="Dot", active=False)
    acme.drain()
    acme.delete(dot)
    acme.drain()


def ask_to_join(acme: Tenant) -> None:
    """One is let in, one is not, one waits too long, and one is added by hand."""
    domain, by = acme.own("joins.example"), acme.acting
    asked = []
    for name in ("ada", "bob", "cem", "dee"):
        email = f"{name}@joins.example"
        with transaction(acme.engine) as connection:
            account = users.create(connection, {"email": email}, by)
            drafts = join_requests.ask(connection, domain, account, email, by)
            events.append(connection, acme.organization_id, drafts, actor=ACTOR, now=by.now)
            asked.append(JoinRequestId(drafts[0].data["id"]))
    with transaction(acme.engine) as connection:
        join_requests.approve(connection, acme.organization_id, asked[0], None, by)
        join_requests.decline(connection, acme.organization_id, asked[1], by)
    acme.add("cem@joins.example")
    later = now() + join_requests.LIFETIME + timedelta(days=1)
    while join_requests.expire(acme.engine, later):
        later += timedelta(days=1)


def narrow_and_widen(acme: Tenant) -> None:
    acme.set_policies(provisioning_scope="hold")
    acme.drain()
    eve, fay = acme.create("eve@contractor.test"), acme.create("fay@contractor.test")
    acme.drain()
    acme.keep_out(eve)
    acme.let_in(fay)
    acme.drain()
    acme.set_policies(provisioning_scope="accept")
    acme.drain()


def trip_a_breaker(acme: Tenant) -> None:
    acme.guard(max_count=1, max_share=0.0)
    acme.guard(max_count=0)
    for name in ("ivy", "joe"):
        key = acme.create(f"{name}@acme.test")
        acme.drain()
        acme.edit(key, active=False)
        acme.drain()
    acme.reject_held(acme.people()["ivy@acme.test"].membership_id)
    acme.release()
    acme.drain()


def grow(acme: Tenant) -> None:
    """Eleven administrators in a day."""
    acme.map("Admins", "admin")
    acme.push("Admins", *(acme.create(f"p{number}@acme.test") for number in range(11)))
    acme.drain()


def connect_and_disconnect(acme: Tenant) -> None:
    by = Acting(actor="test", now=now())
    with transaction(acme.engine) as connection:
        made = connections.create(
            connection,
            acme.organization_id,
            by,
            display_name="Acme's Okta",
            provider="okta",
            protocol="oidc",
            assign_membership_on_login=True,
        )
        changes = {"assign_membership_on_login": False}
        connections.update(connection, acme.organization_id, made.id, changes, by)
        connections.delete(connection, acme.organization_id, made.id, by)


def run_and_fail_and_cancel(acme: Tenant) -> None:
    acme.resync()
    acme.drain()
    acme.resync()
    with refusing(acme.engine, "UPDATE", "sync_runs", "NEW.status = 'completed'"):
        acme.drain()
    with transaction(acme.engine) as connection:
        here = (acme.organization_id, acme.directory.id)
        begun = sync_runs.begin(connection, *here, "admin", actor=ACTOR, now=now())
        sync_runs.cancel(connection, *here, begun.id, actor=ACTOR, now=now())


def use_a_workspace(acme: Tenant) -> None:
    by = Acting(actor="test", now=now())
    member = MembershipId(acme.people()["bob@acme.test"].membership_id)
    with transaction(acme.engine) as connection:
        here = acme.organization_id
        made = workspaces.create(connection, here, by, display_name="Berlin")
        workspace_members.put(connection, made, member, by)
        workspaces.update(connection, here, made.id, {"display_name": "Berlin office"}, by)
        workspaces.delete(connection, here, made.id, by, force=True)


def claim_domains(acme: Tenant, other: Tenant) -> None:
    """One is verified and lapses, one fails, one is another's, and one falls silent."""
    with transaction(acme.engine) as connection:
        here, by = acme.organization_id, acme.acting
        proven, late, taken, silent = (
            domains.claim(connection, here, f"{name}.example", by)
            for name in ("acme", "late", "other", "silent")
        )
        guests = {"auto_join": "role", "auto_join_role": "guest"}
        domains.update(connection, here, proven.id, guests, by)
        theirs = domains.claim(connection, other.organization_id, "other.example", by)
        domains.verify_manually(connection, other.organization_id, theirs.id, "ours", by)
    moment = now()
    looks: list[tuple[Domain, Outcome, timedelta]] = [
        (proven, "found", timedelta()),
        (late, "absent", timedelta(days=31)),
        (taken, "found", timedelta()),
        (proven, "absent", timedelta(days=1)),
        (proven, "absent", timedelta(days=8)),
        (silent, "found", timedelta()),
        (silent, "unknown", timedelta(days=8)),
    ]
    for domain, outcome, later in looks:
        seen = Observation(
            method="dns_txt", outcome=outcome, reason="seen", sentence="It is so.", at=moment
        )
        domain_checks.settle(acme.engine, fresh(acme, domain), [seen], moment + later)
    with transaction(acme.engine) as connection:
        domains.delete(connection, acme.organization_id, taken.id, acme.acting)


def fresh(acme: Tenant, domain: Domain) -> Domain:
    with reading(acme.engine) as connection:
        return domains.get(connection, acme.organization_id, domain.id)


def change_roles(acme: Tenant) -> None:
    by = Acting(actor=ACTOR, now=now())
    billing = {"name": "billing", "rank": 250, "extends": "member"}
    with transaction(acme.engine) as connection:
        roles.create(connection, acme.organization_id, {**billing, "permissions": ["a:b"]}, by)
        roles.update(connection, acme.organization_id, "billing", {"rank": 260}, by)
        roles.delete(connection, acme.organization_id, "billing", by)


def test_the_page_lists_every_type_and_no_other() -> None:
    assert sorted(listed()) == sorted(TYPES)


def test_the_page_has_an_example_of_every_type_and_no_other() -> None:
    _, *typical = examples()

    assert sorted(example["type"] for example in typical) == sorted(TYPES)


def test_every_type_is_told_as_its_example_shows(engine: Engine) -> None:
    envelope, *typical = examples()
    told: dict[str, list[Any]] = {}
    for event in everything(engine).events():
        assert event.keys() == envelope.keys()
        told.setdefault(event["type"], []).append(shape(event))

    assert sorted(told) == sorted(TYPES)
    for example in typical:
        assert shape({**envelope, **example}) in told[example["type"]]


def shape(value: Any) -> Any:
    """The names in it; of the document of an IdP only that it is there."""
    if not isinstance(value, Mapping):
        return None
    return {name: None if name == "resource" else shape(inner) for name, inner in value.items()}
