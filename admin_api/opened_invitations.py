"""/v1/invitations: for the person who has a token."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.invitation_models import (
    Acceptance,
    AcceptedInvitation,
    Inviter,
    OpenedInvitation,
)
from admin_api.invitations import shown_invitations
from admin_api.organization_models import Branding
from provisioning import invitation_acceptance, organizations
from provisioning.reconcile.facts import Profile
from provisioning.store import roles

router = APIRouter(prefix="/invitations", tags=["Invitations"])

Reader = Annotated[Caller, Depends(needs("read:invitations"))]
Updater = Annotated[Caller, Depends(needs("update:invitations"))]


@router.post("/accept", response_model=AcceptedInvitation, operation_id="accept_invitation")
def accept(body: Acceptance, caller: Updater) -> Response:
    """
    For the person who has the token, which is their proof of the address: the account of that
    address becomes a member, or a new one does. A token that an organization's key was shown proves
    no address of a domain that another organization has verified.
    """
    person = body.user

    def work(connection: Connection) -> Change:
        accepted = invitation_acceptance.accept(
            connection,
            body.token,
            Profile(None, person.display_name, person.given_name, person.family_name),
            caller.only,
            caller.acting,
            organization_limit=caller.organization_limit,
        )
        within = accepted.invitation.organization_id
        (shown,) = shown_invitations(connection, within, [accepted.invitation])
        answer = AcceptedInvitation(
            invitation=shown, user_id=accepted.user_id, membership_id=accepted.membership_id
        )
        return Change(answer, shown.id, within)

    return caller.change(200, work)


@router.get("/by-token/{token}", operation_id="get_invitation_by_token")
def get_by_token(token: Annotated[str, Path(max_length=128)], caller: Reader) -> OpenedInvitation:
    """What the page shows on which it is accepted; whatever has become of it."""

    def work(connection: Connection) -> OpenedInvitation:
        found = invitation_acceptance.by_token(connection, token, caller.only, caller.acting)
        organization = organizations.get(connection, found.organization_id)
        known = roles.of_organization(connection, organization.id)
        return OpenedInvitation(
            id=found.id,
            organization=Inviter(
                id=organization.id,
                display_name=organization.display_name,
                name=organization.name,
                logo_url=organization.logo_url,
                branding=Branding(
                    primary_color=organization.primary_color,
                    page_background=organization.page_background,
                ),
            ),
            email=found.email,
            status=found.status,
            roles=[known[role_id].name for role_id in found.role_ids if role_id in known],
            invited_by=found.invited_by,
            expires_at=found.expires_at,
        )

    return caller.read(work)
