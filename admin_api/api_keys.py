"""/v1/api-keys."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.errors import ApiError
from admin_api.messages import VISIBLE, WHOLE, Body, Id, Listing, Paged, Shown, Time, listing
from provisioning import api_keys, bearer_secrets
from provisioning.ids import ApiKeyId
from provisioning.scopes import EVERYTHING, SCOPES, covers
from provisioning.store import api_keys as store
from provisioning.store.api_keys import ApiKey

router = APIRouter(tags=["API keys"])

Reader = Annotated[Caller, Depends(needs("read:api_keys"))]
Creator = Annotated[Caller, Depends(needs("create:api_keys"))]
Deleter = Annotated[Caller, Depends(needs("delete:api_keys"))]


class NewApiKey(Body):
    name: Annotated[str, Field(min_length=1, max_length=api_keys.NAME_LIMIT, pattern=VISIBLE)]
    scopes: Annotated[
        list[Annotated[str, Field(json_schema_extra={"enum": sorted({*SCOPES, EVERYTHING})})]],
        Field(min_length=1, max_length=len(SCOPES) + 1),
    ]
    organization_id: Annotated[
        Id | None, Field(description="The key then sees nothing of any other organization.")
    ] = None
    expires_in_days: Annotated[
        int | None, Field(ge=1, le=bearer_secrets.MOST_DAYS, description="Null: never."), WHOLE
    ] = None
    requests_per_minute: Annotated[
        int, Field(ge=1, le=api_keys.MOST_REQUESTS_PER_MINUTE), WHOLE
    ] = api_keys.REQUESTS_PER_MINUTE


class ShownApiKey(Shown):
    id: str
    organization_id: str | None
    name: str
    last_four: str
    scopes: list[str]
    requests_per_minute: int
    created_at: Time
    created_by: str
    expires_at: Time | None
    last_used_at: Time | None
    revoked_at: Time | None


class IssuedApiKey(ShownApiKey):
    key: Annotated[str, Field(description="The secret, shown this once.")]


@router.post(
    "/api-keys", status_code=201, response_model=IssuedApiKey, operation_id="create_api_key"
)
def create(body: NewApiKey, caller: Creator) -> Response:
    """A further key. One key cannot make another that may do more than itself."""
    beyond = [scope for scope in body.scopes if not covers(caller.key.scopes, scope)]
    if beyond:
        raise ApiError(
            403,
            "insufficient_scope",
            "an API key cannot give what it does not have",
            [{"field": "scopes", "problem": scope} for scope in beyond],
        )
    wanted = caller.only if body.organization_id is None else caller.within(body.organization_id)

    expires_at = None
    if body.expires_in_days is not None:
        expires_at = caller.now + timedelta(days=body.expires_in_days)

    def work(connection: Connection) -> Change:
        key, secret = api_keys.create(
            connection,
            body.name,
            body.scopes,
            caller.acting,
            organization_id=wanted,
            expires_at=expires_at,
            requests_per_minute=body.requests_per_minute,
        )
        return Change(IssuedApiKey(**_values(key), key=secret), key.id, key.organization_id)

    return caller.change(201, work)


@router.get("/api-keys", operation_id="list_api_keys")
def list_all(paging: Paged, caller: Reader) -> Listing[ShownApiKey]:
    """Keys that were revoked or have expired are listed, too."""

    def work(connection: Connection) -> Listing[ShownApiKey]:
        found = store.listing(connection, caller.only, paging.cut)
        return listing(found, [shown(key) for key in found.items])

    return caller.read(work)


@router.get("/api-keys/{api_key_id}", operation_id="get_api_key")
def get(api_key_id: str, caller: Reader) -> ShownApiKey:
    """Never its secret."""
    return caller.read(lambda c: shown(api_keys.get(c, ApiKeyId(api_key_id), caller.only)))


@router.post(
    "/api-keys/{api_key_id}/revoke",
    status_code=204,
    response_class=Response,
    operation_id="revoke_api_key",
)
def revoke(api_key_id: str, caller: Deleter) -> Response:
    """Within a second nobody can use it any more; it stays listed."""
    key = ApiKeyId(api_key_id)
    return caller.remove(key, None, lambda c: api_keys.revoke(c, key, caller.only, caller.acting))


def shown(key: ApiKey) -> ShownApiKey:
    """All but the secret, which nobody has."""
    return ShownApiKey(**_values(key))


def _values(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in ShownApiKey.model_fields}
