"""/v1/organizations/{organization_id}/invitations."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import errors
from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.invitation_models import (
    Inviting,
    IssuedInvitation,
    Mail,
    NewInvitation,
    NewInvitations,
    Outcome,
    Outcomes,
    Refusal,
    Resending,
    ShownInvitation,
    Wanted,
)
from admin_api.messages import ErrorDetail, Listing, listing
from provisioning import invitations, organizations
from provisioning.errors import ProvisioningError
from provisioning.folding import fold
from provisioning.ids import InvitationId, OrganizationId
from provisioning.invitations import Issued, Wish
from provisioning.reconcile.facts import Invitation
from provisioning.store import invitations as store
from provisioning.store import outgoing_mails, roles

router = APIRouter(tags=["Invitations"])

Reader = Annotated[Caller, Depends(needs("read:invitations"))]
Creator = Annotated[Caller, Depends(needs("create:invitations"))]
Updater = Annotated[Caller, Depends(needs("update:invitations"))]


def _inviting(request: Request) -> Inviting:
    found: Inviting = request.app.state.inviting
    return found


Way = Annotated[Inviting, Depends(_inviting)]


@router.post(
    "/organizations/{organization_id}/invitations",
    status_code=201,
    response_model=IssuedInvitation,
    operation_id="create_invitation",
)
def create(organization_id: str, body: NewInvitation, caller: Creator, way: Way) -> Response:
    """By e-mail, or by the token in the answer where `send_email` is false."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        (outcome,) = invitations.invite(
            connection,
            wanted,
            [_wish(body)],
            caller.acting,
            sends_email=way.sends_email,
            by_organization=caller.only is not None,
        )
        if isinstance(outcome, ProvisioningError):
            raise outcome
        (shown,) = _issued(connection, wanted, [outcome], way)
        return Change(shown, shown.id, wanted)

    return caller.change(201, work)


@router.post(
    "/organizations/{organization_id}/invitations/bulk",
    response_model=Outcomes,
    operation_id="create_invitations",
)
def create_many(organization_id: str, body: NewInvitations, caller: Creator, way: Way) -> Response:
    """
    Up to 100, each decided by itself: the answer is 200 even if every one is refused, as one of a
    malformed address is. Only a body that is not of this form is 400 for all of them.
    """
    wanted = caller.within(organization_id)
    wishes = [_wish(one) for one in body.invitations]

    def work(connection: Connection) -> Change:
        outcomes = invitations.invite(
            connection,
            wanted,
            wishes,
            caller.acting,
            sends_email=way.sends_email,
            by_organization=caller.only is not None,
        )
        issued = [outcome for outcome in outcomes if isinstance(outcome, Issued)]
        shown = iter(_issued(connection, wanted, issued, way))
        data = [
            Outcome(invitation=next(shown), error=None)
            if isinstance(outcome, Issued)
            else Outcome(invitation=None, error=_refusal(outcome))
            for outcome in outcomes
        ]
        return Change(Outcomes(data=data), wanted, wanted)

    return caller.change(200, work)


@router.get("/organizations/{organization_id}/invitations", operation_id="list_invitations")
def list_all(
    organization_id: str, wanted: Annotated[Wanted, Query()], caller: Reader
) -> Listing[ShownInvitation]:
    """Oldest first."""
    within = caller.within(organization_id)
    email_key = None if wanted.email is None else fold(wanted.email)

    def work(connection: Connection) -> Listing[ShownInvitation]:
        organizations.get(connection, within)
        found = store.listing(connection, within, wanted.status, email_key, caller.now, wanted.cut)
        return listing(found, shown_invitations(connection, within, found.items))

    return caller.read(work)


@router.get(
    "/organizations/{organization_id}/invitations/{invitation_id}", operation_id="get_invitation"
)
def get(organization_id: str, invitation_id: str, caller: Reader) -> ShownInvitation:
    """Never its token."""
    within = caller.within(organization_id)

    def work(connection: Connection) -> ShownInvitation:
        found = invitations.get(connection, within, InvitationId(invitation_id), caller.now)
        return shown_invitations(connection, within, [found])[0]

    return caller.read(work)


@router.post(
    "/organizations/{organization_id}/invitations/{invitation_id}/resend",
    response_model=IssuedInvitation,
    operation_id="resend_invitation",
)
def resend(
    organization_id: str, invitation_id: str, body: Resending, caller: Updater, way: Way
) -> Response:
    """With a new token; the former one opens nothing any more. Once a minute at most."""
    within = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        again = invitations.resend(
            connection,
            within,
            InvitationId(invitation_id),
            caller.acting,
            send_email=body.send_email,
            expires_in_days=body.expires_in_days,
            sends_email=way.sends_email,
            by_organization=caller.only is not None,
        )
        (shown,) = _issued(connection, within, [again], way)
        return Change(shown, shown.id, within)

    return caller.change(200, work)


@router.post(
    "/organizations/{organization_id}/invitations/{invitation_id}/revoke",
    response_model=ShownInvitation,
    operation_id="revoke_invitation",
)
def revoke(organization_id: str, invitation_id: str, caller: Updater) -> Response:
    """Nobody can accept it any more."""
    within = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        revoked = invitations.revoke(connection, within, InvitationId(invitation_id), caller.acting)
        (shown,) = shown_invitations(connection, within, [revoked])
        return Change(shown, shown.id, within)

    return caller.change(200, work)


def _wish(body: NewInvitation) -> Wish:
    return Wish(
        email=body.email,
        roles=tuple(body.roles),
        expires_in_days=body.expires_in_days,
        send_email=body.send_email,
        metadata=body.metadata,
        invited_by=body.invited_by,
    )


def _refusal(error: ProvisioningError) -> Refusal:
    told = errors.translate(error)
    details = [ErrorDetail(**detail) for detail in told.details]
    return Refusal(code=told.code, message=told.message, details=details)


def _issued(
    connection: Connection, organization_id: OrganizationId, issued: Sequence[Issued], way: Inviting
) -> list[IssuedInvitation]:
    shown = shown_invitations(connection, organization_id, [one.invitation for one in issued])
    return [
        IssuedInvitation(**dict(invitation), token=one.token, url=way.url_of(one.token))
        for invitation, one in zip(shown, issued, strict=True)
    ]


def shown_invitations(
    connection: Connection, organization_id: OrganizationId, found: Sequence[Invitation]
) -> list[ShownInvitation]:
    """As clients get them, in a fixed number of statements."""
    if not found:
        return []
    known = roles.of_organization(connection, organization_id)
    mails = outgoing_mails.latest(connection, organization_id, [one.id for one in found])
    return [
        ShownInvitation(
            id=one.id,
            organization_id=one.organization_id,
            email=one.email,
            status=one.status,
            roles=[known[role_id].name for role_id in one.role_ids if role_id in known],
            metadata=dict(one.metadata),
            invited_by=one.invited_by,
            resent_count=one.resent_count,
            expires_at=one.expires_at,
            created_at=one.created_at,
            updated_at=one.updated_at,
            accepted_at=one.accepted_at,
            accepted_user_id=one.accepted_user_id,
            mail=Mail(sent_at=mails[one.id][0], problem=mails[one.id][1])
            if one.id in mails
            else None,
        )
        for one in found
    ]
