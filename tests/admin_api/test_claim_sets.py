"""
Exactly which claims there are (S4 to S6 of test_seed_rows.py), however somebody signs in: the sets
are spelled out here, as a hosted vendor's documents print them.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from provisioning.store.engine import transaction
from tests.admin_serving import Admin
from tests.signing_in import AUDIENCE, Idp, claims, connect, invite, register, sign_in, verified

ID_TOKEN = {
    *("at_hash", "aud", "azp", "c_hash", "client_id", "email", "email_verified", "exp"),
    *("family_name", "given_name", "iat", "iss", "name", "oid", "sid", "sub"),
}
ACCESS_TOKEN = {
    *("aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "oid", "permissions", "roles"),
    *("sid", "sub"),
}
EMBEDDED = {
    *("email", "email_verified", "family_name", "given_name", "name", "oid", "permissions"),
    *("phone_number", "picture", "roles", "sid", "sub"),
}
SHAPES = {
    "sub": r"usr_[0-9a-f]{32}",
    "oid": r"org_[0-9a-f]{32}",
    "sid": r"ses_[0-9a-f]{32}",
    "jti": r"tkn_[0-9a-f]{32}",
}
NAMES = {"name": "John Doe", "given_name": "John", "family_name": "Doe"}
MORE = {"picture": "https://cdn.example.com/john.png", "phone_number": "+493012345"}
WAYS = ("claims", "ID token")
DOORS = ("none", "connection", "invitation", "membership")


@dataclass(frozen=True, slots=True)
class Case:
    """`known` is what is said of the person; `door` how they are in an organization, if at all."""

    way: str
    door: str
    known: Mapping[str, Any]
    code: str | None
    sub: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def absent(self) -> set[str]:
        """What nobody knows, which no token says."""
        unknown = {*NAMES, "email"} - set(self.known)
        unknown |= {"oid"} if self.door == "none" else set()
        return unknown | ({"c_hash"} if self.code is None else set())


def cases() -> Iterator[Case]:
    for way, door, named, addressed, code in product(
        WAYS, DOORS, ({}, NAMES, {**NAMES, **MORE}), (True, False), ("the-code", None)
    ):
        if door == "invitation" and not addressed:
            continue  # who has no address cannot be invited
        address = {"email": f"{secrets.token_hex(8)}@acme.example", "email_verified": True}
        yield Case(way, door, {**named, **(address if addressed else {})}, code)


@pytest.fixture
def organization_id(admin: Admin) -> str:
    """With a role that has permissions of its own."""
    created = str(admin.organization()["id"])
    role = {"name": "writer", "rank": 150, "permissions": ["workspace_data:write", "files:*"]}
    admin.post(f"/organizations/{created}/roles", role)
    return created


def answered(admin: Admin, organization_id: str, case: Case) -> dict[str, Any]:
    """To somebody new, who has come in by the door of the case."""
    more: dict[str, Any] = {}
    wishes: dict[str, Any] = {"tokens": True, "client_id": AUDIENCE, "code": case.code}
    wishes = {name: value for name, value in wishes.items() if value is not None}
    if case.door == "connection":
        more["connection_id"] = connect(admin, organization_id)
        more["organization_id"] = organization_id
    if case.door == "invitation":
        with transaction(admin.engine) as connection:
            invite(connection, organization_id, case.known["email"], "admin")
    if case.way == "claims":
        more.pop("organization_id", None)

        def signing_in() -> dict[str, Any]:
            return sign_in(admin, {"sub": case.sub, **case.known}, **more, **wishes)
    else:
        idp = Idp(f"https://{secrets.token_hex(8)}.example")
        idp.add_key("first")
        register(admin, idp, jwks=idp.jwks, **more)

        def signing_in() -> dict[str, Any]:
            return admin.post(
                "/sign-ins", {"id_token": idp.token(case.sub, **case.known), **wishes}
            )

    answer = signing_in()
    if case.door == "membership":
        members = f"/organizations/{organization_id}/memberships"
        admin.post(members, {"user_id": answer["user"]["id"], "roles": ["writer", "guest"]})
        answer = signing_in()
    return answer


def test_claims_and_tokens_have_these_claims_and_no_others(
    admin: Admin, organization_id: str
) -> None:
    for case in cases():
        answer = answered(admin, organization_id, case)
        embedded = answer["claims"]
        id_token, access_token = (
            verified(admin, answer[name]) for name in ("id_token", "access_token")
        )

        assert set(embedded) == EMBEDDED, case
        assert set(id_token) == ID_TOKEN - case.absent, case
        assert set(access_token) == ACCESS_TOKEN - case.absent, case
        for token in (id_token, access_token):
            for name in set(token) & EMBEDDED:
                assert token[name] == embedded[name], (case, name)
            for name in set(token) & set(SHAPES):
                assert re.fullmatch(SHAPES[name], token[name]), (case, name)
            assert (token["aud"], token["client_id"]) == ([AUDIENCE], AUDIENCE)
            assert token["iss"] == admin.address
            assert all(type(token[name]) is int for name in ("exp", "iat"))
        assert {name: embedded[name] for name in case.known} == case.known, case
        unsaid = {"email", *NAMES, *MORE} - set(case.known) | case.absent & {"oid"}
        assert {name for name, value in embedded.items() if value is None} == unsaid, case


def test_roles_and_permissions_are_those_of_the_organization(
    admin: Admin, organization_id: str
) -> None:
    expected = {
        "none": ([], []),
        "connection": (["member"], ["organization:read"]),
        "membership": (["guest", "writer"], ["files:*", "workspace_data:write"]),
    }
    for door, (roles, permissions) in expected.items():
        case = Case("claims", door, {}, None)
        answer = answered(admin, organization_id, case)
        token = verified(admin, answer["access_token"])

        assert sorted(token["roles"]) == roles
        assert set(permissions) <= set(token["permissions"])
        for permission in token["permissions"]:
            assert re.fullmatch(r"[a-z_*]+:[a-z_*]+", permission)


def test_what_was_revoked_or_holds_in_a_workspace_alone_is_in_no_claim(
    admin: Admin, organization_id: str
) -> None:
    case = Case("claims", "membership", {}, None)
    answer = answered(admin, organization_id, case)
    path = f"/organizations/{organization_id}"
    membership_id = answer["membership"]["id"]
    berlin = admin.post(f"{path}/workspaces", {"display_name": "Berlin"})["id"]
    in_berlin = f"{path}/workspaces/{berlin}/members/{membership_id}/roles/admin"
    assert admin.client.put(in_berlin).is_success
    assert admin.client.delete(f"{path}/memberships/{membership_id}/roles/writer").is_success

    held = admin.get(f"{path}/users/{answer['user']['id']}/permissions")
    again = sign_in(admin, {"sub": case.sub})["claims"]

    assert again["roles"] == ["guest"]
    assert again["permissions"] == held["permissions"] == ["organization:read"]


def test_every_sign_in_is_a_session_of_its_own(admin: Admin) -> None:
    who = claims(secrets.token_hex(8))
    answers = [sign_in(admin, who, tokens=True) for _ in range(2)]

    assert len({one["claims"]["sid"] for one in answers}) == 2
    assert len({one["access_token"] for one in answers}) == 2
    assert len({one["user"]["id"] for one in answers}) == 1
