"""A replay says what is wrong, goes on where it can, and never passes what it has not seen."""

import json
from typing import Any

import httpx
import pytest

from tests.replays.conftest import Shelf
from tests.replays.player import play
from tests.replays.report import Report
from tests.replays.script import parse

CREATE = {
    "name": "create",
    "method": "POST",
    "path": "/things",
    "body": {"a": 1},
    "expect": {"status": [201]},
    "save": {"thing": "$.id"},
}
READ = {"name": "read", "method": "GET", "path": "/things/{{thing}}", "expect": {"status": [200]}}
DELETE = {"name": "delete", "method": "DELETE", "path": "/things/{{thing}}"}
WRONG = {"expect": {"status": [418]}}


def _play(client: httpx.Client, shelf: Shelf, *steps: dict[str, Any], **rest: Any) -> Report:
    return play(parse({"steps": list(steps), **rest}), client, shelf)


def _failed(report: Report) -> list[str]:
    return [outcome.name for outcome in report.failed]


def test_what_one_step_saves_the_next_ones_use(client: httpx.Client, shelf: Shelf) -> None:
    report = _play(client, shelf, CREATE, READ, DELETE)

    assert _failed(report) == []
    assert [method for method, *_ in shelf.received] == ["POST", "GET", "DELETE"]
    assert shelf.things == {}


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ({"status": [200, 204]}, "status 201, wanted 200 or 204"),
        ({"json": {"$.a": 2}}, "$.a: wanted 2, found 1"),
        ({"json": {"$.a": True}}, "$.a: wanted true, found 1"),
        ({"json": {"$.b": {"$exists": True}}}, "$.b: wanted"),
        ({"json": {'$["{{name}}"]': "{{name}}"}}, '$["a"]: wanted "a", found 1'),
        ({"headers": {"X-Shelf": "pine"}}, 'header X-Shelf: wanted "pine", found "oak"'),
        ({"headers": {"x-shelf": {"$re": "^p"}}}, "header x-shelf: wanted"),
        ({"headers": {"ETag": {"$exists": True}}}, "header ETag: wanted"),
        ({"json": {"$.a": "{{nobody}}"}}, "{{nobody}} is not set"),
    ],
)
def test_a_wrong_expectation_fails(
    client: httpx.Client, shelf: Shelf, expect: dict[str, Any], problem: str
) -> None:
    report = _play(client, shelf, {**CREATE, "expect": expect}, vars={"name": "a"})

    assert _failed(report) == ["create"]
    assert problem in str(report)
    assert str(report).startswith("0 passed, 1 failed, 0 skipped")


def test_an_expectation_that_holds_passes(client: httpx.Client, shelf: Shelf) -> None:
    expect = {
        "status": [201],
        "json": {"$.a": 1, "$.b": {"$absent": True}},
        "headers": {"X-Shelf": {"$re": "^o"}, "ETag": {"$exists": False}},
    }

    assert _failed(_play(client, shelf, {**CREATE, "expect": expect})) == []


def test_a_step_that_only_should_pass_counts_as_well(client: httpx.Client, shelf: Shelf) -> None:
    assert _failed(_play(client, shelf, {**CREATE, **WRONG, "level": "should"})) == ["create"]


def test_an_answer_without_content_need_not_hold_json(client: httpx.Client, shelf: Shelf) -> None:
    json_expected = {"json": {"$.a": 1}}

    assert _failed(_play(client, shelf, CREATE, {**DELETE, "expect": json_expected})) == []
    strict = {**DELETE, "expect": {**json_expected, "require_body": True}}
    assert _failed(_play(client, shelf, CREATE, strict)) == ["delete"]


def test_an_answer_that_is_no_json_fails(client: httpx.Client, shelf: Shelf) -> None:
    step = {"name": "text", "method": "GET", "path": "/text", "expect": {"json": {"$": "x"}}}

    assert "no JSON body" in str(_play(client, shelf, step))


def test_a_step_that_needs_what_nobody_saved_fails_unsent(
    client: httpx.Client, shelf: Shelf
) -> None:
    assert _failed(_play(client, shelf, READ)) == ["read"]
    assert shelf.received == []


def test_an_error_saves_nothing(client: httpx.Client, shelf: Shelf) -> None:
    lost = {"name": "lost", "method": "GET", "path": "/gone", "save": {"thing": "$.status"}}

    assert _failed(_play(client, shelf, lost, READ)) == ["read"]
    assert len(shelf.received) == 1


def test_a_fallback_lets_later_steps_be_judged(client: httpx.Client, shelf: Shelf) -> None:
    broken = {**CREATE, "path": "/nowhere", "fallback": {"path": "/things", "body": {"a": 2}}}

    report = _play(client, shelf, broken, {**READ, "expect": {"json": {"$.a": 2}}})

    assert _failed(report) == ["create"]
    assert "the fallback was answered with 201" in str(report)


def test_no_fallback_is_sent_when_the_variables_are_set(client: httpx.Client, shelf: Shelf) -> None:
    wrong = {**CREATE, **WRONG, "fallback": {"body": {"a": 2}}, "critical": True}

    report = _play(client, shelf, wrong, READ)

    assert _failed(report) == ["create"]
    assert [method for method, *_ in shelf.received] == ["POST", "GET"]


def test_after_a_critical_failure_nothing_is_sent_and_nothing_passes(
    client: httpx.Client, shelf: Shelf
) -> None:
    critical = {**CREATE, "path": "/nowhere", "critical": True}
    harmless = {"name": "harmless", "method": "GET", "path": "/text"}

    report = _play(client, shelf, critical, harmless)

    assert _failed(report) == ["create", "harmless"]
    assert len(shelf.received) == 1


def test_a_step_is_skipped_when_its_variable_is_unset(client: httpx.Client, shelf: Shelf) -> None:
    skipping = {**READ, "skip_unless": "thing"}

    assert str(_play(client, shelf, skipping)) == "0 passed, 0 failed, 1 skipped"
    assert str(_play(client, shelf, CREATE, skipping)) == "2 passed, 0 failed, 0 skipped"


def test_concurrent_requests_are_under_way_together(client: httpx.Client, shelf: Shelf) -> None:
    meet = {"method": "GET", "path": "/meet"}
    step = {"name": "meet", "concurrent": [meet, meet], "expect": {"status": [200]}}

    assert _failed(_play(client, shelf, step)) == []


def test_each_of_several_concurrent_requests_is_judged(client: httpx.Client, shelf: Shelf) -> None:
    good = {"method": "GET", "path": "/text"}
    bad = {"method": "GET", "path": "/gone"}
    step = {"name": "both", "concurrent": [good, bad], "expect": {"status": [200]}}

    assert _failed(_play(client, shelf, step)) == ["both"]
    own = {**bad, "expect": {"status": [404]}}
    assert _failed(_play(client, shelf, {**step, "concurrent": [good, own]})) == []


def test_a_burst_saves_from_all_of_its_answers(client: httpx.Client, shelf: Shelf) -> None:
    burst = {"count": 6, "concurrency": 3, "save_all": {"all": "$.id"}}
    many = {**CREATE, "burst": burst, "save": {}}
    each = {**READ, "path": "/things/{{item}}", "for_each": "all"}

    assert _failed(_play(client, shelf, many, each)) == []
    assert [method for method, *_ in shelf.received].count("GET") == 6


def test_a_burst_fails_by_its_answers_or_by_its_pace(client: httpx.Client, shelf: Shelf) -> None:
    burst = {"count": 4, "concurrency": 2}

    assert "(4 times)" in str(_play(client, shelf, {**CREATE, **WRONG, "burst": burst}))
    hasty = {**CREATE, "burst": {**burst, "min_rps": 1e9}}
    assert "requests a second" in str(_play(client, shelf, hasty))


def test_for_each_runs_once_for_each_value(client: httpx.Client, shelf: Shelf) -> None:
    step = {**READ, "path": "/{{item}}", "for_each": "names", "expect": {"status": [200]}}

    report = _play(client, shelf, step, vars={"names": ["text", "gone"]})

    assert [path for _, path, *_ in shelf.received] == ["/text", "/gone"]
    assert _failed(report) == ["read"]


def test_a_server_that_is_away_fails_every_step(client: httpx.Client, shelf: Shelf) -> None:
    shelf.base_url = "http://127.0.0.1:1"

    report = _play(client, shelf, CREATE, READ)

    assert _failed(report) == ["create", "read"]
    assert "ConnectError" in str(report)


def test_headers_are_those_of_the_identity_provider(client: httpx.Client, shelf: Shelf) -> None:
    defaults = {"User-Agent": None, "Accept": None, "X-A": "file", "Content-Type": "x/y"}

    _play(
        client,
        shelf,
        {**CREATE, "headers": {"x-a": "{{$hex}}"}},
        {**READ, "headers": {"authorization": "non-token", "user-agent": "back"}},
        headers=defaults,
    )

    (_, _, first, body), (_, _, second, _) = shelf.received
    assert json.loads(body) == {"a": 1}
    assert first["authorization"] == "Bearer secret"
    assert first["content-type"] == "x/y"
    assert len(first["x-a"]) == 32
    assert "user-agent" not in first
    assert "accept" not in first
    assert second["authorization"] == "non-token"
    assert second["user-agent"] == "back"
    assert second["x-a"] == "file"
    assert "content-type" not in second


def test_a_body_is_scim_json_unless_it_is_said_otherwise(
    client: httpx.Client, shelf: Shelf
) -> None:
    _play(client, shelf, CREATE, {**CREATE, "headers": {"Content-Type": None}})

    types = [headers.get("content-type") for _, _, headers, _ in shelf.received]
    assert types == ["application/scim+json", None]


def test_a_raw_body_is_sent_as_it_is(client: httpx.Client, shelf: Shelf) -> None:
    step = {"name": "raw", "method": "POST", "path": "/gone", "raw": True, "body": "{not json"}

    _play(client, shelf, step)

    assert shelf.received[0][3] == b"{not json"


def test_variables_of_the_file_are_computed_once_and_in_order(
    client: httpx.Client, shelf: Shelf
) -> None:
    get = {"name": "get", "method": "GET", "path": "/{{b}}"}

    _play(client, shelf, get, get, vars={"a": "{{$hex}}", "b": "x{{a}}"})

    (_, one, *_), (_, other, *_) = shelf.received
    assert one == other
    assert len(one) == 34


@pytest.mark.parametrize(
    "document",
    [
        {"steps": [], "variables": {}},
        [{**READ, "expects": {}}],
        [{**READ, "expect": {"body": {}}}],
        [{**READ, "burst": {"count": 1, "concurrency": 1, "rate": 1}}],
        [{"name": "x", "concurrent": [{**READ}]}],
        [{"name": "x", "concurrent": [], "method": "GET"}],
    ],
)
def test_a_key_that_would_be_ignored_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="unknown in"):
        parse(document)
