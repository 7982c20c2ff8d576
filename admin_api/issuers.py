"""/v1/issuers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import NO_NUL, Body, Id, Listing, Paged, Shown, Time, listing
from admin_api.sign_in_settings import Configured
from provisioning import issuers
from provisioning.ids import ConnectionId, IssuerId
from provisioning.store import issuers as store
from provisioning.store.issuers import Issuer

router = APIRouter(tags=["Sign-in"])

Reader = Annotated[Caller, Depends(needs("read:issuers"))]
Creator = Annotated[Caller, Depends(needs("create:issuers"))]
Updater = Annotated[Caller, Depends(needs("update:issuers"))]
Deleter = Annotated[Caller, Depends(needs("delete:issuers"))]

Url = Annotated[str, Field(max_length=1024, pattern=r"^https?://[!-~]+$")]
Audiences = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=255, pattern=NO_NUL)]],
    Field(min_length=1, max_length=20, description="Accepted values of `aud`."),
]


class KeySet(Body):
    """A JSON Web Key Set (RFC 7517 §5) of public keys."""

    keys: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=50)]


class NewIssuer(Body):
    """Give exactly one of `jwks_uri` and `jwks`."""

    issuer: Annotated[Url, Field(description="The `iss` claim, exactly; https.")]
    audiences: Audiences
    jwks_uri: Annotated[
        Url | None, Field(description="https, at a public address; fetched when it is needed.")
    ] = None
    jwks: KeySet | None = None
    organization_id: Annotated[
        Id | None, Field(description="It then speaks for this organization alone.")
    ] = None
    connection_id: Annotated[
        Id | None, Field(description="People who sign in by it come through this connection.")
    ] = None


class ChangedIssuer(Body):
    """What is left out stays; of `jwks_uri` and `jwks` the one replaces the other."""

    audiences: Audiences | None = None
    jwks_uri: Url | None = None
    jwks: KeySet | None = None


class ShownIssuer(Shown):
    id: str
    organization_id: str | None
    connection_id: str | None
    issuer: str
    audiences: list[str]
    jwks_uri: str | None
    jwks: Annotated[
        dict[str, Any] | None, Field(description="As given, or as last seen at `jwks_uri`.")
    ]
    jwks_fetched_at: Time | None
    created_at: Time


@router.post("/issuers", status_code=201, response_model=ShownIssuer, operation_id="create_issuer")
def create(body: NewIssuer, caller: Creator, configured: Configured) -> Response:
    """Whose ID tokens are believed from now on: of everybody, or in one organization."""
    wanted = caller.only if body.organization_id is None else caller.within(body.organization_id)

    def work(connection: Connection) -> Change:
        made = issuers.create(
            connection,
            body.issuer,
            body.audiences,
            caller.acting,
            organization_id=wanted,
            connection_id=None if body.connection_id is None else ConnectionId(body.connection_id),
            jwks_uri=body.jwks_uri,
            jwks=None if body.jwks is None else body.jwks.model_dump(),
            allow_loopback=configured.allow_loopback,
        )
        return Change(_shown(made), made.id, made.organization_id)

    return caller.change(201, work)


@router.get("/issuers", operation_id="list_issuers")
def list_all(paging: Paged, caller: Reader) -> Listing[ShownIssuer]:
    """Oldest first."""

    def work(connection: Connection) -> Listing[ShownIssuer]:
        found = store.listing(connection, caller.only, paging.cut)
        return listing(found, [_shown(one) for one in found.items])

    return caller.read(work)


@router.get("/issuers/{issuer_id}", operation_id="get_issuer")
def get(issuer_id: str, caller: Reader) -> ShownIssuer:
    """With its keys as they were last seen."""
    return caller.read(lambda c: _shown(issuers.get(c, IssuerId(issuer_id), caller.only)))


@router.patch("/issuers/{issuer_id}", response_model=ShownIssuer, operation_id="update_issuer")
def update(
    issuer_id: str, body: ChangedIssuer, caller: Updater, configured: Configured
) -> Response:
    """Whose it is and its `iss` stay: another one of these is another issuer."""
    changes = body.model_dump(exclude_none=True)
    if body.audiences is not None:
        changes["audiences"] = tuple(body.audiences)

    def work(connection: Connection) -> Change:
        changed = issuers.update(
            connection,
            IssuerId(issuer_id),
            caller.only,
            changes,
            allow_loopback=configured.allow_loopback,
        )
        return Change(_shown(changed), changed.id, changed.organization_id)

    return caller.change(200, work)


@router.delete(
    "/issuers/{issuer_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_issuer",
)
def delete(issuer_id: str, caller: Deleter) -> Response:
    """Its tokens are refused from now on; its people are known again by a verified address."""
    key = IssuerId(issuer_id)
    return caller.remove(key, None, lambda c: issuers.delete(c, key, caller.only))


def _shown(issuer: Issuer) -> ShownIssuer:
    values = {name: getattr(issuer, name) for name in ShownIssuer.model_fields}
    return ShownIssuer(**{**values, "audiences": list(issuer.audiences)})
