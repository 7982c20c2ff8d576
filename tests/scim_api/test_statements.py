"""How many statements a request costs on PostgreSQL; each is a round trip."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.scim_api.alone import serve
from tests.serving import Scim, client_of, directory_at

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has no data-modifying CTE: the same work is a few statements, without a wire."""


@dataclass(slots=True)
class Counted:
    """A directory whose server tells its statements; those about tokens are once a second."""

    scim: Scim
    statements: list[str] = field(default_factory=list)

    def listen(self, _c: Any, _cursor: Any, statement: str, *_: object) -> None:
        if "directory_tokens" not in statement:
            self.statements.append(statement)

    def cost(self, method: str, path: str, body: Any = None, *, accept: bool = True) -> int:
        """Of one request that succeeds."""
        request = self.scim.client.build_request(method, f"{self.scim.base_url}{path}", json=body)
        if not accept:
            del request.headers["accept"]
        self.statements.clear()
        answer = self.scim.client.send(request)
        assert answer.is_success, answer.text
        return len(self.statements)

    @contextmanager
    def elsewhere(self) -> Iterator["Counted"]:
        """The same directory, served by what might be another process."""
        authorization = f"Bearer {self.scim.token}"
        with (
            serve(self.scim.engine) as address,
            client_of(address, self.scim.directory, authorization) as client,
        ):
            scim = replace(self.scim, address=address, client=client)
            yield Counted(scim, self.statements)

    def create(self, place: str, **body: Any) -> str:
        answer = self.scim.client.post(place, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def members(self, op: str, *ids: str) -> dict[str, Any]:
        value = [{"value": one} for one in ids]
        return {"Operations": [{"op": op, "path": "members", "value": value}]}


@pytest.fixture
def counted(dialect: str, engine: Engine) -> Iterator[Counted]:
    with serve(engine) as address, directory_at(address, engine) as scim:
        found = Counted(scim)
        event.listen(engine, "before_cursor_execute", found.listen)
        yield found
        event.remove(engine, "before_cursor_execute", found.listen)


def test_the_hot_requests_cost_as_few_round_trips_as_they_can(counted: Counted) -> None:
    user = counted.create("/Users", userName="a@x.test")
    group = counted.create("/Groups", displayName="Admins")
    title = {"Operations": [{"op": "replace", "path": "title", "value": "CEO"}]}
    lookup = '/Users?filter=userName+eq+"a@x.test"'
    name = '/Groups?filter=displayName+eq+"Admins"&excludedAttributes=members'
    add = counted.members("add", user)
    remove = counted.members("remove", user)

    assert counted.cost("POST", "/Users", {"userName": "b@x.test"}) == 1
    assert counted.cost("GET", lookup) == 1
    assert counted.cost("GET", f"/Users/{user}") == 1
    assert counted.cost("PATCH", f"/Users/{user}", title) == 1, "seen just before"
    assert counted.cost("PATCH", f"/Users/{user}", title) == 1, "nothing to write"
    assert counted.cost("PUT", f"/Users/{user}", {"userName": "a@x.test"}) == 1
    assert counted.cost("GET", name) == 1
    assert counted.cost("PATCH", f"/Groups/{group}", add, accept=False) == 1
    assert counted.cost("PATCH", f"/Groups/{group}", remove, accept=False) == 1
    assert counted.cost("POST", "/Groups", {"displayName": "Owners"}) == 1


def test_a_change_of_who_was_not_seen_reads_and_writes(counted: Counted) -> None:
    user = counted.create("/Users", userName="a@x.test")
    change = {"Operations": [{"op": "replace", "path": "title", "value": "CEO"}]}

    with counted.elsewhere() as other:
        assert other.cost("PATCH", f"/Users/{user}", change) == 2
        assert other.cost("PUT", f"/Users/{user}", {"userName": "b@x.test"}) == 1

    # What is known here is by two versions too old: one attempt, then as above.
    assert counted.cost("PATCH", f"/Users/{user}", change) == 3


def test_a_page_costs_the_same_whatever_its_size(counted: Counted) -> None:
    people = [counted.create("/Users", userName=f"{number}@x.test") for number in range(20)]
    members = [{"value": one} for one in people]
    counted.create("/Groups", displayName="All", members=members)

    # The page, the names of the groups on it, and the count where the listing goes on behind it.
    assert counted.cost("GET", "/Users?count=1") == 3
    assert counted.cost("GET", "/Users?count=19") == 3
    assert counted.cost("GET", "/Users?count=100") == 2
    assert counted.cost("GET", "/Groups?count=100") == 1
    # Whether it goes on behind a full page of groups is asked by itself: members are many.
    assert counted.cost("GET", "/Groups?count=1") == 2
    assert counted.cost("GET", "/Groups?count=1&excludedAttributes=members") == 1
    assert counted.cost("GET", '/Users?count=100&filter=emails.value+co+"x"+or+active+eq+true') == 2


def test_a_listing_is_counted_once_and_not_once_per_page(counted: Counted) -> None:
    for number in range(5):
        counted.create("/Users", userName=f"{number}@x.test")

    pages = [counted.cost("GET", f"/Users?startIndex={first}&count=1") for first in range(1, 6)]

    assert pages == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("size", [10, 500])
@pytest.mark.parametrize("accept", [False, True])
def test_one_member_costs_the_same_in_a_small_group_and_a_large(
    counted: Counted,
    size: int,
    accept: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    people = [counted.create("/Users", userName=f"{number}@x.test") for number in range(size + 1)]
    members = [{"value": one} for one in people[:-1]]
    group = counted.create("/Groups", displayName="All", members=members)
    path = f"/Groups/{group}"

    joined = counted.cost("PATCH", path, counted.members("add", people[-1]), accept=accept)
    left = counted.cost("PATCH", path, counted.members("remove", people[-1]), accept=accept)

    # Who accepts a body gets one: how large it would be, and then the group.
    assert (joined, left) == ((3, 3) if accept else (1, 1))
