"""Issuers: what may be registered, and by whom it is seen."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from admin_api.key_sets import Unfetched, fetch
from provisioning.public_addresses import is_public
from tests.admin_serving import Admin, problem
from tests.signing_in import Idp, an_idp, connect, make_key, register, sign_in


@pytest.fixture
def idp() -> Iterator[Idp]:
    with an_idp() as found:
        yield found


def test_an_issuer_is_shown_as_it_was_registered(admin: Admin, idp: Idp) -> None:
    made = register(admin, idp)

    assert admin.get(f"/issuers/{made['id']}") == made
    assert made["issuer"] == idp.address
    assert (made["audiences"], made["jwks_uri"]) == (["product"], f"{idp.address}/keys")
    assert (made["jwks"], made["jwks_fetched_at"]) == (None, None)
    assert made in admin.get("/issuers", limit=100)["data"]


def test_an_issuer_is_registered_once(admin: Admin, idp: Idp) -> None:
    register(admin, idp)
    body = {"issuer": idp.address, "audiences": ["x"], "jwks": idp.jwks}

    assert problem(admin.client.post("/issuers", json=body)) == (409, "issuer_conflict")


def test_given_keys_and_an_address_of_keys_replace_each_other(admin: Admin, idp: Idp) -> None:
    made = register(admin, idp)
    path = f"/issuers/{made['id']}"

    given = admin.client.patch(path, json={"jwks": idp.jwks, "audiences": ["a", "b"]}).json()
    back = admin.client.patch(path, json={"jwks_uri": f"{idp.address}/other"}).json()

    assert (given["jwks"], given["jwks_uri"]) == (idp.jwks, None)
    assert given["audiences"] == back["audiences"] == ["a", "b"]
    assert (back["jwks"], back["jwks_uri"]) == (None, f"{idp.address}/other")


def test_a_deleted_issuer_is_gone(admin: Admin, idp: Idp) -> None:
    path = f"/issuers/{register(admin, idp)['id']}"
    assert admin.client.post("/sign-ins", json={"id_token": idp.token("ada")}).is_success

    assert admin.client.delete(path).status_code == 204
    assert problem(admin.client.get(path)) == (404, "not_found")
    answer = admin.client.post("/sign-ins", json={"id_token": idp.token("ada")})
    assert problem(answer) == (409, "issuer_unknown")


def private_key() -> dict[str, Any]:
    return {**make_key("ES256")[1], "d": "AAAA"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"issuer": "http://idp.test"}, "https_required"),
        ({"issuer": "https://user:pass@idp.test"}, "https_required"),
        ({"jwks_uri": "http://idp.test/keys"}, "https_required"),
        ({"jwks_uri": "http://169.254.169.254/latest"}, "https_required"),
        ({"jwks_uri": None}, "issuer_keys_ambiguous"),
        ({"jwks": {"keys": [make_key("ES256")[1]]}}, "issuer_keys_ambiguous"),
        ({"jwks_uri": None, "jwks": {"keys": [private_key()]}}, "issuer_keys_unusable"),
        (
            {"jwks_uri": None, "jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
            "issuer_keys_unusable",
        ),
        ({"jwks_uri": None, "jwks": {"keys": [{"kty": "EC"}]}}, "issuer_keys_unusable"),
    ],
)
def test_what_could_not_be_believed_is_refused(
    admin: Admin, body: dict[str, Any], expected: str
) -> None:
    whole = {
        "issuer": f"https://{secrets.token_hex(8)}.test",
        "audiences": ["x"],
        "jwks_uri": "https://idp.test/keys",
        **body,
    }

    assert problem(admin.client.post("/issuers", json=whole)) == (409, expected)


def test_another_organizations_issuer_is_told_as_if_there_were_none(admin: Admin, idp: Idp) -> None:
    mine, other = (str(admin.organization()["id"]) for _ in range(2))
    of_installation = register(admin, idp)
    with an_idp() as second, an_idp() as third:
        of_other = register(admin, second, organization_id=other)
        with admin.with_key("*", organization_id=mine) as theirs:
            of_mine = register(theirs, third)
            listed = theirs.get("/issuers")["data"]
            hidden = [
                problem(answer)
                for one in (of_installation, of_other)
                for path in [f"/issuers/{one['id']}"]
                for answer in (
                    theirs.client.get(path),
                    theirs.client.patch(path, json={"audiences": ["mine"]}),
                    theirs.client.delete(path),
                )
            ]
            foreign = theirs.client.post(
                "/issuers",
                json={
                    "issuer": "https://foreign.test",
                    "audiences": ["x"],
                    "jwks_uri": "https://foreign.test/keys",
                    "connection_id": connect(admin, other),
                },
            )

    assert of_mine["organization_id"] == mine
    assert [one["id"] for one in listed] == [of_mine["id"]]
    assert hidden == [(404, "not_found")] * 6
    assert problem(foreign) == (404, "not_found")


def test_a_backends_own_word_is_no_issuer_to_be_seen(admin: Admin) -> None:
    sign_in(admin, {"sub": secrets.token_hex(8)})

    assert not [
        one for one in admin.get("/issuers", limit=100)["data"] if one["issuer"].startswith("urn:")
    ]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to be refused
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "::7f00:1",
        "::ffff:0:127.0.0.1",
        "fec0::1",
        "168.63.129.16",
        "2002:7f00:1::",
        "ff02::1",
        "nobody",
    ],
)
def test_only_public_addresses_are_asked_for_keys(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_a_name_of_this_machine_is_not_connected_to(host: str, idp: Idp) -> None:
    port = idp.address.rpartition(":")[2]

    with pytest.raises(Unfetched, match=r"public address|no address"):
        fetch(f"https://{host}:{port}/keys", allow_loopback=False)
    assert idp.asked == 0
