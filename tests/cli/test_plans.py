"""`--dry-run` and `plan`: what a change would do, for a reader and for a program; the live bar."""

import pytest

from tests import command_line
from tests.command_line import Settings
from tests.tenant import Tenant, settled


@pytest.fixture
def acme(tenant: Tenant) -> Tenant:
    """Ada, an engineer."""
    ada = tenant.create("ada", emails=[{"value": "ada@acme.test", "primary": True}])
    tenant.push("Engineering", ada)
    tenant.add("bob@acme.test", "owner")
    settled(tenant)
    return tenant


def test_a_mapping_is_planned_read_and_applied_once(settings: Settings, acme: Tenant) -> None:
    here = ("--directory", acme.directory.id)
    change = ("mapping", "set", *here, "--group", "Engineering", "--role", "admin")
    shown = command_line.run(settings, *change, "--dry-run")
    assert shown.status == 0, shown.err
    line = next(line for line in shown.out.splitlines() if "ada@acme.test" in line)
    for cell in ("grant_role", "member →", "member of"):
        assert cell in line
    assert acme.mappings() == []

    (listed,) = command_line.ask(settings, "plan", "list", *here)
    plan = command_line.ask(settings, "plan", "show", *here, listed["plan_id"])
    assert (plan["people"], plan["losing_access"], plan["counts"]) == (1, 0, {"grant_role": 1})
    (action,) = plan["actions"]
    assert action["why"] == "member of group 'Engineering'"
    assert (action["roles_before"], action["roles_after"]) == (["member"], ["admin", "member"])

    done = command_line.ask(settings, "plan", "apply", *here, listed["plan_id"])
    assert (done["dry_run"], bool(done["applied_at"])) == (False, True)
    assert acme.people()["ada@acme.test"].roles == {"admin", "member"}
    again = command_line.run(settings, "plan", "apply", *here, listed["plan_id"])
    assert (again.status, "applied" in again.err) == (1, True)


@pytest.mark.parametrize("change", ["remove", "disconnect"])
def test_who_would_lose_is_told_and_a_plan_of_another_world_is_refused(
    settings: Settings, acme: Tenant, change: str
) -> None:
    mapping = acme.map("Engineering", "admin")
    settled(acme)
    here = ("--directory", acme.directory.id)
    words = {
        "remove": ("mapping", "remove", *here, mapping.id),
        "disconnect": ("directory", "disconnect", acme.directory.id),
    }
    plan = command_line.ask(settings, *words[change], "--dry-run")
    (whom,) = {action["person"]["email"] for action in plan["actions"]}
    assert whom == "ada@acme.test"
    assert plan["losing_access"] == (1 if change == "disconnect" else 0)
    assert acme.people()["ada@acme.test"].roles == {"admin", "member"}

    acme.join(acme.push("Engineering too"), acme.create("eve@acme.test"))
    acme.set_roles(default="guest")
    acme.drain()
    refused = command_line.run(settings, "plan", "apply", *here, plan["plan_id"])
    assert refused.status == 1
    assert "admin" in acme.people()["ada@acme.test"].roles


def test_a_resync_shows_how_far_it_is(settings: Settings, acme: Tenant) -> None:
    ended = command_line.run(settings, "resync", "--directory", acme.directory.id)

    assert ended.status == 0
    assert "people" in ended.err
    assert "1/1" in ended.err
    assert "drained" not in ended.err
    assert "completed" in ended.out
