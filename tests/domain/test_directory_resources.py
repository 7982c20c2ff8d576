"""What one SCIM operation does to its rows: versions, refusals, members."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning import clock, directories, directory_groups, directory_users, organizations
from provisioning.directory_users import Editing
from provisioning.errors import Invalid, NotFound, Refused, Stale, Taken
from provisioning.ids import DirectoryGroupId, DirectoryUserId, OrganizationId
from provisioning.store import directory_tables
from provisioning.store.engine import transaction
from tests.tenant import ACTOR, Tenant, context_of, document


def version(tenant: Tenant, key: str) -> int:
    rows = [
        *tenant.rows(directory_tables.directory_users),
        *tenant.rows(directory_tables.directory_groups),
    ]
    (found,) = [row["version"] for row in rows if row["id"] == key]
    return int(found)


def test_an_edit_that_changes_nothing_writes_nothing(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", title="Analyst")
    acme.drain()
    before = acme.rows(directory_tables.directory_users)

    acme.edit(ada, title="Analyst")

    assert acme.rows(directory_tables.directory_users) == before
    assert acme.drain().notes == 0


def test_an_edit_of_a_former_version_is_refused(acme: Tenant) -> None:
    ada = DirectoryUserId(acme.create("ada@acme.test"))
    acme.edit(ada, title="Analyst")
    acme.drain()
    context = context_of(acme.directory)

    with transaction(acme.engine) as connection:
        (edited,) = directory_users.edit(connection, context, [Editing(ada, document, {1})])
    assert isinstance(edited, Stale)
    with pytest.raises(Stale), transaction(acme.engine) as connection:
        directory_users.delete(connection, context, ada, if_version={1})

    assert version(acme, ada) == 2
    assert acme.drain().notes == 0


def test_a_group_of_a_former_version_is_not_changed(acme: Tenant) -> None:
    group = DirectoryGroupId(acme.push("Engineering"))
    acme.join(group, acme.create("ada@acme.test"))
    context = context_of(acme.directory)

    with pytest.raises(Stale), transaction(acme.engine) as connection:
        directory_groups.change(connection, context, group, document, None, if_version={1})
    with pytest.raises(Stale), transaction(acme.engine) as connection:
        directory_groups.delete(connection, context, group, if_version={1})

    assert version(acme, group) == 2


def test_a_member_who_is_one_already_changes_nothing(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.drain()
    before = version(acme, group)

    acme.join(group, ada)
    acme.leave(group, "diruser_nobody")

    assert version(acme, group) == before
    assert acme.drain().notes == 0


def test_a_member_who_is_deleted_changes_the_groups(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    before = version(acme, group)

    acme.delete(ada)

    assert version(acme, group) == before + 1


def test_a_deleted_name_is_free_at_once(acme: Tenant) -> None:
    acme.delete(acme.create("ada@acme.test"))
    acme.unpush(acme.push("Engineering"))

    acme.create("ADA@acme.test")
    acme.push("ENGINEERING")


@pytest.mark.parametrize(("first", "second"), [("Straße", "STRASSE"), ("Zoé", "ZOE\u0301")])
def test_a_name_is_taken_whatever_its_case_and_spelling(
    acme: Tenant, first: str, second: str
) -> None:
    acme.create(first)
    acme.push(first)

    with pytest.raises(Taken, match="userName"):
        acme.create(second)
    with pytest.raises(Taken, match="displayName"):
        acme.push(second)


def test_what_is_deleted_is_not_found(acme: Tenant) -> None:
    ada, group = acme.create("ada@acme.test"), acme.push("Engineering")
    acme.delete(ada)
    acme.unpush(group)

    acts: list[Callable[[], None]] = [
        lambda: acme.edit(ada, title="x"),
        lambda: acme.delete(ada),
        lambda: acme.rename(group, "x"),
        lambda: acme.join(group),
        lambda: acme.leave(group, ada),
        lambda: acme.unpush(group),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    ("emails", "chosen"),
    [
        ([{"value": "a@x", "type": "home"}, {"value": "b@x", "type": "Work"}], "b@x"),
        ([{"value": "a@x", "type": "work"}, {"value": "b@x", "primary": True}], "b@x"),
        ([{"value": "a@x"}, {"value": "b@x"}], "a@x"),
        ([{"type": "work"}], "ada@acme.test"),
        ([], "ada@acme.test"),
    ],
)
def test_the_address_is_the_primary_or_the_work_one(
    acme: Tenant, emails: list[dict[str, object]], chosen: str
) -> None:
    acme.create("ada@acme.test", emails=emails)

    assert [row["email"] for row in acme.rows(directory_tables.directory_users)] == [chosen]


def test_a_user_name_that_is_no_address_is_not_taken_for_one(acme: Tenant) -> None:
    acme.create("ada")

    assert [row["email"] for row in acme.rows(directory_tables.directory_users)] == [None]


def test_a_token_opens_its_directory_until_it_is_revoked(acme: Tenant) -> None:
    now = clock.now()
    with transaction(acme.engine) as connection:
        token, secret = directories.issue_token(connection, acme.directory, now, actor=ACTOR)
        (shown,) = directories.tokens(connection, acme.directory)
        assert (shown, shown.last_four) == (token, secret[-4:])
        directories.revoke_token(connection, acme.directory, token.id, now, actor=ACTOR)
        with pytest.raises(NotFound):
            directories.revoke_token(connection, acme.directory, token.id, now, actor=ACTOR)

    assert secret not in repr(acme.rows(directory_tables.directory_tokens))


def test_no_more_than_a_handful_of_tokens_are_live(acme: Tenant) -> None:
    now = clock.now()
    with transaction(acme.engine) as connection:
        directories.issue_token(
            connection, acme.directory, now, now - timedelta(days=1), actor=ACTOR
        )
        for _ in range(directories.LIVE_TOKENS_LIMIT):
            directories.issue_token(connection, acme.directory, now, actor=ACTOR)
        with pytest.raises(Refused, match="revoke one first"):
            directories.issue_token(connection, acme.directory, now, actor=ACTOR)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_that_says_nothing_is_refused(engine: Engine, name: str) -> None:
    with (
        pytest.raises(Invalid, match="display_name: must be 1 to 200 characters"),
        transaction(engine) as connection,
    ):
        organizations.create(connection, name, clock.now(), actor=ACTOR)


def test_a_directory_of_an_organization_that_is_not_there_is_refused(engine: Engine) -> None:
    nobody = OrganizationId("org_nobody")
    with pytest.raises(NotFound), transaction(engine) as connection:
        directories.create(connection, nobody, "okta", "Okta", clock.now(), actor=ACTOR)
    with pytest.raises(NotFound), transaction(engine) as connection:
        organizations.get(connection, nobody)
