"""What guards hold, by command line."""

from tests import command_line
from tests.command_line import Settings
from tests.tenant import Tenant


def test_what_is_held_is_listed_released_and_rejected(settings: Settings, tenant: Tenant) -> None:
    directory, organization = tenant.directory.id, tenant.organization_id
    policy = ["--max-count", "0", "--max-share", "0"]
    shown = command_line.ask(settings, "breaker", "set", directory, *policy)
    assert (shown["max_count"], shown["enabled"], shown["held"]) == (0, True, 0)
    keys = [tenant.create(name) for name in ("ada", "bob")]
    tenant.drain()
    for key in keys:
        tenant.edit(key, active=False)
    tenant.drain()

    listed = command_line.ask(settings, "held", "list", "--organization", organization)
    assert [one["reason"] for one in listed] == ["mass_deprovisioning"] * 2
    assert command_line.ask(settings, "breaker", "show", directory)["held"] == 2
    released = command_line.ask(
        settings,
        *("held", "release", "--organization", organization),
        *("--membership", listed[0]["membership_id"]),
    )
    rejected = command_line.ask(
        settings, "held", "reject", "--organization", organization, "--directory", directory
    )
    assert (released, rejected) == ({"count": 1}, {"count": 1})
    tenant.drain()
    statuses = {person.membership_id: person.status for _, person in tenant.members()}
    assert [statuses[one["membership_id"]] for one in listed] == ["suspended", "active"]


def test_a_member_is_marked_as_break_glass(settings: Settings, tenant: Tenant) -> None:
    tenant.create("ada")
    tenant.drain()
    ((_, person),) = tenant.members()
    named = ["--organization", tenant.organization_id, "--membership", person.membership_id]

    assert command_line.ask(settings, "membership", "break-glass", *named)["break_glass"] is True
    off = command_line.ask(settings, "membership", "break-glass", *named, "--off")
    assert off["break_glass"] is False


def test_newcomers_are_held_released_and_rejected(settings: Settings, tenant: Tenant) -> None:
    organization = tenant.organization_id
    changed = command_line.ask(
        settings, "organization", "set", organization, "--provisioning-scope", "hold"
    )
    assert changed["provisioning_scope"] == "hold"
    keys = [tenant.create(name) for name in ("ada", "bob", "cem")]
    tenant.drain()

    named = ("--organization", organization)
    listed = command_line.ask(settings, "held", "list", *named)
    assert [(one["id"], one["reason"]) for one in listed] == [
        (key, "out_of_scope") for key in sorted(keys)
    ]
    rejected = command_line.ask(settings, "held", "reject", *named, "--directory-user", keys[0])
    released = command_line.ask(
        settings, "held", "release", *named, "--directory", tenant.directory.id, "--newcomers"
    )
    assert (rejected, released) == ({"count": 1}, {"count": 2})
    tenant.drain()
    assert len(tenant.members()) == 2
    assert tenant.newcomers() == {keys[0]: "rejected"}
