"""Pages, and the parts of resources that a client asks for (RFC 7644 §3.4.2.4, §3.9)."""

from typing import Any

import pytest

from scim_api.protocol.discovery import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from tests.scim_api.making import Create
from tests.serving import Scim, directory_at

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def page(endpoint: Scim, place: str = "/Users", **parameters: Any) -> dict[str, Any]:
    answer = endpoint.client.get(place, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["schemas"] == [LIST]
    assert found["itemsPerPage"] == len(found["Resources"])
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [user["userName"].removesuffix("@x.test") for user in found["Resources"]]


def test_nobody_is_an_empty_list_and_no_404(endpoint: Scim) -> None:
    """A 404 sends Entra into quarantine."""
    for parameters in ({}, {"filter": 'userName eq "a"'}, {"filter": "active eq true"}):
        assert page(endpoint, **parameters) == {
            "schemas": [LIST],
            "totalResults": 0,
            "startIndex": 1,
            "itemsPerPage": 0,
            "Resources": [],
        }


def test_pages_make_the_whole_in_the_order_of_creation(endpoint: Scim, create_user: Create) -> None:
    for name in "dbcea":
        create_user(name)

    pages = [page(endpoint, startIndex=start, count=2) for start in (1, 3, 5)]

    assert [name for one in pages for name in names(one)] == list("dbcea")
    assert {one["totalResults"] for one in pages} == {5}
    assert [one["startIndex"] for one in pages] == [1, 3, 5]


def test_a_client_that_pages_while_others_come_and_change_sees_everybody_once(
    endpoint: Scim, create_user: Create
) -> None:
    users = [create_user(name) for name in "abcd"]
    seen = names(page(endpoint, startIndex=1, count=2))

    create_user("0-comes-first-by-name")
    change = {"Operations": [{"op": "replace", "path": "title", "value": "CEO"}]}
    endpoint.client.patch(f"/Users/{users[0]['id']}", json=change)

    seen += names(page(endpoint, startIndex=3, count=2))
    seen += names(page(endpoint, startIndex=5, count=2))
    assert seen == [*"abcd", "0-comes-first-by-name"]


@pytest.mark.parametrize("parameters", [{}, {"filter": "active eq true"}])
def test_who_writes_is_told_at_once_how_many_there_are(
    endpoint: Scim, create_user: Create, parameters: dict[str, str]
) -> None:
    """Only the first page of a listing is counted, as long as nothing changes."""
    users = [create_user(name) for name in "abc"]
    totals = [page(endpoint, count=1, **parameters)["totalResults"]]
    for change in (
        lambda: create_user("d"),
        lambda: endpoint.client.delete(f"/Users/{users[0]['id']}"),
    ):
        change()
        totals.append(page(endpoint, startIndex=2, count=1, **parameters)["totalResults"])

    assert totals == [3, 4, 3]


@pytest.mark.parametrize("parameters", [{}, {"filter": "active eq true"}])
def test_by_cursors_a_client_sees_everybody_who_stays_once(
    endpoint: Scim, create_user: Create, parameters: dict[str, str]
) -> None:
    """By places it would not: who is deleted pushes somebody over the edge of a page."""
    first, *_ = [create_user(name) for name in "abcde"]
    start = page(endpoint, cursor="", count=2, **parameters)
    endpoint.client.delete(f"/Users/{first['id']}")
    middle = page(endpoint, cursor=start["nextCursor"], count=2, **parameters)
    create_user("0-comes-first-by-name")
    end = page(endpoint, cursor=middle["nextCursor"], count=2, **parameters)

    assert [*names(start), *names(middle), *names(end)] == [*"abcde", "0-comes-first-by-name"]
    assert "nextCursor" not in end
    assert not any("startIndex" in one for one in (start, middle, end))
    assert start["totalResults"] == 5


def test_whoever_has_not_seen_all_is_given_a_cursor(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    """RFC 9865 §2: "in all paged query responses except when returning the last page"."""
    for name in "abcd":
        create_user(name)
        create_group(name)

    for place in ("/Users", "/Groups"):
        whole = page(endpoint, place)
        halves = page(endpoint, place, count=2), page(endpoint, place, startIndex=3, count=2)
        behind = page(endpoint, place, cursor=halves[0]["nextCursor"])

        assert [*halves[0]["Resources"], *halves[1]["Resources"]] == whole["Resources"]
        assert behind["Resources"] == halves[1]["Resources"]
        assert [one["totalResults"] for one in (whole, *halves, behind)] == [4, 4, 4, 4]
        assert not any("nextCursor" in one for one in (whole, halves[1], behind))


def test_a_cursor_stands_behind_or_in_front_of_one_who_is_looked_up(
    endpoint: Scim, create_user: Create
) -> None:
    first, second = create_user("a"), create_user("b")
    lookup = {"filter": f'userName eq "{second["userName"]}"'}

    behind_first = page(endpoint, cursor=first["id"], **lookup)
    behind_both = page(endpoint, cursor=second["id"], **lookup)

    assert behind_first["Resources"] == [second]
    assert behind_both["Resources"] == []
    assert [one["totalResults"] for one in (behind_first, behind_both)] == [1, 1]


def test_no_page_says_fewer_than_it_shows(endpoint: Scim, create_user: Create) -> None:
    for name in "abc":
        create_user(name)
    start = page(endpoint, cursor="", count=2)
    for name in "defghi":
        create_user(name)

    behind = page(endpoint, cursor=start["nextCursor"], count=5)

    assert (behind["itemsPerPage"], "nextCursor" in behind) == (5, True)
    assert behind["totalResults"] > 5


@pytest.mark.parametrize(
    ("place", "query", "scim_type"),
    [
        ("/Users", "cursor=x", "invalidCursor"),
        ("/Users", "cursor=diruser_", "invalidCursor"),
        ("/Users", "cursor=diruser_%00", "invalidCursor"),
        ("/Users", f"cursor=diruser_{'A' * 32}", "invalidCursor"),
        ("/Users", f"cursor=dirgrp_{'0' * 32}", "invalidCursor"),
        ("/Groups", f"cursor=diruser_{'0' * 32}", "invalidCursor"),
        ("/Users", "cursor=x&filter=userName+eq+%22a%22", "invalidCursor"),
        ("/Users", "cursor=&count=0", "invalidCount"),
        ("/Users", "cursor=&count=-1", "invalidCount"),
        ("/Users", "cursor=&count=many", "invalidCount"),
    ],
)
def test_a_cursor_that_nobody_gave_is_refused(
    endpoint: Scim, place: str, query: str, scim_type: str
) -> None:
    answer = endpoint.client.get(f"{place}?{query}")

    assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type)
    assert answer.json()["detail"].startswith(("cursor: ", "count: "))


def test_a_cursor_of_another_directory_shows_nothing_of_it(
    endpoint: Scim, create_user: Create
) -> None:
    with directory_at(endpoint.address, endpoint.engine) as other:
        theirs = [other.client.post("/Users", json={"userName": name}).json() for name in "xy"]
        mine = create_user("mine")

        found = page(endpoint, cursor=theirs[0]["id"])

    assert [one["id"] for one in found["Resources"]] == [mine["id"]]


def test_the_first_page_and_the_last_say_the_exact_total(
    endpoint: Scim, create_user: Create
) -> None:
    for name in "abc":
        create_user(name)
    assert page(endpoint, count=1)["totalResults"] == 3

    create_user("d")

    # Behind the first page a total is remembered, but never smaller than what is there to see.
    assert page(endpoint, startIndex=3, count=1)["totalResults"] in {3, 4}
    assert page(endpoint, startIndex=4, count=1)["totalResults"] == 4
    assert page(endpoint, startIndex=4, count=2)["totalResults"] == 4
    assert page(endpoint, startIndex=9, count=1)["totalResults"] == 4
    assert page(endpoint, count=1)["totalResults"] == 4
    assert page(endpoint, count=0)["totalResults"] == 4


@pytest.mark.parametrize(
    ("parameters", "start_index", "found"),
    [
        ({"count": 0}, 1, []),
        ({"count": -3}, 1, []),
        ({"startIndex": 0}, 1, ["a", "b", "c"]),
        ({"startIndex": -5, "count": 1}, 1, ["a"]),
        ({"startIndex": 4}, 4, []),
        ({"startIndex": 3, "count": 10**30}, 3, ["c"]),
        ({"startIndex": 10**30}, 2**31 - 1, []),
        ({"startIndex": "", "count": ""}, 1, ["a", "b", "c"]),
        ({"count": 0, "filter": "active eq true"}, 1, []),
        ({"startIndex": 2, "filter": "active eq true"}, 2, ["b", "c"]),
    ],
)
def test_whatever_is_asked_for_the_total_is_told(
    endpoint: Scim,
    create_user: Create,
    parameters: dict[str, Any],
    start_index: int,
    found: list[str],
) -> None:
    for name in "abc":
        create_user(name)

    answer = page(endpoint, **parameters)

    assert names(answer) == found
    assert (answer["totalResults"], answer["startIndex"]) == (3, start_index)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, 1),
        ({"count": 0}, 0),
        ({"startIndex": 2}, 0),
        ({"cursor": ""}, 1),
        ({"cursor": f"diruser_{'f' * 32}"}, 0),
    ],
)
def test_looking_one_person_up_obeys_the_page(
    endpoint: Scim, create_user: Create, parameters: dict[str, Any], found: int
) -> None:
    create_user("ines")
    create_user("omar")

    answer = page(endpoint, filter='userName eq "INES@x.test"', **parameters)

    assert (answer["totalResults"], answer["itemsPerPage"]) == (1, found)


def test_a_page_has_a_size_that_is_announced(endpoint: Scim, create_user: Create) -> None:
    for number in range(MAX_PAGE_SIZE + 5):
        create_user(f"{number}")
    config = endpoint.client.get("/ServiceProviderConfig").json()

    assert page(endpoint)["itemsPerPage"] == DEFAULT_PAGE_SIZE
    assert page(endpoint, count=100_000)["itemsPerPage"] == config["filter"]["maxResults"]


@pytest.mark.parametrize(
    ("parameters", "keys"),
    [
        ({"attributes": "userName"}, {"schemas", "id", "userName"}),
        ({"attributes": "USERNAME,title"}, {"schemas", "id", "userName", "title"}),
        ({"attributes": "id"}, {"schemas", "id"}),
        ({"attributes": "name.givenName,nonsense"}, {"schemas", "id", "name"}),
        ({"attributes": "groups"}, {"schemas", "id", "groups"}),
        ({"attributes": "meta.version"}, {"schemas", "id", "meta"}),
        ({"excludedAttributes": "groups,meta,name,title,active"}, {"schemas", "id", "userName"}),
        ({"excludedAttributes": "id,schemas,userName"}, None),
    ],
)
def test_an_answer_holds_the_attributes_that_are_asked_for(
    endpoint: Scim,
    create_user: Create,
    create_group: Create,
    parameters: dict[str, str],
    keys: set[str] | None,
) -> None:
    everything = {"title": "CEO", "name": {"givenName": "Ines", "familyName": "Carvalho"}}
    user = create_user("ines", active=True, **everything)
    create_group("Admins", user)
    path = f"/Users/{user['id']}"
    expected = keys or {"schemas", "id", "meta", "name", "title", "active", "groups"}
    change = {"Operations": [{"op": "replace", "path": "title", "value": "CTO"}]}

    answers = [
        endpoint.client.get(path, params=parameters).json(),
        *page(endpoint, **parameters)["Resources"],
        *page(endpoint, **parameters, filter='userName eq "ines@x.test"')["Resources"],
        endpoint.client.patch(path, params=parameters, json=change).json(),
    ]

    assert len(answers) == 4
    for answer in answers:
        assert set(answer) == expected
        assert set(answer.get("name", {})) in ({"givenName"}, {"givenName", "familyName"}, set())
