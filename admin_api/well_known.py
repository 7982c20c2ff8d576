"""What verifiers of our tokens read, without a key: OpenID Connect Discovery §4, RFC 7517 §5."""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from admin_api.access import Gate
from admin_api.sign_in_settings import Configured
from provisioning import signing_keys
from provisioning.store.engine import reading

router = APIRouter(prefix="/.well-known", include_in_schema=False)

# A new key is published a day before it signs; one that was withdrawn is soon believed no more.
_CACHEABLE = {"Cache-Control": "public, max-age=300"}
_CLAIMS = (
    "aud",
    "azp",
    "client_id",
    "email",
    "email_verified",
    "exp",
    "family_name",
    "given_name",
    "iat",
    "iss",
    "name",
    "oid",
    "permissions",
    "roles",
    "sid",
    "sub",
)


@router.get("/jwks.json")
def get_key_set(request: Request) -> Response:
    gate: Gate = request.app.state.gate
    with reading(gate.engine) as connection:
        found = signing_keys.key_set(connection)
    return _cacheable(found)


@router.get("/openid-configuration")
def get_configuration(configured: Configured) -> Response:
    """Without an authorization_endpoint: people sign in at the product, which asks for tokens."""
    return _cacheable(
        {
            "issuer": configured.public_url,
            "jwks_uri": f"{configured.public_url}/.well-known/jwks.json",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [signing_keys.ALGORITHM],
            "claims_supported": list(_CLAIMS),
        }
    )


def _cacheable(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), headers=_CACHEABLE, media_type="application/json")
