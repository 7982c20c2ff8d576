"""Whose account it is that signs in (DESIGN: nobody gains an account by naming its address)."""

from sqlalchemy import Connection

from provisioning import users
from provisioning.context import Acting
from provisioning.email_domains import domain_of
from provisioning.errors import Refused
from provisioning.proofs import Proof
from provisioning.store import belongings, domain_holdings, domains
from provisioning.store import users as store
from provisioning.store.users import User


def find(connection: Connection, proof: Proof) -> User | None:
    """
    By identity, then by address; None: a newcomer. An address that only the installation's issuer
    has verified is the person's own proof, unless its domain has left an organization that knows
    the account: its next owner hands out its addresses. An organization's issuer speaks for that
    organization alone: it reaches the account of its own members, and one whose address is of a
    domain that the organization has proven, but no other. Raises `Refused` when the address is that
    of an account that the proof does not reach.
    """
    known = store.by_sign_in(connection, proof.issuer_id, proof.subject)
    if known is not None:
        return known
    holder = None
    if proof.email is not None:
        holder = store.by_email(connection, proof.email)
    if holder is None:
        return None
    # Equal when folded is not equal: faß.de and fass.de are two owners' domains.
    is_same_domain = domain_of(proof.email) == domain_of(holder.email)
    if (
        proof.proven_email_key is None
        or not is_same_domain
        or not _reaches(connection, proof, holder)
    ):
        raise Refused(
            "account_conflict",
            "another account has this e-mail address, and this sign-in does not prove that it is "
            "the same person",
        )
    return holder


def make(connection: Connection, proof: Proof, by: Acting) -> User:
    """With the profile that the proof has. Raises `Collision` when the address was just claimed."""
    profile = {
        "email": proof.email,
        "email_key": proof.proven_email_key,
        "display_name": proof.name,
        "given_name": proof.given_name,
        "family_name": proof.family_name,
        "picture_url": proof.picture,
        "phone_number": proof.phone_number,
    }
    user = users.new(profile, by, "sign_in")
    store.insert(connection, user)
    return user


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
