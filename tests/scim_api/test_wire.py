"""Requests as no well-behaved client frames them, byte for byte."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse

import httpx
import pytest

from scim_api.body import MAX_BODY_BYTES
from tests import snapshots
from tests.scim_errors import ERROR, refusal
from tests.serving import ANSWER_SECONDS, Scim

USER = b'{"userName": "a@x.test"}'
POST_HEAD = "POST {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
GET_HEAD = "GET {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"


@contextmanager
def connection(endpoint: Scim) -> Iterator[socket.socket]:
    url = httpx.URL(endpoint.address)
    with socket.create_connection((url.host, url.port or 80), ANSWER_SECONDS) as opened:
        yield opened


def head(endpoint: Scim, template: str) -> bytes:
    path = httpx.URL(endpoint.base_url).path
    return template.format(path=path, token=endpoint.token).encode()


def status(endpoint: Scim, data: bytes) -> int:
    """Of the answer to `data`, which is a SCIM message, whoever gives it."""
    with connection(endpoint) as opened:
        opened.sendall(data)
        with HTTPResponse(opened) as answer:
            answer.begin()
            body = json.loads(answer.read())
    assert answer.headers["content-type"] == "application/scim+json"
    if answer.status >= 400:
        assert (body["schemas"], body["status"]) == ([ERROR], str(answer.status))
        assert body["detail"]
    return answer.status


def test_a_body_in_chunks_is_read(endpoint: Scim) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n8\r\n" + USER[:8] + b"\r\n10\r\n" + USER[8:]

    assert status(endpoint, head(endpoint, POST_HEAD) + chunks + b"\r\n0\r\n\r\n") == 201


@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"Content-Length: -2\r\n\r\n{}",
        b"Content-Length: two\r\n\r\n{}",
        b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n{}",
    ],
)
def test_a_body_whose_end_is_unclear_or_that_says_nothing_is_a_bad_request(
    endpoint: Scim, rest: bytes
) -> None:
    before = snapshots.counts(endpoint.engine)

    assert status(endpoint, head(endpoint, POST_HEAD) + rest) == 400
    assert snapshots.counts(endpoint.engine) == before


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(endpoint: Scim) -> None:
    rest = f"Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode()

    assert status(endpoint, head(endpoint, POST_HEAD) + rest) == 413


def test_a_body_that_grows_too_long_is_refused_without_an_announcement(endpoint: Scim) -> None:
    chunk = b" " * 1024 * 1024
    before = snapshots.counts(endpoint.engine)

    answer = endpoint.client.post("/Users", content=(chunk for _ in range(17)))

    assert refusal(answer) == (413, None)
    assert str(MAX_BODY_BYTES) in answer.json()["detail"]
    assert snapshots.counts(endpoint.engine) == before


def test_the_longest_body_is_read_to_its_end(endpoint: Scim) -> None:
    content = USER.ljust(MAX_BODY_BYTES)

    assert endpoint.client.post("/Users", content=content).status_code == 201
    assert refusal(endpoint.client.post("/Users", content=content + b" ")) == (413, None)


def test_a_connection_goes_on_after_a_body_that_nobody_read(endpoint: Scim) -> None:
    """The answer came early, and what was still under way must not be taken for a request."""
    with httpx.Client(base_url=endpoint.base_url) as stranger:
        assert stranger.post("/Users", content=b"x" * 500_000).status_code == 401
        assert stranger.get("/ServiceProviderConfig").status_code == 200


def test_who_hangs_up_in_the_middle_of_a_body_has_written_nothing(endpoint: Scim) -> None:
    rest = b"Content-Length: 500\r\nExpect: 100-continue\r\n\r\n"
    before = snapshots.counts(endpoint.engine)
    with connection(endpoint) as opened:
        opened.sendall(head(endpoint, POST_HEAD) + rest)
        assert opened.recv(100).startswith(b"HTTP/1.1 100 "), "the body is waited for"
        opened.sendall(USER)
        endpoint.client.get("/Users")  # whoever answers this has heard that

    assert endpoint.client.get("/Users").json()["totalResults"] == 0
    assert snapshots.counts(endpoint.engine) == before


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"X-Request-Id: \xff\xfe\r\nIf-None-Match: \xff\r\nPrefer: \xff\r\n", 200),
        (b"X-Long: " + b"a" * 200_000 + b"\r\n", 200),
        (b"Accept: application/scim+json\r\nAccept: text/html\r\n", 200),
        (b"Authorization: Bearer another\r\n", 401),
        (b"Authorization: Bearer " + b"a" * 200_000 + b"\r\n", 401),
        (b"Authorization: Bearer \xff\xfe\r\n", 401),
        (b"Authorization: \r\n", 401),
        (b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 200),
    ],
)
def test_headers_of_any_kind_and_number_are_borne(
    endpoint: Scim, header: bytes, expected: int
) -> None:
    assert status(endpoint, head(endpoint, GET_HEAD) + header + b"\r\n") == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/Users/" + "a" * 60_000, 404),
        ("/" + "a/" * 30_000, 404),
        ("/Users/" + "a" * 100_000, 400),
        ("/" + "a/" * 50_000, 400),
        ("/../../healthz", 404),
    ],
)
def test_a_path_of_whatever_length_leads_nowhere(endpoint: Scim, place: str, expected: int) -> None:
    template = GET_HEAD.replace("/Users", place)

    assert status(endpoint, head(endpoint, template) + b"\r\n") == expected


@pytest.mark.parametrize("character", ["a", "%22", "("])
def test_a_filter_of_a_hundred_kilobytes_is_refused(endpoint: Scim, character: str) -> None:
    template = GET_HEAD.replace("/Users", "/Users?filter=" + character * 100_000)

    assert status(endpoint, head(endpoint, template) + b"\r\n") == 400


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n", b"GET\r\n\r\n"]
)
def test_what_is_no_http_is_a_bad_request(endpoint: Scim, data: bytes) -> None:
    assert status(endpoint, data) == 400


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("application/scim+json, application/json", "application/scim+json"),
        ("*/*", "application/scim+json"),
    ],
)
def test_plain_json_is_for_who_asks_for_it_by_name(
    endpoint: Scim, accept: str, media_type: str
) -> None:
    answer = endpoint.client.get("/Users", headers={"Accept": accept})

    assert answer.headers["content-type"] == media_type
