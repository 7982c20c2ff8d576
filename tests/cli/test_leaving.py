"""Leaving policies and steps by the command line."""

from tests import command_line
from tests.command_line import Settings
from tests.tenant import Tenant

DAY = 86_400


def test_a_policy_is_set_shown_and_inherited(settings: Settings, tenant: Tenant) -> None:
    here = ("--organization", tenant.organization_id)
    own = (*here, "--directory", tenant.directory.id)

    command_line.ask(settings, "leaving-policy", "set", *here, "--grace-seconds", str(DAY))
    inherited = command_line.ask(settings, "leaving-policy", "show", *own)
    periods = ("--grace-seconds", "0", "--retention-seconds", str(DAY))
    command_line.ask(settings, "leaving-policy", "set", *own, *periods)
    changed = command_line.ask(settings, "leaving-policy", "show", *own)
    again = command_line.ask(settings, "leaving-policy", "inherit", *own)

    assert (inherited["grace_seconds"], inherited["inherited"]) == (DAY, True)
    assert (changed["grace_seconds"], changed["retention_seconds"]) == (0, DAY)
    assert (again["grace_seconds"], again["inherited"]) == (DAY, True)


def test_a_grace_period_is_never_taken_back_by_saying_nothing_of_it(
    settings: Settings, tenant: Tenant
) -> None:
    here = ("--organization", tenant.organization_id, "--retention-seconds", str(DAY))
    ended = command_line.run(settings, "leaving-policy", "set", *here)

    assert ended.status == 2
    assert "--grace-seconds" in ended.err


def test_a_step_is_listed_put_off_and_cancelled(settings: Settings, tenant: Tenant) -> None:
    here = ("--organization", tenant.organization_id)
    ada = tenant.create("ada@acme.test")
    command_line.ask(settings, "leaving-policy", "set", *here, "--grace-seconds", str(DAY))
    tenant.drain()
    tenant.delete(ada)
    tenant.drain()

    (step,) = command_line.ask(settings, "leaving-step", "list", *here)
    late = ("--due-at", "2099-01-01T00:00:00")
    moved = command_line.ask(settings, "leaving-step", "postpone", *here, step["id"], *late)
    command_line.ask(settings, "leaving-step", "cancel", *here, step["id"], "--roles", "drop")
    tenant.drain()

    assert (step["step"], step["email"]) == ("remove", "ada@acme.test")
    assert moved["due_at"].startswith("2099-01-01T00:00:00")
    assert command_line.ask(settings, "leaving-step", "list", *here) == []
    assert tenant.people()["ada@acme.test"].status == "active"


def test_a_directory_is_disconnected_and_its_people_kept(
    settings: Settings, tenant: Tenant
) -> None:
    tenant.create("ada@acme.test")
    tenant.drain()

    done = command_line.ask(
        settings, "directory", "disconnect", tenant.directory.id, "--people", "keep"
    )
    tenant.drain()

    assert done["disconnected"] is True
    assert tenant.people()["ada@acme.test"].status == "active"
