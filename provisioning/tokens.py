"""Tokens that say who signed in, with the claim sets that hosted vendors of this kind issue."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from provisioning import ids

ID_TOKEN_LIFE = timedelta(minutes=30)
ACCESS_TOKEN_LIFE = timedelta(minutes=5)
LONGEST_LIFE = max(ID_TOKEN_LIFE, ACCESS_TOKEN_LIFE)
_OF_ID_TOKEN = ("email", "email_verified", "family_name", "given_name", "name", "oid", "sid", "sub")
_OF_ACCESS_TOKEN = ("oid", "permissions", "roles", "sid", "sub")


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key in memory, and the `kid` by which verifiers find its public half."""

    key_id: str
    algorithm: str
    private_key: Any


@dataclass(frozen=True, slots=True)
class Tokens:
    id_token: str
    access_token: str
    expires_in_seconds: int
    """Of the access token."""


def issue(
    signer: Signer,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    code: str | None,
    now: datetime,
) -> Tokens:
    """
    `claims` may hold more than either token says, and what is None is left out. `at_hash` and, for
    an authorization `code`, `c_hash` are those of OpenID Connect Core §3.3.2.11.
    """
    issued_at = int(now.timestamp())
    access_token = _sign(
        signer,
        {
            **_some(claims, _OF_ACCESS_TOKEN),
            "aud": [client_id],
            "client_id": client_id,
            "exp": issued_at + int(ACCESS_TOKEN_LIFE.total_seconds()),
            "iat": issued_at,
            "iss": issuer,
            "jti": ids.new(ids.ISSUED_TOKEN),
            "nbf": issued_at,
        },
        "at+jwt",
    )
    id_token = _sign(
        signer,
        {
            **_some(claims, _OF_ID_TOKEN),
            "at_hash": _half_hash(access_token),
            **({} if code is None else {"c_hash": _half_hash(code)}),
            "aud": [client_id],
            "azp": client_id,
            "client_id": client_id,
            "exp": issued_at + int(ID_TOKEN_LIFE.total_seconds()),
            "iat": issued_at,
            "iss": issuer,
        },
        "JWT",
    )
    return Tokens(id_token, access_token, int(ACCESS_TOKEN_LIFE.total_seconds()))


def _some(claims: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: claims[name] for name in names if claims.get(name) is not None}


def _sign(signer: Signer, claims: Mapping[str, Any], kind: str) -> str:
    # `at+jwt` (RFC 9068 §2.1) keeps an ID token from being taken for an access token.
    headers = {"kid": signer.key_id, "typ": kind}
    return jwt.encode(dict(claims), signer.private_key, signer.algorithm, headers)


def _half_hash(text: str) -> str:
    """The left half of SHA-256, which goes with every algorithm here, in base64url."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
