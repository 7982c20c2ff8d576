"""Whose account it is that signs in (DESIGN: nobody gains an account by naming its address)."""

from sqlalchemy import Connection

from provisioning.errors import Refused
from provisioning.ids import OrganizationId
from provisioning.proofs import Proof
from provisioning.store import belongings, sign_in_accounts
from provisioning.store.sign_in_accounts import SignInAccount


def find(connection: Connection, proof: Proof) -> SignInAccount | None:
    """
    By identity, then by address; None: a newcomer. An address that only the installation's issuer
    has verified is the person's own proof. An organization's issuer speaks for that organization
    alone: it reaches the account of its own members, and no other. Raises `Refused` when the
    address is that of an account that the proof does not reach.
    """
    known = sign_in_accounts.by_identity(connection, proof.issuer_id, proof.subject)
    if known is not None:
        return known
    holder = None
    if proof.email_key is not None:
        holder = sign_in_accounts.by_email(connection, proof.email_key)
    if holder is None:
        return None
    if proof.proven_email_key is None or not _reaches(connection, proof.organization_id, holder):
        raise Refused(
            "account_conflict",
            "another account has this e-mail address, and this sign-in does not prove that it is "
            "the same person",
        )
    return holder


def _reaches(
    connection: Connection, organization_id: OrganizationId | None, holder: SignInAccount
) -> bool:
    if organization_id is None:
        return True
    return any(
        one.organization_id == organization_id for one in belongings.of_user(connection, holder.id)
    )
