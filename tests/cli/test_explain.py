"""`membership explain`: why somebody has, or lacks, a role, in words one can follow."""

from typing import Any

import pytest

from provisioning.clock import now, rfc3339
from tests import command_line
from tests import tenant as tenants
from tests.command_line import Settings
from tests.tenant import Tenant

LAST_OWNER = (
    "held: the directories say suspended, but this is the last owner: the change is parked until"
    " there is another owner"
)


@pytest.fixture
def acme(tenant: Tenant) -> Tenant:
    """Ada is an admin through a group in a group; guests and owners have groups of their own."""
    tenant.map("Staff", "admin")
    tenant.map("Visitors", "guest")
    tenant.map("Leads", "owner")
    ada = create(tenant, "ada")
    team = tenant.push("Team", ada)
    tenant.push("Staff", team)
    tenant.push("Visitors")
    tenant.drain()
    return tenant


def create(tenant: Tenant, name: str, **tree: Any) -> str:
    emails = [{"value": f"{name}@acme.test", "primary": True}]
    return tenant.create(name, emails=emails, **tree)


def explain(settings: Settings, tenant: Tenant, name: str) -> dict[str, Any]:
    where = ("--organization", tenant.organization_id, "--user", f"{name}@acme.test")
    found: dict[str, Any] = command_line.ask(settings, "membership", "explain", *where)
    return found


def whys(reasons: list[dict[str, Any]]) -> dict[str, str]:
    return {reason["role"]: reason["why"] for reason in reasons}


def mapping_of(tenant: Tenant, role: str) -> str:
    return next(mapping.id for mapping in tenant.mappings() if mapping.role == role)


def test_a_role_is_followed_through_nested_groups_to_its_mapping(
    settings: Settings, acme: Tenant
) -> None:
    explained = explain(settings, acme, "ada")

    assert whys(explained["roles"]) == {
        "admin": (
            "member of group 'Team' → 'Staff' of directory \"Acme's directory\", "
            f"which mapping {mapping_of(acme, 'admin')} gives it"
        ),
        "member": "every member of the organization has it",
    }


def test_a_role_somebody_lacks_names_the_group_or_that_there_is_none(
    settings: Settings, acme: Tenant
) -> None:
    explained = explain(settings, acme, "ada")

    assert whys(explained["lacking"]) == {
        "guest": (
            f"not a member of group 'Visitors', which mapping {mapping_of(acme, 'guest')} gives it"
        ),
        "owner": f"mapping {mapping_of(acme, 'owner')} waits for a group named 'Leads'",
    }


def test_a_suspended_person_keeps_roles_that_grant_nothing(
    settings: Settings, acme: Tenant
) -> None:
    bob = create(acme, "bob", active=False)
    acme.drain()

    explained = explain(settings, acme, "bob")

    assert explained["membership"]["status"] == "suspended"
    assert explained["reasons"] == [
        f'directory "Acme\'s directory" ({bob}) says inactive',
        "the membership is suspended: its roles are kept, but grant nothing",
    ]


def test_a_conflict_says_whose_address_it_is(settings: Settings, acme: Tenant) -> None:
    elsewhere = tenants.found(acme.engine, "Elsewhere")
    eve = create(elsewhere, "ada")
    elsewhere.drain()

    explained = explain(settings, elsewhere, "ada")

    assert explained["membership"] is None
    (reason,) = explained["reasons"]
    assert reason == (
        f'directory "Elsewhere\'s directory" ({eve}) has this address, but it is the account of'
        " somebody whom this organization does not know, or has let go: a conflict is open, and"
        " there is no access yet"
    )


def test_a_rejection_says_so(settings: Settings, acme: Tenant) -> None:
    elsewhere = tenants.found(acme.engine, "Elsewhere")
    create(elsewhere, "ada")
    elsewhere.drain()
    (conflict,) = elsewhere.conflicts()
    where = ("--organization", elsewhere.organization_id)

    command_line.ask(settings, "conflict", "resolve", *where, conflict.id, "--decision", "reject")
    explained = explain(settings, elsewhere, "ada")
    (listed,) = command_line.ask(settings, "conflict", "list", *where, "--rejected")

    assert "an administrator has rejected the person" in explained["reasons"][0]
    assert (listed["id"], listed["state"]) == (conflict.id, "rejected")


def test_an_address_is_found_whatever_its_case(settings: Settings, acme: Tenant) -> None:
    create(acme, "ÉLODIE", externalId="1")
    elsewhere = tenants.found(acme.engine, "Elsewhere")
    create(elsewhere, "Élodie")
    acme.drain()
    elsewhere.drain()

    assert explain(settings, acme, "élodie")["membership"]["status"] == "active"
    assert "a conflict is open" in explain(settings, elsewhere, "ÉLODIE")["reasons"][0]


def test_who_shares_a_mailbox_is_explained_by_themselves(settings: Settings, acme: Tenant) -> None:
    emails = [{"value": "sales@acme.test"}]
    first, second = (acme.create(name, emails=emails) for name in ("bob", "cem"))
    acme.drain()

    explained = explain(settings, acme, "SALES")

    where = 'directory "Acme\'s directory"'
    reasons = [one["reasons"] for one in (explained, *explained["others"])]
    assert {first for first, *_ in reasons} == {
        f"{where} ({key}) says active" for key in (first, second)
    }
    ((shown,),) = (rest for _, *rest in reasons if rest)
    assert shown.startswith("the account is only shown with sales@acme.test")


def test_a_parked_change_says_what_it_waits_for(settings: Settings, acme: Tenant) -> None:
    olga = create(acme, "olga")
    acme.push("Leads", olga)
    acme.drain()
    acme.edit(olga, active=False)
    acme.drain()

    explained = explain(settings, acme, "olga")

    assert explained["membership"]["status"] == "active"
    assert explained["reasons"] == [
        f'directory "Acme\'s directory" ({olga}) says inactive',
        LAST_OWNER,
    ]


def test_an_unknown_person_is_an_answer_and_no_error(settings: Settings, acme: Tenant) -> None:
    explained = explain(settings, acme, "nobody")

    assert explained == {
        "membership": None,
        "reasons": [
            "no member is shown with this address, and no directory has it for anybody else"
        ],
        "roles": [],
        "lacking": [],
        "others": [],
    }


def test_people_are_told_the_same_without_json(settings: Settings, acme: Tenant) -> None:
    where = ("--organization", acme.organization_id, "--user", "ada@acme.test")

    told = command_line.run({**settings, "COLUMNS": "300"}, "membership", "explain", *where)

    assert told.out.startswith("ada@acme.test is active\n")
    assert "  has admin: member of group 'Team' → 'Staff' of directory" in told.out
    assert "  lacks owner: mapping " in told.out


def test_the_past_is_explained_and_listed_as_it_was(settings: Settings, acme: Tenant) -> None:
    then = rfc3339(now())
    acme.unmap(next(mapping for mapping in acme.mappings() if mapping.role == "admin"))
    acme.drain()
    where = ("--organization", acme.organization_id)

    past = command_line.ask(
        settings, *("membership", "explain"), *where, *("--user", "ada@acme.test", "--as-of", then)
    )
    admins = [
        command_line.ask(settings, "membership", "list", *where, "--role", "admin", *as_of)
        for as_of in ((), ("--as-of", then))
    ]

    assert "member of group 'Team' → 'Staff'" in whys(past["roles"])["admin"]
    assert "admin" not in whys(explain(settings, acme, "ada")["roles"])
    assert [len(found) for found in admins] == [0, 1]
    assert admins[1][0]["roles"][0]["source"]["group"] == "Staff"


def test_a_moment_without_a_zone_is_refused(settings: Settings, acme: Tenant) -> None:
    where = ("--organization", acme.organization_id, "--as-of", "2026-05-03T12:00:00")

    refused = command_line.run(settings, "membership", "list", *where)

    assert refused.status == 2
    assert "2026-05-03T12:00:00Z" in refused.err
