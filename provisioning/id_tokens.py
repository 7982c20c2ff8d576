"""ID tokens (OpenID Connect Core §3.1.3.7), verified against the key set of a registered issuer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import jwt

from provisioning.errors import Refused

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Asymmetric ones only: with HS256 whoever knows the public key could sign, with none anybody."""
SKEW = timedelta(seconds=60)
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


def issuer_of(token: str) -> str:
    """What the token says of its issuer; nothing of it is verified yet. Raises `Refused`."""
    try:
        claimed = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError) as error:
        raise refused("it is no signed JSON Web Token") from error
    issuer = claimed.get("iss")
    if not isinstance(issuer, str):
        raise refused("it has no iss")
    return issuer


def has_key(token: str, jwks: Mapping[str, Any] | None) -> bool:
    """Whether the set holds the key that the token names."""
    return _key(_header(token), jwks) is not None


def verify(
    token: str,
    jwks: Mapping[str, Any] | None,
    *,
    issuer: str,
    audiences: Sequence[str],
    nonce: str | None,
) -> dict[str, Any]:
    """The claims, all of which may be believed to be the issuer's. Raises `Refused`."""
    header = _header(token)
    key = _key(header, jwks)
    if key is None:
        raise refused("its issuer has no such key")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(dict(key), algorithm=header["alg"]).key,
            algorithms=[header["alg"]],
            issuer=issuer,
            audience=list(audiences),
            leeway=SKEW,
            options={"require": _REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise refused(str(error)) from error
    if nonce is not None and claims.get("nonce") != nonce:
        raise refused("its nonce is another one")
    if not claims["sub"] or "\0" in claims["sub"]:
        raise refused("its sub names nobody")
    return claims


def is_usable(key: Mapping[str, Any]) -> bool:
    """Whether it is a public key by which a signature of ours to accept can be verified."""
    if "d" in key or key.get("kty") == "oct":
        return False
    try:
        return jwt.PyJWK(dict(key)).algorithm_name in ALGORITHMS
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return False


def refused(why: str) -> Refused:
    return Refused("id_token_refused", f"the ID token is refused: {why}")


def _header(token: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise refused("it is no signed JSON Web Token") from error
    if header.get("alg") not in ALGORITHMS:
        raise refused(f"it must be signed with one of {', '.join(ALGORITHMS)}")
    return header


def _key(header: Mapping[str, Any], jwks: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """By `kid`; a token without one fits a set of one (RFC 7517 §4.5 leaves `kid` optional)."""
    keys = [key for key in (jwks or {}).get("keys", ()) if _fits(key, header["alg"])]
    kid = header.get("kid")
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.get("kid") == kid), None)


_KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


def _fits(key: Any, algorithm: str) -> bool:
    return (
        isinstance(key, dict)
        and key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and is_usable({**key, "alg": algorithm})
    )
