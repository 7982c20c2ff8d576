"""Nobody reaches into another directory, by whatever route."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from tests import snapshots
from tests.scim_errors import refusal
from tests.serving import Scim, client_of

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
COLLECTIONS = ("Users", "Groups", *DISCOVERY, "Me", "Bulk", ".search", "nonsense", "")
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class Neighbors:
    """Two directories; `user` and `group` are the second one's."""

    ours: Scim
    theirs: Scim
    user: str
    group: str

    def places(self) -> list[str]:
        """Every path there is, and some that there are not, after the base URL."""
        ids = (self.user, self.group, "User", CORE, "nobody")
        return [
            *COLLECTIONS,
            *(f"{collection}/{one}" for collection, one in product(COLLECTIONS, ids)),
        ]

    def body(self, method: str, place: str) -> object:
        """One that would change something if it were let in."""
        if method == "PATCH" and "Groups" in place:
            member = [{"value": self.user}]
            return {"Operations": [{"op": "remove", "path": "members", "value": member}]}
        if method == "PATCH":
            return {"Operations": [{"op": "replace", "value": {"active": False}}]}
        if method in {"POST", "PUT"}:
            return {"userName": "intruder@x.test", "displayName": "Intruders"}
        return None


@pytest.fixture(params=["another organization", "the same organization"])
def neighbors(request: pytest.FixtureRequest, endpoint: Scim) -> Iterator[Neighbors]:
    of_the_same = request.param == "the same organization"
    with endpoint.a_second_directory(of_the_same=of_the_same) as theirs:
        user = theirs.client.post("/Users", json={"userName": "a@x.test"}).json()["id"]
        members = [{"value": user}]
        group = theirs.client.post("/Groups", json={"displayName": "A", "members": members})
        endpoint.client.get("/Users")  # the token is marked as used
        yield Neighbors(endpoint, theirs, user, group.json()["id"])


@pytest.mark.parametrize("method", METHODS)
def test_our_token_opens_no_route_of_theirs(neighbors: Neighbors, method: str) -> None:
    before = snapshots.rows(neighbors.ours.engine)
    bearer = f"Bearer {neighbors.ours.token}"

    with client_of(neighbors.theirs.address, neighbors.theirs.directory, bearer) as client:
        for place in neighbors.places():
            answer = client.request(
                method, f"{client.base_url}{place}", json=neighbors.body(method, place)
            )

            assert answer.status_code == 401, f"{method} {place}: {answer.text}"
            assert "www-authenticate" in answer.headers
            assert method == "HEAD" or refusal(answer) == (401, None)

    assert snapshots.rows(neighbors.ours.engine) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_their_ids_are_not_found_at_our_routes(neighbors: Neighbors, method: str) -> None:
    client = neighbors.ours.client
    before = snapshots.rows(neighbors.ours.engine)
    for place in neighbors.places():
        if neighbors.user in place or neighbors.group in place:
            answer = client.request(
                method, f"{client.base_url}{place}", json=neighbors.body(method, place)
            )

            assert answer.status_code in {404, 405, 501}, f"{method} {place}: {answer.text}"

    assert snapshots.rows(neighbors.ours.engine) == before


def test_their_people_cannot_join_our_groups(neighbors: Neighbors) -> None:
    client = neighbors.ours.client
    members = [{"value": neighbors.user}]
    group = client.post("/Groups", json={"displayName": "Ours"}).json()["id"]
    before = snapshots.rows(neighbors.ours.engine)

    created = client.post("/Groups", json={"displayName": "Other", "members": members})
    replaced = client.put(f"/Groups/{group}", json={"displayName": "Ours", "members": members})
    operations = [{"op": "add", "path": "members", "value": members}]
    patched = client.patch(f"/Groups/{group}", json={"Operations": operations})

    for answer in (created, replaced, patched):
        assert refusal(answer) == (400, "invalidValue")
        assert neighbors.user in answer.json()["detail"]
    assert snapshots.rows(neighbors.ours.engine) == before


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "a@x.test"',
        'id eq "{user}"',
        'userName co "a"',
        "userName pr",
        'groups.value eq "{group}"',
        'not (userName eq "b")',
        'userName eq "b" or userName eq "a@x.test"',
    ],
)
def test_no_filter_finds_their_people(neighbors: Neighbors, text: str) -> None:
    asked = text.format(user=neighbors.user, group=neighbors.group)

    ours = neighbors.ours.client.get("/Users", params={"filter": asked}).json()
    theirs = neighbors.theirs.client.get("/Users", params={"filter": asked}).json()

    assert (ours["totalResults"], theirs["totalResults"]) == (0, 1)


def test_two_directories_may_have_the_same_user_name(neighbors: Neighbors) -> None:
    answer = neighbors.ours.client.post("/Users", json={"userName": "a@x.test"})

    assert answer.status_code == 201


@pytest.mark.parametrize("place", DISCOVERY)
def test_discovery_is_open_but_a_wrong_token_is_told(neighbors: Neighbors, place: str) -> None:
    """An admin who tests the connection learns that the token is wrong."""
    address, directory = neighbors.ours.address, neighbors.ours.directory
    with client_of(address, directory, None) as stranger:
        assert stranger.get(f"/{place}").status_code == 200
    with client_of(address, directory, f"Bearer {neighbors.theirs.token}") as neighbor:
        assert refusal(neighbor.get(f"/{place}")) == (401, None)
