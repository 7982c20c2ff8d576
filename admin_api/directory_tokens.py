"""/v1/organizations/{organization_id}/directories/{directory_id}/tokens."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.directories import Days
from admin_api.messages import Body, Listing, Paged, Shown, Time, listing
from provisioning import directories
from provisioning.ids import DirectoryId, TokenId
from provisioning.store import directories as store

router = APIRouter(
    prefix="/organizations/{organization_id}/directories/{directory_id}/tokens",
    tags=["SCIM"],
)

Reader = Annotated[Caller, Depends(needs("read:directories"))]
Updater = Annotated[Caller, Depends(needs("update:directories"))]


class NewToken(Body):
    expires_in_days: Days = None


class ShownToken(Shown):
    id: str
    directory_id: str
    last_four: str
    created_at: Time
    last_used_at: Time | None
    expires_at: Time | None
    revoked_at: Time | None


class IssuedToken(ShownToken):
    token: Annotated[str, Field(description="The IdP's bearer token, shown this once.")]


@router.post("", status_code=201, response_model=IssuedToken, operation_id="create_token")
def create(organization_id: str, directory_id: str, body: NewToken, caller: Updater) -> Response:
    """A further token. The old ones work on until they are revoked, so there is no downtime."""
    wanted = caller.within(organization_id)
    days = body.expires_in_days
    expires_at = None if days is None else caller.now + timedelta(days=days)

    def work(connection: Connection) -> Change:
        found = directories.within(connection, wanted, DirectoryId(directory_id))
        token, secret = directories.issue_token(
            connection, found, caller.now, expires_at, actor=caller.acting.actor
        )
        return Change(IssuedToken(**asdict(token), token=secret), token.id, wanted)

    return caller.change(201, work)


@router.get("", operation_id="list_tokens")
def list_all(
    organization_id: str, directory_id: str, paging: Paged, caller: Reader
) -> Listing[ShownToken]:
    """Of the secrets the last four characters; tokens that are revoked or expired, too."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownToken]:
        directory = directories.within(connection, wanted, DirectoryId(directory_id))
        found = store.listed_tokens(connection, wanted, directory.id, paging.cut)
        return listing(found, [ShownToken(**asdict(token)) for token in found.items])

    return caller.read(work)


@router.delete("/{token_id}", status_code=204, response_class=Response, operation_id="revoke_token")
def revoke(organization_id: str, directory_id: str, token_id: str, caller: Updater) -> Response:
    """Within a second nobody can use it any more; it stays listed."""
    wanted, key = caller.within(organization_id), TokenId(token_id)

    def work(connection: Connection) -> None:
        found = directories.within(connection, wanted, DirectoryId(directory_id))
        directories.revoke_token(connection, found, key, caller.now, actor=caller.acting.actor)

    return caller.remove(key, wanted, work)
