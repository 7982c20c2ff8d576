"""What administrators change is told as well: in the change's transaction, and who it was."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning import clock, directories, mappings, organizations
from provisioning.bearer_secrets import hashed
from provisioning.errors import NotFound
from provisioning.ids import OrganizationId
from provisioning.store import event_tables
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.tenant import ACTOR, FOUNDING, Tenant, found


def test_an_organization_and_its_directory_are_told_from_the_first(acme: Tenant) -> None:
    organization, directory = acme.events()

    assert (organization["type"], directory["type"]) == FOUNDING
    data = organization["data"]
    assert (data["id"], data["display_name"]) == (acme.organization_id, "Acme")
    assert data["name"].startswith("acme")
    assert data["default_role"] == {"id": "role_member", "name": "member"}
    assert data["creator_role"] == {"id": "role_owner", "name": "owner"}
    assert data["role_mode"] == "union"
    assert organization["context"] == {"actor": ACTOR}
    assert directory["data"] == {
        "id": acme.directory.id,
        "display_name": "Acme's directory",
        "type": "generic",
        "resync_interval_seconds": 86400,
    }
    assert directory["context"] == {"actor": ACTOR, "directory_id": acme.directory.id}
    check(acme)


def test_how_groups_turn_into_roles_is_told_with_what_it_was(acme: Tenant) -> None:
    acme.set_roles(default="guest")
    acme.set_roles(default="guest", mode="highest")

    first, second = acme.events(after=len(FOUNDING))
    assert first["type"] == second["type"] == "organization.updated"
    assert first["previous_attributes"] == {"default_role": {"id": "role_member", "name": "member"}}
    assert second["previous_attributes"] == {"role_mode": "union"}
    check(acme)


def test_what_is_so_already_is_no_news(acme: Tenant) -> None:
    acme.set_roles(default="member", mode="union")
    acme.set_roles()
    acme.map("Engineering", "admin")
    acme.map("engineering", "admin")

    assert acme.told() == ["group_role_mapping.created"]
    assert acme.drain().notes == 0


def test_a_token_is_told_without_its_secret(acme: Tenant) -> None:
    token, secret = acme.issue_token(timedelta(days=1))
    acme.revoke_token(token)
    with pytest.raises(NotFound):
        acme.revoke_token(token)

    created, revoked = acme.events(after=len(FOUNDING))
    assert created["type"] == "directory.token_created"
    assert created["data"] == {
        "id": token.id,
        "directory_id": acme.directory.id,
        "last_four": secret[-4:],
        "expires_at": clock.rfc3339(token.expires_at or clock.now()),
        "revoked_at": None,
    }
    assert revoked["type"] == "directory.token_revoked"
    assert revoked["previous_attributes"] == {"revoked_at": None}
    assert {**revoked["data"], "revoked_at": None} == created["data"]
    assert revoked["data"]["revoked_at"] is not None
    told = repr(acme.rows(event_tables.events))
    assert secret not in told
    assert hashed(secret) not in told
    check(acme)


def test_a_mapping_is_told_when_it_meets_its_group_and_when_it_loses_it(acme: Tenant) -> None:
    acme.map("engineering", "admin")
    first = acme.push("Engineering")
    acme.drain()
    acme.rename(first, "Development")
    acme.unpush(first)
    acme.drain()
    second = acme.push("Development")
    acme.drain()
    acme.unpush(second)
    third = acme.push("Development")
    acme.drain()

    told = [e for e in acme.events() if e["type"].startswith("group_role_mapping.")]
    assert [e["type"].rpartition(".")[2] for e in told] == ["created", *["updated"] * 5]
    names = {first: "first", second: "second", third: "third", None: None}
    assert [
        (names[e["data"]["group"]["id"]], e["data"]["group"]["display_name"]) for e in told
    ] == [
        (None, "engineering"),
        ("first", "Engineering"),
        (None, "Development"),
        ("second", "Development"),
        (None, "Development"),
        ("third", "Development"),
    ]
    assert [e["previous_attributes"] for e in told[1:]] == [
        {"group": {"id": None, "display_name": "engineering"}},
        {"group": {"id": first, "display_name": "Development"}},
        {"group": {"id": None, "display_name": "Development"}},
        {"group": {"id": second, "display_name": "Development"}},
        {"group": {"id": None, "display_name": "Development"}},
    ]
    check(acme)


def test_a_mapping_says_who_removed_it_and_what_it_was(acme: Tenant) -> None:
    acme.push("Engineering", acme.create("ada@acme.test"))
    mapping = acme.map("Engineering", "admin")
    acme.drain()
    acme.unmap(mapping)

    deleted = acme.events()[-1]
    assert deleted["type"] == "group_role_mapping.deleted"
    assert deleted["context"] == {"actor": ACTOR, "directory_id": acme.directory.id}
    assert deleted["data"] == deleted["previous_attributes"]
    assert deleted["data"] == {
        "id": mapping.id,
        "directory_id": acme.directory.id,
        "group": {"id": mapping.group_id, "display_name": "Engineering"},
        "role": {"id": "role_admin", "name": "admin"},
        "workspace": None,
    }
    acme.drain()
    check(acme)


@pytest.mark.parametrize("end", ["leave", "unpush", "unmap", "push again"])
def test_a_revoked_role_names_what_gave_it_whatever_has_become_of_that(
    acme: Tenant, end: str
) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    mapping = acme.map("Engineering", "admin")
    acme.drain()

    if end == "leave":
        acme.leave(group, ada)
    elif end == "unmap":
        acme.unmap(mapping)
    else:
        acme.unpush(group)
    if end == "push again":
        acme.push("Engineering")
    acme.drain()

    revoked = acme.events()[-1]
    assert revoked["type"] == "role_grant.deleted"
    assert revoked["data"]["source"] == {
        "type": "mapping",
        "mapping_id": mapping.id,
        "group_id": group,
        "directory_id": acme.directory.id,
    }
    check(acme)


def test_a_grant_that_comes_back_through_another_group_names_that_one(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    first = acme.push("Engineering", ada)
    acme.map("Engineering", "admin")
    acme.drain()
    acme.unpush(first)
    acme.drain()
    second = acme.push("Engineering", ada)
    acme.drain()
    acme.leave(second, ada)
    acme.drain()

    grants = [
        e
        for e in acme.events()
        if e["type"].startswith("role_grant.") and e["data"]["source"]["type"] == "mapping"
    ]
    assert [e["data"]["source"]["group_id"] for e in grants] == [first, first, second, second]
    assert len({e["data"]["id"] for e in grants}) == 1


def test_a_change_that_is_rolled_back_is_never_told(acme: Tenant) -> None:
    now = clock.now()
    acme.map("Engineering", "admin")
    before = acme.told()

    def change_and_give_up() -> None:
        with transaction(acme.engine) as connection:
            mappings.declare(connection, acme.directory, "Sales", "admin", actor=ACTOR, now=now)
            directories.issue_token(connection, acme.directory, now, actor=ACTOR)
            organizations.get(connection, OrganizationId("org_nobody"))

    with pytest.raises(NotFound):
        change_and_give_up()

    assert acme.told() == before
    check(acme)


def test_two_organizations_tell_their_own_mappings(engine: Engine) -> None:
    one, other = found(engine), found(engine, "Other")
    one.map("Engineering", "admin")
    other.push("Engineering")
    other.drain()
    one.drain()

    assert "group_role_mapping.updated" not in (*one.told(), *other.told())
    check(one)
    check(other)
