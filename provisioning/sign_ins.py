"""
Signing in: who it is, which organizations they join by it, and what may be said of them.

A membership that was suspended or removed is never brought back by signing in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from provisioning import ids, organizations, roles, sign_in_accounts
from provisioning.checks import Authority, authority
from provisioning.context import Acting
from provisioning.doors import Doors
from provisioning.email_domains import is_of_one_domain, is_one_address
from provisioning.errors import NotFound, Refused
from provisioning.ids import OrganizationId
from provisioning.joining import FirstRole, Joined, join
from provisioning.proofs import Proof
from provisioning.store import (
    belongings,
    events,
    held_newcomers,
    held_roles,
    sign_in_identities,
    users,
)
from provisioning.store.belongings import Belonging
from provisioning.store.organizations import Organization
from provisioning.store.users import User

PersonalOrganization = Literal["off", "always", "when_none_fits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRules:
    """`max_organizations` of one person; None: any number."""

    personal_organization: PersonalOrganization = "off"
    max_organizations: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """
    `belonging` None: the person has several organizations or none, and no one was chosen; `roles`
    and `permissions` are of that one, `organizations` all that the person may choose from.
    """

    account: User
    is_new: bool
    email_verified: bool
    session_id: str
    belonging: Belonging | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    organizations: tuple[Belonging, ...]
    awaited: tuple[Organization, ...]
    """Those whose administrators are asked to let the person in."""


def sign_in(
    connection: Connection,
    proof: Proof,
    by: Acting,
    rules: SignInRules,
    *,
    organization_id: OrganizationId | None = None,
) -> SignedIn:
    """
    Into `organization_id`; where none is named into the one that the proof speaks for, or the only
    one that the person has. Raises `NotFound`, and `Refused` with nothing written: the person has
    no way in.
    """
    wanted = proof.organization_id if organization_id is None else organization_id
    if proof.organization_id is not None and wanted != proof.organization_id:
        raise NotFound("organization", str(organization_id))
    found = sign_in_accounts.find(connection, proof)
    doors = Doors(connection, proof, wanted, by)
    if doors.entering(found):
        doors.hold()
        found = sign_in_accounts.find(connection, proof)
    account = found or sign_in_accounts.make(connection, proof, by)
    _prove_address(connection, account, proof, by)
    sign_in_identities.mark_signed_in(
        connection, proof.issuer_id, proof.subject, account.id, by.now
    )
    joined = doors.enter(account, rules.max_organizations)
    if found is None and _makes_personal(rules, proof, joined):
        joined = [_personal(connection, account, by), *joined]
    for one in joined:
        events.append(connection, one.organization_id, one.drafts, actor=by.actor, now=by.now)
    done = _signed_in(connection, proof, account, wanted, is_new=found is None)
    return replace(done, awaited=tuple(doors.awaited))


def _prove_address(connection: Connection, account: User, proof: Proof, by: Acting) -> None:
    """
    Who has now proven the address they are shown with may have it, unless another one has; and it
    is theirs from then on, whoever has vouched for it before.
    """
    key, email = proof.proven_email_key, account.email
    if key is None or email is None or proof.organization_id is not None:
        return
    if account.email_key == key:
        is_proven = account.email_vouched_by is None
        may_have = not is_proven and is_of_one_domain(email, proof.email)
    else:
        is_free = account.email_key is None and email == proof.email
        may_have = is_free and users.by_email(connection, email) is None
    if may_have:
        users.claim_address(connection, account.id, key, by.now)
        held_newcomers.wake_members(connection, [account.id], by.now)


def _makes_personal(rules: SignInRules, proof: Proof, joined: Sequence[Joined]) -> bool:
    """Never for people of an organization's own issuer, who speaks for nothing beyond it."""
    if proof.organization_id is not None or rules.personal_organization == "off":
        return False
    is_full = rules.max_organizations is not None and len(joined) >= rules.max_organizations
    return not is_full and (rules.personal_organization == "always" or not joined)


def _personal(connection: Connection, account: User, by: Acting) -> Joined:
    """Named after the person, or the local part of their address; they get its creator's role."""
    profile = account.profile
    local_part = (profile.email or "").partition("@")[0]
    parts = " ".join(part for part in (profile.given_name, profile.family_name) if part)
    candidates = (profile.display_name, parts, local_part)
    name = next((text.strip() for text in candidates if text and text.strip()), "Personal")
    organization: Organization = organizations.create(
        connection, name[: organizations.DISPLAY_NAME_LIMIT], by.now, actor=by.actor
    )
    creator = FirstRole(organization.creator_role_id, "direct")
    return join(connection, organization, account.id, profile, [creator], by)


def _signed_in(
    connection: Connection,
    proof: Proof,
    account: User,
    wanted: OrganizationId | None,
    *,
    is_new: bool,
) -> SignedIn:
    # An organization's own issuer is told of no other.
    held = [
        one
        for one in belongings.of_user(connection, account.id)
        if proof.organization_id in {None, one.organization_id}
    ]
    active = [one for one in held if one.status == "active"]
    chosen = _chosen(held, active, wanted)
    role_names: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    if chosen is not None:
        may = _authority(connection, chosen)
        role_names = tuple(dict.fromkeys(role.name for _, role in may.grants))
        permissions = may.permissions
    return SignedIn(
        account=account,
        is_new=is_new,
        email_verified=proof.email_verified is True
        and is_one_address(proof.email, account.profile.email),
        session_id=ids.new(ids.SESSION),
        belonging=chosen,
        roles=role_names,
        permissions=permissions,
        organizations=tuple(active),
        awaited=(),
    )


def _authority(connection: Connection, chosen: Belonging) -> Authority:
    held = held_roles.of_memberships(connection, chosen.organization_id, [chosen.membership_id])
    (holder,) = held.holders
    return authority(roles.book(connection, chosen.organization_id), holder, None)


def _chosen(
    held: Sequence[Belonging], active: Sequence[Belonging], wanted: OrganizationId | None
) -> Belonging | None:
    """Raises `Refused` for who was shut out: of the wanted one, or of every one there was."""
    if wanted is not None:
        held = [one for one in held if one.organization_id == wanted]
        active = [one for one in active if one.organization_id == wanted]
    if held and not active:
        status = "suspended" if any(one.status == "suspended" for one in held) else "removed"
        raise Refused(f"membership_{status}", f"the person's membership is {status}")
    return active[0] if len(active) == 1 else None
