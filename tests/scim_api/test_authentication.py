"""Tokens: in what words they come, how long they live, and that they can be changed in flight."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from provisioning import directories
from provisioning.clock import now
from provisioning.store.directories import Token
from provisioning.store.engine import transaction
from scim_api.authentication import Authenticator
from tests.scim_errors import refusal
from tests.serving import POLL_SECONDS, WAIT_SECONDS, Scim, client_of


def status(endpoint: Scim, authorization: str | None) -> int:
    with client_of(endpoint.address, endpoint.directory, authorization) as client:
        answer = client.get("/Users")
    if answer.status_code == 401:
        # RFC 9110 §15.5.2: a 401 says how to authenticate.
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert refusal(answer) == (401, None)
    return answer.status_code


def issue(endpoint: Scim, lifetime: timedelta | None = None) -> tuple[Token, str]:
    moment = now()
    expires_at = None if lifetime is None else moment + lifetime
    with transaction(endpoint.engine) as connection:
        return directories.issue_token(
            connection, endpoint.directory, moment, expires_at, actor="test"
        )


def tokens(endpoint: Scim) -> list[Token]:
    with endpoint.engine.connect() as connection:
        return directories.tokens(connection, endpoint.directory)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize(
    "form",
    ["Bearer {}", "bearer {}", "BEARER  {}", "{}", "Bearer Bearer {}", "Bearer bearer {}  "],
)
def test_a_token_is_understood_as_admins_type_it(endpoint: Scim, form: str) -> None:
    """Okta sends what was typed into its form, with `Bearer` in front or not."""
    assert status(endpoint, form.format(endpoint.token).strip()) == 200


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Basic {}", "Bearer {} {}", "Bearer x{}", "Bearer {}x"]
)
def test_what_is_not_the_token_opens_nothing(endpoint: Scim, authorization: str | None) -> None:
    given = None if authorization is None else authorization.format(endpoint.token, endpoint.token)

    assert status(endpoint, given) == 401


def test_a_token_changes_without_a_minute_in_which_none_works(endpoint: Scim) -> None:
    [old] = tokens(endpoint)
    assert status(endpoint, f"Bearer {endpoint.token}") == 200

    _, secret = issue(endpoint)
    assert status(endpoint, f"Bearer {endpoint.token}") == 200
    assert status(endpoint, f"Bearer {secret}") == 200

    with transaction(endpoint.engine) as connection:
        directories.revoke_token(connection, endpoint.directory, old.id, now(), actor="test")
    assert status(endpoint, f"Bearer {secret}") == 200
    revoked = time.monotonic()
    wait_for(lambda: status(endpoint, f"Bearer {endpoint.token}") == 401)
    assert time.monotonic() - revoked < 5, "it is trusted for a second, and no longer"
    assert status(endpoint, f"Bearer {secret}") == 200


def test_an_expired_token_opens_nothing(endpoint: Scim) -> None:
    _, past = issue(endpoint, timedelta(seconds=-1))
    _, short = issue(endpoint, timedelta(seconds=1))
    _, lasting = issue(endpoint, timedelta(hours=1))

    assert status(endpoint, f"Bearer {past}") == 401
    assert status(endpoint, f"Bearer {lasting}") == 200
    wait_for(lambda: status(endpoint, f"Bearer {short}") == 401)


def test_the_use_of_a_token_is_marked_once_a_minute(endpoint: Scim) -> None:
    [unused] = tokens(endpoint)
    assert unused.last_used_at is None
    before = now()

    endpoint.client.get("/Users")
    [used] = tokens(endpoint)
    assert used.last_used_at is not None
    assert before <= used.last_used_at <= now()

    # One that remembers nobody, as another process of the server.
    assert Authenticator(endpoint.engine).look_up(endpoint.directory_id, endpoint.token)
    assert tokens(endpoint) == [used]


def test_a_refused_token_is_not_marked(endpoint: Scim) -> None:
    with endpoint.a_second_directory() as other:
        assert status(other, f"Bearer {endpoint.token}") == 401

    assert [token.last_used_at for token in tokens(endpoint)] == [None]
