"""Writes that come at once are written together, and each is answered by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from provisioning.errors import Unavailable
from provisioning.store.engine import transaction
from scim_api.messages import Request, Response
from scim_api.remembered import Seen, Totals
from scim_api.sharing import at_once as at_once_on_one_connection
from tests.scim_api.making import Create
from tests.serving import Scim
from tests.tenant import context_of, found

PEOPLE = 12


def body(*operations: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": list(operations),
    }


def at_once(*asked: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(asked)) as threads:
        return [each.result() for each in [threads.submit(one) for one in asked]]


def test_each_is_answered_by_itself(endpoint: Scim, create_user: Create) -> None:
    client = endpoint.client
    create_user("taken")
    wanted = [{"userName": f"{number}@x.test"} for number in range(PEOPLE)]
    wanted[3:3] = [{"userName": "TAKEN@x.test"}, {"displayName": "of no name"}, {}]

    answers = at_once(*(lambda one=one: client.post("/Users", json=one) for one in wanted))

    for one, answer in zip(wanted, answers, strict=True):
        said = answer.json()
        if one.get("userName", "TAKEN") not in {"TAKEN", "TAKEN@x.test"}:
            assert answer.status_code == 201, answer.text
            assert said["userName"] == one["userName"]
            assert client.get(f"/Users/{said['id']}").json() == said
        else:
            assert answer.status_code == (409 if "userName" in one else 400), answer.text
    assert client.get("/Users?count=0").json()["totalResults"] == PEOPLE + 1


def test_everybody_joins_and_is_changed(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    client = endpoint.client
    people = [create_user(f"person-{number}") for number in range(PEOPLE)]
    groups = [create_group(name) for name in ("Engineering", "Sales")]
    leaves = {"op": "remove", "path": "members", "value": [{"value": people[0]["id"]}]}

    def join(group: dict[str, Any], person: dict[str, Any]) -> Any:
        added = {"op": "add", "path": "members", "value": [{"value": person["id"]}]}
        return client.patch(f"/Groups/{group['id']}", json=body(added))

    def modify(person: dict[str, Any]) -> Any:
        titled = {"op": "replace", "path": "title", "value": person["userName"]}
        return client.patch(f"/Users/{person['id']}", json=body(titled))

    answers = at_once(
        *(lambda g=g, p=p: join(g, p) for p in people for g in groups),
        *(lambda p=p: modify(p) for p in people),
        lambda: join(groups[0], {"id": "diruser_nobody"}),
        lambda: join({"id": "dirgrp_nobody"}, people[0]),
    )

    assert [answer.status_code for answer in answers[-2:]] == [400, 404]
    assert all(answer.is_success for answer in answers[:-2])
    for group in groups:
        members = client.get(f"/Groups/{group['id']}").json()["members"]
        assert {one["value"] for one in members} == {one["id"] for one in people}
    for person in people:
        now = client.get(f"/Users/{person['id']}").json()
        assert now["title"] == person["userName"]
        assert {one["display"] for one in now["groups"]} == {"Engineering", "Sales"}
    assert client.patch(f"/Groups/{groups[0]['id']}", json=body(leaves)).is_success


def test_edits_of_one_user_are_all_done(endpoint: Scim, create_user: Create) -> None:
    client, ada = endpoint.client, create_user("ada")
    names = ["title", "nickName", "locale", "timezone", "profileUrl", "userType"]

    answers = at_once(
        *(
            lambda name=name: client.patch(
                f"/Users/{ada['id']}", json=body({"op": "add", "path": name, "value": name})
            )
            for name in names
        )
    )

    assert all(answer.status_code == 200 for answer in answers)
    now = client.get(f"/Users/{ada['id']}").json()
    assert {name: now[name] for name in names} == {name: name for name in names}
    versions = {answer.json()["meta"]["version"] for answer in answers}
    assert len(versions) == len(names)
    assert now["meta"]["version"] in versions


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_nobody_waits_for_the_locks_of_another_directory(
    endpoint: Scim, create_user: Create
) -> None:
    ada = create_user("ada")
    titled = body({"op": "replace", "path": "title", "value": "CEO"})
    held = text("SELECT 1 FROM directory_users WHERE id = :id FOR UPDATE")
    with (
        endpoint.a_second_directory() as other,
        ThreadPoolExecutor(3) as waiting,
    ):
        bob = other.client.post("/Users", json={"userName": "bob@y.test"}).json()
        with transaction(endpoint.engine) as connection:
            connection.execute(held, {"id": ada["id"]})
            asked = [
                waiting.submit(endpoint.client.patch, f"/Users/{ada['id']}", json=titled)
                for _ in range(3)
            ]
            for _ in range(5):
                assert other.client.patch(f"/Users/{bob['id']}", json=titled).status_code == 200
            assert not any(one.done() for one in asked)
        assert {one.result().status_code for one in asked} == {200}


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_connection_that_is_lost_after_the_change_is_503_and_no_defect(engine: Engine) -> None:
    request = Request(
        engine=engine,
        totals=Totals(),
        seen=Seen(),
        context=context_of(found(engine).directory),
        base_url="",
        resource_id="",
        query={},
        headers={},
        body=b"",
    )

    def lose(connection: Connection, *_: object) -> Response:
        with engine.connect() as other:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            other.execute(text(f"SELECT pg_terminate_backend({backend})"))
        connection.execute(text("SELECT 1"))
        return Response(204)

    answers = at_once_on_one_connection(
        lambda _c, _x, some: some, lose, [(request, 1), (request, 2)]
    )

    assert [type(one) for one in answers] == [Unavailable, Unavailable]
