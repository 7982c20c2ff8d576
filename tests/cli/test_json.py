"""With `--json` a command prints one JSON value, nothing else, in the shape that is relied upon."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from provisioning import workspaces
from provisioning.store.engine import transaction
from tests import command_line
from tests.command_line import Settings
from tests.tenant import Tenant, acting

ORGANIZATION = {
    "name",
    "id",
    "display_name",
    "role_mode",
    "provisioning_scope",
    "default_role",
    "created_at",
    "updated_at",
}
DIRECTORY = {
    *("id", "organization_id", "display_name", "type", "created_at", "scim_base_url"),
    *("resync_interval_seconds", "next_run_at"),
}
MAPPING = {"id", "directory_id", "group_id", "group_name", "role"}
DOMAIN = {
    *("id", "name", "unicode_name", "state", "method", "verified_at", "expires_at"),
    *("proof_missing_since", "proof_unseen_since", "last_seen_at"),
}
EVENT = {
    *("id", "type", "timestamp", "sequence", "organization_id", "data"),
    *("previous_attributes", "context"),
}


@pytest.fixture
def ada(tenant: Tenant) -> Tenant:
    """Her organization: she is in a group that makes her an admin."""
    tenant.map("Engineering", "admin")
    ada = tenant.create("ada", emails=[{"value": "ada@acme.test", "primary": True}])
    tenant.push("Engineering", ada)
    tenant.drain()
    return tenant


def keys(found: dict[str, Any]) -> set[str]:
    return set(found)


def test_organizations(settings: Settings) -> None:
    created = command_line.ask(settings, "organization", "create", "Örgan 世")

    changed = command_line.ask(
        settings, "organization", "set", created["id"], "--role-mode", "highest"
    )
    shown = command_line.ask(settings, "organization", "show", created["id"])
    listed = command_line.ask(settings, "organization", "list")

    assert keys(created) == ORGANIZATION
    assert created["id"].startswith("org_")
    assert created["display_name"] == "Örgan 世"
    assert (created["role_mode"], shown["role_mode"]) == ("union", "highest")
    assert listed == [shown] == [changed]


def test_domains(settings: Settings) -> None:
    organization = command_line.ask(settings, "organization", "create", "Acme")["id"]
    here = ("--organization", organization, "MÜNCHEN.example")

    added = command_line.ask(settings, "domain", "add", *here)
    checked = command_line.ask(settings, "domain", "check", *here)
    directory = command_line.ask(settings, "directory", "create", *here[:2], "--type", "okta")
    verifying = ("domain", "verify", *here, "--note", "a contract")
    planned = command_line.ask(settings, *verifying, "--dry-run")
    assert (planned["directory_id"], planned["people"]) == (directory["id"], 0)
    assert planned["change"]["type"] == "verify_domain"
    verified = command_line.ask(settings, *verifying)
    listed = command_line.ask(settings, "domain", "list", *here[:2])
    deleted = command_line.ask(settings, "domain", "delete", *here)

    assert keys(added) == DOMAIN | {"instructions", "last_seen", "next_check_at"}
    assert (added["name"], added["state"]) == ("xn--mnchen-3ya.example", "pending")
    assert added["instructions"][0]["place"] == "_provisioning-challenge.xn--mnchen-3ya.example"
    assert checked["next_check_at"] < added["next_check_at"]
    assert (verified["state"], verified["method"]) == ("verified", "manual")
    assert listed == [verified]
    assert deleted == {"id": added["id"], "name": added["name"], "deleted": True}
    assert command_line.ask(settings, "domain", "list", *here[:2]) == []


def test_directories_and_tokens_which_only_their_issue_shows(settings: Settings) -> None:
    elsewhere = {**settings, "PROVISIONING_PUBLIC_URL": "https://scim.example/"}
    organization = command_line.ask(settings, "organization", "create", "Acme")["id"]
    of_organization = ("--organization", organization)

    created = command_line.ask(elsewhere, "directory", "create", *of_organization, "--type", "okta")
    rotated = command_line.ask(settings, "directory", "rotate-token", created["id"])
    revoked = command_line.ask(
        settings, "directory", "revoke-token", created["id"], created["token_id"]
    )
    listed = command_line.run(settings, "directory", "list", *of_organization, "--json")
    tokens = command_line.run(settings, "directory", "tokens", created["id"], "--json")
    events = command_line.run(settings, "event", "list", *of_organization, "--json")

    assert keys(created) == keys(rotated) == DIRECTORY | {"token", "token_id"}
    assert created["scim_base_url"] == f"https://scim.example/scim/v2/{created['id']}"
    assert created["token"] != rotated["token"]
    assert revoked == {
        "directory_id": created["id"],
        "token_id": created["token_id"],
        "revoked": True,
    }
    assert [keys(directory) for directory in listed.answer] == [DIRECTORY]
    first, second = tokens.answer
    assert (first["last_four"], second["last_four"]) == (
        created["token"][-4:],
        rotated["token"][-4:],
    )
    assert first["revoked_at"] is not None
    assert second["revoked_at"] is None
    for ended in (listed, tokens, events):
        assert created["token"] not in ended.out + ended.err
        assert rotated["token"] not in ended.out + ended.err


def test_mappings(settings: Settings, ada: Tenant) -> None:
    group = ("--group", "Ops", "--role", "guest")

    made = command_line.ask(settings, "mapping", "set", "--directory", ada.directory.id, *group)
    with transaction(ada.engine) as connection:
        berlin = workspaces.create(connection, ada.organization_id, acting(), display_name="Berlin")
    there = command_line.ask(
        settings,
        *("mapping", "set", "--directory", ada.directory.id, *group, "--workspace", berlin.id),
    )
    *_, first, listed_there = command_line.ask(
        settings, "mapping", "list", "--organization", ada.organization_id
    )
    removed = command_line.ask(
        settings, "mapping", "remove", "--directory", ada.directory.id, made["id"]
    )

    assert keys(made) >= MAPPING
    assert (first, listed_there) == (made, there)
    assert (made["workspace_id"], made["workspace"]) == (None, None)
    assert (there["workspace_id"], there["workspace"]) == (berlin.id, "berlin")
    assert removed == {"id": made["id"], "removed": True}


def test_memberships(settings: Settings, ada: Tenant) -> None:
    organization = ("--organization", ada.organization_id)

    listed = command_line.ask(settings, "membership", "list", *organization)
    suspended = command_line.ask(
        settings, "membership", "list", *organization, "--status", "suspended"
    )
    addressed = [
        command_line.ask(settings, "membership", "list", *organization, "--email", email)
        for email in ("ADA@acme.test", "eve@acme.test")
    ]
    explained = command_line.ask(
        settings, "membership", "explain", *organization, "--user", "ADA@acme.test"
    )

    (member,) = listed
    assert keys(member) == {"id", "status", "user", "roles"}
    assert keys(member["user"]) >= {"id", "email"}
    assert (member["status"], member["user"]["email"]) == ("active", "ada@acme.test")
    sources = {role["role"]: role["source"] for role in member["roles"]}
    assert sources["member"] == {"type": "default"}
    assert sources["admin"]["type"] == "mapping"
    assert keys(sources["admin"]) == {"type", "mapping_id", "group_id", "group", "directory_id"}
    assert suspended == []
    assert addressed == [listed, []]
    assert keys(explained) == {"membership", "reasons", "roles", "lacking", "others"}
    assert explained["membership"] == member


RUN = {
    *("run_id", "trigger", "status", "done", "total", "counts", "error"),
    *("created_at", "finished_at", "attempts", "retry_at"),
}
PLAN = {
    *("directory_id", "dry_run", "plan_id", "change", "people", "losing_access", "counts"),
    *("expires_at", "applied_at", "run_id"),
}


def test_resync_and_its_dry_run(settings: Settings, ada: Tenant) -> None:
    member = ada.people()["ada@acme.test"]
    resync = ("resync", "--directory", ada.directory.id)

    planned = command_line.ask(settings, *resync, "--dry-run")
    done = command_line.ask(settings, *resync)

    assert keys(planned) == PLAN | {"actions"}
    assert (planned["directory_id"], planned["dry_run"]) == (ada.directory.id, True)
    assert (planned["counts"], planned["actions"]) == ({}, [])
    assert keys(done) == RUN | {"directory_id", "dry_run", "notes", "actions", "set_aside"}
    assert (done["status"], done["done"], done["total"]) == ("completed", 1, 1)
    assert (done["dry_run"], done["notes"], done["actions"]) == (False, 0, 0)
    assert ada.people()["ada@acme.test"] == member


def test_events(settings: Settings, ada: Tenant) -> None:
    events = ("event", "list", "--organization", ada.organization_id)

    everything = command_line.ask(settings, *events)
    later = command_line.ask(settings, *events, "--after", "1", "--limit", "1")

    assert all(keys(event) == EVENT for event in everything)
    assert later == everything[1:2]


def test_an_event_names_the_command_line_and_who_used_it(settings: Settings) -> None:
    organization = command_line.ask(settings, "organization", "create", "Acme")["id"]
    command_line.ask(
        settings, "directory", "create", "--organization", organization, "--type", "okta"
    )

    told = command_line.ask(settings, "event", "list", "--organization", organization)

    assert [event["type"] for event in told] == [
        "organization.created",
        "directory.created",
        "directory.token_created",
    ]
    assert {event["context"]["actor"].partition(":")[0] for event in told} == {"cli"}


def test_notes_that_were_set_aside(settings: Settings, tenant: Tenant) -> None:
    with tenant.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER poison BEFORE INSERT ON users"
                " BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            )
        )
    user = tenant.create("ada@acme.test")
    tenant.drain()

    listed = command_line.ask(
        settings, "note", "set-aside", "--organization", tenant.organization_id
    )
    told = command_line.run(settings, "doctor", "--json")

    (note,) = listed
    assert note.pop("set_aside_at") < note.pop("next_at")
    assert note == {
        "organization_id": tenant.organization_id,
        "directory_id": tenant.directory.id,
        "kind": "user",
        "key": user,
        "error": "IntegrityError",
        "reason": "SQLITE_CONSTRAINT_TRIGGER",
        "attempts": 1,
    }
    assert json.loads(told.out)["set_aside_notes"] == 1


def test_set_aside_notes_are_tried_again_on_request(settings: Settings, tenant: Tenant) -> None:
    with tenant.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER poison BEFORE INSERT ON users"
                " BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            )
        )
    user = tenant.create("ada@acme.test")
    tenant.drain()
    with tenant.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER poison"))

    where = ("--organization", tenant.organization_id)
    assert command_line.ask(settings, "note", "retry", *where, "--key", user) == {"retried": 1}
    tenant.drain()

    assert set(tenant.people()) == {"ada@acme.test"}
    assert command_line.ask(settings, "note", "retry", *where) == {"retried": 0}


def test_doctor_of_a_database_without_workers(settings: Settings, tenant: Tenant) -> None:
    told = command_line.run(settings, "doctor", "--json")

    assert told.status == 1
    assert told.out.startswith('{"database": true, "migrated": true, "workers": false, ')


def test_what_a_product_holds_is_attested(settings: Settings, ada: Tenant, tmp_path: Path) -> None:
    where = ("--organization", ada.organization_id)
    people = sorted(ada.members(), key=lambda member: member[1].user_id)
    lines = [
        {"user_id": person.user_id, "status": person.status, "roles": sorted(person.roles)}
        for _, person in people
    ]
    right, wrong = tmp_path / "right.jsonl", tmp_path / "wrong.jsonl"
    right.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    wrong.write_text("{}\n")

    ours = command_line.ask(settings, "membership", "attest", *where)
    told = command_line.ask(settings, "membership", "attest", *where, "--digest", ours["digest"])
    equal = command_line.ask(settings, "membership", "attest", *where, "--file", str(right))
    nothing = command_line.ask(
        settings, "membership", "attest", *where, "--file", "/dev/null", "--repair"
    )
    refused = command_line.run(settings, "membership", "attest", *where, "--file", str(wrong))

    assert keys(ours) == {"digest", "count", "sequence"}
    assert told == {"equal": True, **ours}
    assert equal == {"equal": True, "differences": [], "repairs": []}
    assert [one["user_id"] for one in nothing["differences"]] == [people[0][1].user_id]
    assert nothing["repairs"][0]["type"] == "organization_membership.created"
    assert (refused.status, "line 1" in refused.err) == (1, True)


def test_odd_mappings_are_found(settings: Settings, ada: Tenant) -> None:
    ada.map("Typo", "guest")
    where = ("--organization", ada.organization_id)

    (found,) = command_line.ask(settings, "mapping", "lint", *where)
    strict = command_line.run(settings, "mapping", "lint", *where, "--strict")

    assert keys(found) == {"code", "mapping", "sentence", "advice", "related", "people"}
    assert (found["code"], found["mapping"]["group_name"]) == ("group_not_seen", "Typo")
    assert (strict.status, "Typo" in strict.out) == (1, True)
