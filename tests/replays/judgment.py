"""What is wrong with an answer."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.replays.json_path import find
from tests.replays.matchers import mismatch
from tests.replays.script import Expectation
from tests.replays.variables import fill

NO_JSON = object()


def judge(
    response: httpx.Response, expectation: Expectation, variables: Mapping[str, Any]
) -> list[str]:
    """One line for each expectation that does not hold. Raises UnsetVariableError."""
    problems = []
    if expectation.status and response.status_code not in expectation.status:
        wanted = " or ".join(map(str, expectation.status))
        problems.append(f"status {response.status_code}, wanted {wanted}")
    for name, value in fill(dict(expectation.headers), variables).items():
        found = [response.headers[name]] if name in response.headers else []
        if problem := mismatch(found, value):
            problems.append(f"header {name}: {problem}")
    return problems + _judge_body(response, expectation, variables)


def parsed(response: httpx.Response) -> Any:
    """The JSON of the body, or NO_JSON."""
    try:
        return response.json()
    except ValueError:
        return NO_JSON


def _judge_body(
    response: httpx.Response, expectation: Expectation, variables: Mapping[str, Any]
) -> list[str]:
    # RFC 7644 §3.5.2: a PATCH may answer 204 without a body; a later GET tells what came of it.
    if response.status_code == httpx.codes.NO_CONTENT and not expectation.require_body:
        return []
    if not expectation.json and not expectation.require_body:
        return []
    document = parsed(response)
    if document is NO_JSON:
        return ["the answer has no JSON body"]
    return [
        f"{path}: {problem}"
        for path, wanted in fill(dict(expectation.json), variables).items()
        if (problem := mismatch(find(document, path), wanted))
    ]
