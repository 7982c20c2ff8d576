"""ID tokens: which are believed, and how the keys of their issuers are come by."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import update

from provisioning.clock import now
from provisioning.store.admin_tables import issuers
from provisioning.store.engine import transaction
from tests.admin_serving import Admin, problem
from tests.signing_in import AUDIENCE, Idp, an_idp, connect, make_key, register

LATER = timedelta(minutes=10)


@pytest.fixture
def idp() -> Iterator[Idp]:
    with an_idp() as found:
        yield found


@pytest.fixture
def registered(admin: Admin, idp: Idp) -> Idp:
    register(admin, idp)
    return idp


def present(admin: Admin, token: str, **wishes: Any) -> httpx.Response:
    return admin.client.post("/sign-ins", json={"id_token": token, **wishes})


def forget_when_fetched(admin: Admin, idp: Idp, ago: timedelta = timedelta(hours=1)) -> None:
    """As if the keys had been asked for so long ago."""
    with transaction(admin.engine) as connection:
        connection.execute(
            update(issuers)
            .where(issuers.c.issuer == idp.address)
            .values(jwks_fetched_at=now() - ago)
        )


def test_the_person_is_whom_the_token_names(admin: Admin, registered: Idp) -> None:
    said: dict[str, Any] = {
        "email": "ada@id.test",
        "email_verified": True,
        "name": "Ada",
        "given_name": "A",
    }
    first = present(admin, registered.token("ada", **said)).json()
    again = present(admin, registered.token("ada", **said)).json()

    assert (first["user"]["email"], first["user"]["display_name"]) == ("ada@id.test", "Ada")
    assert first["claims"]["email_verified"] is True
    assert again["user"]["id"] == first["user"]["id"]
    assert registered.asked == 1


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("dialect", ["sqlite"])
def test_every_asymmetric_algorithm_of_use_is_understood(
    admin: Admin, idp: Idp, algorithm: str
) -> None:
    idp.add_key("other", algorithm)
    register(admin, idp, jwks=idp.jwks)

    assert present(admin, idp.token("ada")).status_code == 201
    assert idp.asked == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": -LATER},
        {"nbf": LATER},
        {"iat": LATER},
        {"aud": "another product"},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\0b"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_now_and_us_is_refused(
    admin: Admin, registered: Idp, wrong: dict[str, Any]
) -> None:
    # Told from the moment of the test: these cases are collected minutes before they run.
    said: dict[str, Any] = {
        "sub": "ada",
        **{name: now() + v if isinstance(v, timedelta) else v for name, v in wrong.items()},
    }
    token = registered.token(**said)

    assert problem(present(admin, token)) == (409, "id_token_refused")


def test_clocks_may_differ_by_a_minute(admin: Admin, registered: Idp) -> None:
    skewed: dict[str, Any] = {
        "iat": now() + timedelta(seconds=50),
        "nbf": now() + timedelta(seconds=50),
    }

    assert present(admin, registered.token("ada", **skewed)).is_success


def test_a_nonce_has_to_be_the_one_that_was_sent(admin: Admin, registered: Idp) -> None:
    token = registered.token("ada", nonce="n-1")

    assert present(admin, token, nonce="n-1").is_success
    assert problem(present(admin, token, nonce="n-2")) == (409, "id_token_refused")
    other = present(admin, registered.token("ada"), nonce="n-1")
    assert problem(other) == (409, "id_token_refused")


def test_a_forged_token_is_refused(admin: Admin, registered: Idp) -> None:
    """No algorithm, the public key taken for a secret, and another key under a known name."""
    said = jwt.decode(registered.token("ada"), options={"verify_signature": False})
    secret = jwt.PyJWK(registered.jwks["keys"][0]).key.public_numbers().x.to_bytes(32)
    other, _ = make_key("ES256")
    forged = [
        jwt.encode(said, "", "none", {"kid": "first"}),
        jwt.encode(said, secret, "HS256", {"kid": "first"}),
        jwt.encode(said, other, "ES256", {"kid": "first"}),
        jwt.encode(said, make_key("RS256")[0], "RS256", {"kid": "first"}),
        registered.token("ada")[:-8] + "AAAAAAAA",
        "no token",
        "a.b.c",
    ]

    for token in forged:
        assert problem(present(admin, token.replace(" ", "_"))) == (409, "id_token_refused"), token


def test_an_issuer_that_nobody_registered_is_refused(admin: Admin, idp: Idp) -> None:
    assert problem(present(admin, idp.token("ada"))) == (409, "issuer_unknown")
    assert idp.asked == 0


def test_a_new_key_is_fetched_but_at_most_once_a_minute(admin: Admin, registered: Idp) -> None:
    assert present(admin, registered.token("ada")).is_success
    registered.add_key("second")

    assert problem(present(admin, registered.token("ada"))) == (409, "id_token_refused")
    assert registered.asked == 1
    forget_when_fetched(admin, registered)
    assert present(admin, registered.token("ada")).is_success
    assert registered.asked == 2


def test_a_withdrawn_key_is_not_believed_for_ever(admin: Admin, registered: Idp) -> None:
    old = registered.token("ada")
    assert present(admin, old).is_success
    registered.keys.clear()
    registered.add_key("second")

    assert present(admin, old).is_success
    forget_when_fetched(admin, registered, timedelta(days=1))
    assert problem(present(admin, old)) == (409, "id_token_refused")


@pytest.mark.parametrize(
    "answer",
    [
        (302, b""),
        (404, b"{}"),
        (200, b"no JSON"),
        (200, b"[]"),
        (200, b'{"keys": 1}'),
        (200, b" " * (1024 * 1024 + 1)),
    ],
    ids=lambda answer: f"{answer[0]} {answer[1][:10]!r}",
)
@pytest.mark.parametrize("dialect", ["sqlite"])
def test_an_issuer_without_usable_keys_is_told_as_such(
    admin: Admin, registered: Idp, answer: tuple[int, bytes]
) -> None:
    registered.answer = answer

    refused = present(admin, registered.token("ada"))

    assert problem(refused) == (503, "issuer_keys_unavailable")
    assert refused.headers["retry-after"] == "60"
    assert registered.asked == 1  # a redirect is not followed


def test_known_keys_serve_while_the_issuer_is_away(admin: Admin, registered: Idp) -> None:
    assert present(admin, registered.token("ada")).is_success
    registered.answer = 500, b""
    forget_when_fetched(admin, registered, timedelta(days=1))

    assert present(admin, registered.token("ada")).is_success


def test_an_issuer_of_a_connection_lets_join_its_organization_and_no_other(
    admin: Admin, idp: Idp
) -> None:
    mine, other = (str(admin.organization()["id"]) for _ in range(2))
    register(admin, idp, connection_id=connect(admin, mine))

    joined = present(admin, idp.token("ada", email="ada@conn.test")).json()
    elsewhere = present(admin, idp.token("ada", email="ada@conn.test"), organization_id=other)

    assert joined["organization"]["id"] == joined["claims"]["oid"] == mine
    assert problem(elsewhere) == (404, "not_found")


def test_an_organizations_key_knows_its_own_issuers_only(admin: Admin, registered: Idp) -> None:
    organization_id = admin.organization()["id"]

    with admin.with_key("create:sign_ins", organization_id=organization_id) as theirs:
        answer = present(theirs, registered.token("ada"))

    assert problem(answer) == (409, "issuer_unknown")


def test_odd_claims_keep_nobody_out(admin: Admin, registered: Idp) -> None:
    odd: dict[str, Any] = {
        "email": "not an address",
        "email_verified": "true",
        "name": "a\0b",
        "given_name": 5,
        "picture": "x" * 2000,
        "family_name": "  ",
    }

    answer = present(admin, registered.token("odd", **odd))

    assert answer.status_code == 201
    user = answer.json()["user"]
    assert {user[name] for name in ("email", "display_name", "given_name", "picture_url")} == {None}


def test_the_tokens_that_are_issued_are_for_the_same_client(admin: Admin, registered: Idp) -> None:
    answer = present(admin, registered.token("ada", aud=["x", AUDIENCE]), tokens=True).json()
    issued = jwt.decode(answer["id_token"], options={"verify_signature": False})

    assert (issued["aud"], issued["azp"]) == ([AUDIENCE], AUDIENCE)
