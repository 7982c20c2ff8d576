"""The tokens of a sign-in, and what their verifiers are told (S4 to S6 of test_seed_rows.py)."""

import base64
import hashlib
import secrets
from typing import Any

import httpx
import jwt
import pytest

from tests.admin_serving import Admin
from tests.serving import NO_TLS
from tests.signing_in import claims, connect, sign_in, verified


@pytest.fixture
def answer(admin: Admin) -> dict[str, Any]:
    """Of somebody in an organization, with tokens for a client."""
    organization_id = str(admin.organization()["id"])
    sub = secrets.token_hex(8)
    who = claims(sub, f"{sub}@a.test", name="John Doe", given_name="John", family_name="Doe")
    wishes = {"connection_id": connect(admin, organization_id), "tokens": True}
    return sign_in(admin, who, **wishes, client_id="product", code="the-code")


def half_hash(text: str) -> str:
    return (
        base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip("=")
    )


def test_s05_the_id_token_has_the_claims_of_the_survey(
    admin: Admin, answer: dict[str, Any]
) -> None:
    found = verified(admin, answer["id_token"])

    assert set(found) == {
        *("at_hash", "aud", "azp", "c_hash", "client_id", "email", "email_verified", "exp"),
        *("family_name", "given_name", "iat", "iss", "name", "oid", "sid", "sub"),
    }
    assert found["at_hash"] == half_hash(answer["access_token"])
    assert found["c_hash"] == half_hash("the-code")
    assert (found["aud"], found["azp"], found["client_id"]) == (["product"], "product", "product")
    assert (found["sub"], found["oid"]) == (answer["user"]["id"], answer["organization"]["id"])
    assert (found["name"], found["given_name"], found["family_name"]) == ("John Doe", "John", "Doe")
    assert found["exp"] - found["iat"] == 1800


def test_s06_the_access_token_has_the_claims_of_the_survey(
    admin: Admin, answer: dict[str, Any]
) -> None:
    found = verified(admin, answer["access_token"])

    assert set(found) == {
        *("aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "oid", "permissions", "roles"),
        *("sid", "sub"),
    }
    assert found["roles"] == answer["claims"]["roles"] == ["member"]
    assert found["permissions"] == answer["claims"]["permissions"]
    assert found["sid"] == answer["claims"]["sid"]
    assert found["exp"] - found["nbf"] == answer["expires_in"] == 300
    assert jwt.get_unverified_header(answer["access_token"])["typ"] == "at+jwt"


def test_s04_the_organization_is_in_both_tokens(admin: Admin, answer: dict[str, Any]) -> None:
    tokens = [verified(admin, answer[name]) for name in ("id_token", "access_token")]

    assert {token["oid"] for token in tokens} == {answer["organization"]["id"]}


def test_what_is_not_known_is_left_out(admin: Admin) -> None:
    answer = sign_in(admin, {"sub": secrets.token_hex(8)}, tokens=True, client_id="product")
    found = verified(admin, answer["id_token"])

    assert {"oid", "email", "name", "c_hash"}.isdisjoint(found)


def test_without_a_client_the_tokens_are_for_the_api_key(admin: Admin) -> None:
    answer = sign_in(admin, {"sub": secrets.token_hex(8)}, tokens=True)
    (found,) = jwt.decode(answer["id_token"], options={"verify_signature": False})["aud"]

    assert found.startswith("key_")


def test_no_tokens_are_made_unasked(admin: Admin) -> None:
    answer = sign_in(admin, {"sub": secrets.token_hex(8)})

    assert (answer["id_token"], answer["access_token"], answer["expires_in"]) == (None, None, None)


@pytest.mark.parametrize("path", ["jwks.json", "openid-configuration"])
def test_verifiers_need_no_key_and_may_cache(admin: Admin, path: str) -> None:
    found = httpx.get(f"{admin.address}/.well-known/{path}", verify=NO_TLS)

    assert found.status_code == 200
    assert found.headers["cache-control"] == "public, max-age=300"


def test_only_public_halves_are_published(admin: Admin, answer: dict[str, Any]) -> None:
    found = httpx.get(f"{admin.address}/.well-known/jwks.json", verify=NO_TLS).json()

    assert found["keys"]
    for key in found["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
