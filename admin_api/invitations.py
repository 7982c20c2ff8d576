"""/v1/organizations/{organization_id}/invitations, and /v1/invitations for who has a token."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import errors
from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.invitation_models import (
    Acceptance,
    AcceptedInvitation,
    Inviter,
    Inviting,
    IssuedInvitation,
    Mail,
    NewInvitation,
    NewInvitations,
    OpenedInvitation,
    Outcome,
    Outcomes,
    Refusal,
    Resending,
    ShownInvitation,
    Wanted,
)
from admin_api.messages import ErrorDetail, Listing, listing
from admin_api.organization_models import Branding
from provisioning import invitation_acceptance, invitations, organizations
from provisioning.errors import ProvisioningError
from provisioning.folding import fold
from provisioning.ids import InvitationId, OrganizationId
from provisioning.invitations import Issued, Wish
from provisioning.reconcile.facts import Invitation, Profile
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
    """Up to 100, each decided by itself: the answer is 200 even if every one is refused."""
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
        return listing(found, _shown(connection, within, found.items))

    return caller.read(work)


@router.get(
    "/organizations/{organization_id}/invitations/{invitation_id}", operation_id="get_invitation"
)
def get(organization_id: str, invitation_id: str, caller: Reader) -> ShownInvitation:
    """Never its token."""
    within = caller.within(organization_id)

    def work(connection: Connection) -> ShownInvitation:
        found = invitations.get(connection, within, InvitationId(invitation_id), caller.now)
        return _shown(connection, within, [found])[0]

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
        (shown,) = _shown(connection, within, [revoked])
        return Change(shown, shown.id, within)

    return caller.change(200, work)


@router.post(
    "/invitations/accept", response_model=AcceptedInvitation, operation_id="accept_invitation"
)
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
        (shown,) = _shown(connection, within, [accepted.invitation])
        answer = AcceptedInvitation(
            invitation=shown, user_id=accepted.user_id, membership_id=accepted.membership_id
        )
        return Change(answer, shown.id, within)

    return caller.change(200, work)


@router.get("/invitations/by-token/{token}", operation_id="get_invitation_by_token")
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
    shown = _shown(connection, organization_id, [one.invitation for one in issued])
    return [
        IssuedInvitation(**dict(invitation), token=one.token, url=way.url_of(one.token))
        for invitation, one in zip(shown, issued, strict=True)
    ]


def _shown(
    connection: Connection, organization_id: OrganizationId, found: Sequence[Invitation]
) -> list[ShownInvitation]:
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
