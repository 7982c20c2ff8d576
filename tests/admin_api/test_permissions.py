"""Who may do what, and why: checks, effective permissions, explanations."""

import secrets
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from provisioning import clock, ids
from provisioning.checks import Checks, Question
from provisioning.ids import UserId
from provisioning.store import engine as engines
from provisioning.store import people_tables, role_tables
from tests.admin_serving import Admin
from tests.tenant import Person, Tenant, found


@pytest.fixture
def acme(admin: Admin) -> Tenant:
    return found(admin.engine, f"Acme {secrets.token_hex(4)}")


def join(acme: Tenant, **tree: Any) -> Person:
    address = f"{secrets.token_hex(6)}@acme.test"
    acme.create(address, **tree)
    acme.drain()
    return acme.people()[address]


def role(admin: Admin, acme: Tenant, name: str, *permissions: str, **more: Any) -> str:
    body = {"name": name, "rank": 150, "permissions": permissions, **more}
    return str(admin.post(f"/organizations/{acme.organization_id}/roles", body)["id"])


def grant(acme: Tenant, person: Person, role_id: str, workspace_id: str = "") -> str:
    grant_id = ids.new(ids.GRANT)
    with engines.transaction(acme.engine) as connection:
        connection.execute(
            insert(role_tables.grants).values(
                id=grant_id,
                organization_id=acme.organization_id,
                membership_id=person.membership_id,
                role_id=role_id,
                source_type="direct",
                workspace_id=workspace_id,
                created_at=clock.now(),
            )
        )
    return grant_id


def ask(admin: Admin, acme: Tenant, person: Person, permission: str, **more: Any) -> dict[str, Any]:
    body = {"user_id": person.user_id, "permission": permission, **more}
    return admin.post(f"/organizations/{acme.organization_id}/check", body)


def test_a_check_says_why(admin: Admin, acme: Tenant) -> None:
    role_id = role(admin, acme, "billing", "invoices:*")
    ada = join(acme)
    grant_id = grant(acme, ada, role_id)

    allowed = ask(admin, acme, ada, "invoices:pay")
    denied = ask(admin, acme, ada, "customers:read")

    assert allowed == {
        "allowed": True,
        "because": [
            {
                "role": "billing",
                "permission": "invoices:*",
                "inherited_from": None,
                "source": {
                    "grant_id": grant_id,
                    "type": "direct",
                    "mapping_id": None,
                    "group_id": None,
                    "workspace_id": None,
                },
            }
        ],
    }
    assert denied == {"allowed": False, "because": []}


def test_a_mapped_role_names_its_group(admin: Admin, acme: Tenant) -> None:
    mapping = acme.map("Owners", "owner")
    address = f"{secrets.token_hex(6)}@acme.test"
    group_id = acme.push("Owners", acme.create(address))
    acme.drain()

    (reason,) = ask(admin, acme, acme.people()[address], "anything:at.all")["because"]

    assert (reason["role"], reason["permission"]) == ("owner", "*:*")
    assert reason["source"]["type"] == "mapping"
    assert reason["source"]["mapping_id"] == mapping.id
    assert reason["source"]["group_id"] == group_id


@pytest.mark.parametrize(
    ("granted", "asked", "allowed"),
    [
        ("a:b", "a:b", True),
        ("a:*", "a:b", True),
        ("*:b", "a:b", True),
        ("*:*", "a:b", True),
        ("a:*", "a:*", True),
        ("a:b", "a:*", False),
        ("a:b", "*:b", False),
        ("a:b", "a:bc", False),
        ("a:b", "c:b", False),
    ],
)
def test_wildcards_match_each_part(
    admin: Admin, acme: Tenant, granted: str, asked: str, *, allowed: bool
) -> None:
    ada = join(acme)
    grant(acme, ada, role(admin, acme, "one", granted))

    assert ask(admin, acme, ada, asked)["allowed"] is allowed


def test_a_check_follows_a_change_at_once(admin: Admin, acme: Tenant) -> None:
    """Nothing that the process remembers of roles survives a change of them."""
    ada = join(acme)
    role(admin, acme, "parent")
    grant(acme, ada, role(admin, acme, "child", extends="parent"))
    path = f"/organizations/{acme.organization_id}/roles"
    assert not ask(admin, acme, ada, "a:b")["allowed"]

    for permissions in (["a:b"], [], ["a:*"]):
        admin.client.patch(f"{path}/parent", json={"permissions": permissions})
        answer = ask(admin, acme, ada, "a:b")
        assert answer["allowed"] is bool(permissions)
    assert answer["because"][0]["inherited_from"] == "parent"
    admin.client.patch(f"{path}/child", json={"extends": None})
    assert not ask(admin, acme, ada, "a:b")["allowed"]


@pytest.mark.parametrize("status", ["suspended", "removed"])
def test_who_is_not_active_may_do_nothing(admin: Admin, acme: Tenant, status: str) -> None:
    ada = join(acme)
    grant(acme, ada, "role_owner")
    assert ask(admin, acme, ada, "a:b")["allowed"]
    with engines.transaction(acme.engine) as connection:
        connection.execute(
            update(people_tables.memberships)
            .where(people_tables.memberships.c.id == ada.membership_id)
            .values(status=status)
        )

    shown = admin.get(f"/organizations/{acme.organization_id}/users/{ada.user_id}/permissions")

    assert ask(admin, acme, ada, "a:b") == {"allowed": False, "because": []}
    assert (shown["status"], shown["roles"], shown["permissions"]) == (status, [], [])


def test_a_grant_in_a_workspace_counts_there_only(admin: Admin, acme: Tenant) -> None:
    ada = join(acme)
    grant(acme, ada, role(admin, acme, "here", "a:b"), "wsp_1")
    grant(acme, ada, role(admin, acme, "everywhere", "c:d"))

    allowed = {
        (permission, workspace_id): ask(admin, acme, ada, permission, workspace_id=workspace_id)[
            "allowed"
        ]
        for permission in ("a:b", "c:d")
        for workspace_id in (None, "wsp_1", "wsp_2")
    }

    assert allowed == {
        ("a:b", None): False,
        ("a:b", "wsp_1"): True,
        ("a:b", "wsp_2"): False,
        ("c:d", None): True,
        ("c:d", "wsp_1"): True,
        ("c:d", "wsp_2"): True,
    }


def test_many_questions_are_answered_in_their_order(admin: Admin, acme: Tenant) -> None:
    ada, bob = join(acme), join(acme)
    grant(acme, ada, role(admin, acme, "one", "a:b"))
    questions = [
        {"user_id": ada.user_id, "permission": "a:b"},
        {"user_id": bob.user_id, "permission": "a:b"},
        {"membership_id": ada.membership_id, "permission": "a:b"},
        {"membership_id": ada.user_id, "permission": "a:b"},
        {"user_id": ada.membership_id, "permission": "a:b"},
        {"user_id": "usr_nobody", "permission": "a:b"},
    ]

    path = f"/organizations/{acme.organization_id}/checks"
    answers = admin.post(path, {"questions": questions})["data"]

    assert [one["allowed"] for one in answers] == [True, False, True, False, False, False]
    assert answers[0]["because"] == ask(admin, acme, ada, "a:b")["because"]


def test_any_number_of_questions_is_one_statement(admin: Admin, acme: Tenant) -> None:
    people = [join(acme) for _ in range(3)]
    checks = Checks()
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def asked(times: int) -> int:
        questions = [
            Question(user_id=UserId(person.user_id), permission="organization:read")
            for person in people
        ]
        statements.clear()
        with engines.reading(acme.engine) as connection:
            answers = checks.ask(connection, acme.organization_id, questions * times)
        assert all(answers)
        return len(statements)

    event.listen(acme.engine, "before_cursor_execute", note)
    try:
        assert asked(1) == 2  # the roles are not known yet
        assert asked(1) == asked(100) == 1
    finally:
        event.remove(acme.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "body",
    [
        {"permission": "a:b"},
        {"user_id": "u", "membership_id": "m", "permission": "a:b"},
        {"user_id": None, "permission": "a:b"},
        {"user_id": "u", "membership_id": None, "permission": "a:b"},
        {"user_id": "u"},
        {"user_id": "u", "permission": "a"},
        {"user_id": "u", "permission": "a:b", "more": 1},
        {"user_id": "u\0", "permission": "a:b"},
        [],
    ],
)
def test_a_question_that_is_none_is_refused(admin: Admin, acme: Tenant, body: Any) -> None:
    path = f"/organizations/{acme.organization_id}"
    one = admin.client.post(f"{path}/check", json=body)
    many = admin.client.post(f"{path}/checks", json={"questions": [body]})

    for answer in (one, many):
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["code"] == "invalid_body"


def test_there_is_a_limit_of_questions(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/checks"
    question = {"user_id": "usr_nobody", "permission": "a:b"}

    assert len(admin.post(path, {"questions": [question] * 1000})["data"]) == 1000
    assert admin.client.post(path, json={"questions": [question] * 1001}).status_code == 400
    assert admin.client.post(path, json={"questions": []}).status_code == 400


def test_effective_permissions_are_those_of_all_roles(admin: Admin, acme: Tenant) -> None:
    ada = join(acme)
    role(admin, acme, "parent", "c:d")
    grant(acme, ada, role(admin, acme, "child", "a:b", extends="parent", rank=250))
    grant(acme, ada, role(admin, acme, "there", "e:f"), "wsp_1")
    path = f"/organizations/{acme.organization_id}/users/{ada.user_id}/permissions"
    members = ["members:read", "organization:read", "workspaces:read"]

    shown, there = admin.get(path), admin.get(path, workspace_id="wsp_1")

    assert (shown["status"], shown["membership_id"]) == ("active", ada.membership_id)
    assert [(one["role"], one["source"]["type"]) for one in shown["roles"]] == [
        ("child", "direct"),
        ("member", "default"),
    ]
    assert shown["permissions"] == sorted(["a:b", "c:d", *members])
    assert there["permissions"] == sorted(["a:b", "c:d", "e:f", *members])
    stranger = admin.client.get(path.replace(ada.user_id, "usr_nobody"))
    assert stranger.status_code == 404


def test_another_organization_is_not_answered_for(admin: Admin, acme: Tenant) -> None:
    other = found(admin.engine, f"Other {secrets.token_hex(4)}")
    ada = join(acme)
    grant(acme, ada, "role_owner")
    question = {"user_id": ada.user_id, "permission": "a:b"}
    member = {"membership_id": ada.membership_id, "permission": "a:b"}

    elsewhere = admin.post(f"/organizations/{other.organization_id}/check", question)
    assert elsewhere["allowed"] is False
    assert admin.post(f"/organizations/{other.organization_id}/check", member)["allowed"] is False
    here = f"/organizations/{acme.organization_id}"
    with admin.with_key("*", organization_id=other.organization_id) as stranger:
        answers = [
            stranger.client.post(f"{here}/check", json=question),
            stranger.client.post(f"{here}/checks", json={"questions": [question]}),
            stranger.client.get(f"{here}/users/{ada.user_id}/permissions"),
            stranger.client.get(f"{here}/memberships/{ada.membership_id}/explanation"),
        ]
    with admin.with_key("read:roles", "read:organizations") as curious:
        forbidden = curious.client.post(f"{here}/check", json=question)
    nowhere = admin.client.post("/organizations/org_nothing/check", json=question)
    path = f"/organizations/{other.organization_id}/memberships/{ada.membership_id}/explanation"

    assert [answer.status_code for answer in answers] == [404] * 4
    assert forbidden.json()["error"]["code"] == "insufficient_scope"
    assert nowhere.json()["error"]["code"] == "not_found"
    assert admin.client.get(path).status_code == 404


def test_a_deleted_organization_has_no_permissions(admin: Admin, acme: Tenant) -> None:
    ada = join(acme)
    assert ask(admin, acme, ada, "members:read")["allowed"]
    acme.close()

    body = {"user_id": ada.user_id, "permission": "members:read"}
    answer = admin.client.post(f"/organizations/{acme.organization_id}/check", json=body)

    assert answer.status_code == 404


def test_an_explanation_goes_back_to_the_group_and_the_directory(
    admin: Admin, acme: Tenant
) -> None:
    mapping = acme.map("Engineering", "admin")
    acme.map("Owners", "owner")
    address = f"{secrets.token_hex(6)}@acme.test"
    group_id = acme.push("Engineering", acme.create(address))
    acme.push("Owners")
    acme.drain()
    ada = acme.people()[address]

    path = f"/organizations/{acme.organization_id}/memberships/{ada.membership_id}/explanation"
    shown = admin.get(path)

    assert (shown["membership_id"], shown["status"]) == (ada.membership_id, "active")
    assert "says active" in shown["reasons"][0]
    by_role = {one["role"]: one for one in shown["roles"]}
    assert by_role["admin"]["source"] == {
        "type": "mapping",
        "mapping_id": mapping.id,
        "group_id": group_id,
        "group": "Engineering",
        "directory_id": acme.directory.id,
    }
    assert by_role["member"]["source"]["type"] == "default"
    assert [one["role"] for one in shown["lacking"]] == ["owner"]
    assert "Owners" in shown["lacking"][0]["why"]
