"""Whose account it is that signs in (DESIGN: nobody gains an account by naming its address)."""

from sqlalchemy import Connection

from provisioning import users
from provisioning.context import Acting
from provisioning.email_domains import domain_of, is_of_one_domain
from provisioning.errors import Refused
from provisioning.proofs import Proof
from provisioning.store import belongings, domain_holdings, domains, verified_elsewhere
from provisioning.store import users as store
from provisioning.store.users import User


def find(connection: Connection, proof: Proof) -> User | None:
    """
    By identity, then by address; None: a newcomer. An address that only the installation's issuer
    has verified is the person's own proof, unless its domain has left an organization that knows
    the account: its next owner hands out its addresses. An organization's issuer speaks for that
    organization alone: it reaches the account of its own members, also one that its directory only
    shows with the address, and one whose address is of a domain that the organization has proven,
    but no other. Raises `Refused` when the address is that of an account that the proof does not
    reach.
    """
    known = store.by_sign_in(connection, proof.issuer_id, proof.subject)
    if known is not None:
        return known
    holder = None
    if proof.email is not None:
        holder = store.by_email(connection, proof.email)
    if holder is not None and _is_of(proof, holder) and _reaches(connection, proof, holder):
        return holder
    shown = _shown(connection, proof)
    if shown is None and holder is not None:
        raise Refused(
            "account_conflict",
            "another account has this e-mail address, and this sign-in does not prove that it is "
            "the same person",
        )
    return shown


def make(connection: Connection, proof: Proof, by: Acting) -> User:
    """
    With the profile that the proof has. An organization's issuer gives it no address of a domain
    that another one has verified. Raises `Collision` when the address was just claimed.
    """
    email_key, vouched_by = proof.proven_email_key, None
    if proof.organization_id is not None:
        if verified_elsewhere.names(connection, proof.organization_id, [proof.email]):
            email_key = None
        vouched_by = proof.organization_id if email_key else None
    profile = {
        "email": proof.email,
        "email_key": email_key,
        "email_vouched_by": vouched_by,
        "display_name": proof.name,
        "given_name": proof.given_name,
        "family_name": proof.family_name,
        "picture_url": proof.picture,
        "phone_number": proof.phone_number,
    }
    user = users.new(profile, by, "sign_in")
    store.insert(connection, user)
    return user


def _is_of(proof: Proof, account: User) -> bool:
    """Whether the address is believed, and the account's as it is written."""
    return proof.proven_email_key is not None and is_of_one_domain(proof.email, account.email)


def _shown(connection: Connection, proof: Proof) -> User | None:
    """The one of the organization that its directory shows with the address; never one of two."""
    if proof.organization_id is None or proof.email is None:
        return None
    found = [
        one
        for one in store.awaiting(connection, proof.email, proof.organization_id)
        if _is_of(proof, one)
    ]
    return found[0] if len(found) == 1 else None


def _reaches(connection: Connection, proof: Proof, holder: User) -> bool:
    organization_id = proof.organization_id
    if organization_id is None:
        name = domain_of(holder.email)
        return name is None or not domain_holdings.is_left_behind(connection, holder.id, name)
    held = belongings.of_user(connection, holder.id)
    is_known = any(one.organization_id == organization_id for one in held)
    return is_known or domains.speaks_for(
        connection, organization_id, holder.id, proof.email, holder.profile.email
    )
