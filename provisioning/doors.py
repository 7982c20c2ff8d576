"""Which organizations somebody who signs in may enter, and the joining of them."""

from sqlalchemy import Connection

from provisioning import admission, join_requests, organizations
from provisioning.context import Acting
from provisioning.email_domains import domain_of, is_of_one_domain
from provisioning.errors import Refused
from provisioning.ids import OrganizationId
from provisioning.joining import FirstRole, Joined, join
from provisioning.proofs import Proof
from provisioning.reconcile.facts import Invitation, Way
from provisioning.store import (
    belongings,
    connections,
    domains,
    invitations,
    syncs,
)
from provisioning.store.domains import Domain
from provisioning.store.organizations import Organization
from provisioning.store.users import User


class Doors:
    """
    The organizations that the proof opens: the wanted one, or where none is named all that have
    invited the person, and the one that lets holders of addresses of its domain join.
    """

    def __init__(
        self, connection: Connection, proof: Proof, wanted: OrganizationId | None, by: Acting
    ) -> None:
        self._connection = connection
        self._proof = proof
        self._wanted = wanted
        self._by = by
        if wanted is not None:
            organizations.get(connection, wanted)
        self._invitations = self._pending()
        self._domain = self._welcoming()
        self.awaited: list[Organization] = []
        """Those whose administrators are asked, after `enter`: the person is no member of them."""

    def entering(self, account: User | None) -> bool:
        """Whether there may be anything to join."""
        if account is None:
            return bool(self._ids())
        held = belongings.of_user(self._connection, account.id)
        return not {one.organization_id for one in held}.issuperset(self._ids())

    def hold(self) -> None:
        """No drain lets the same person in at the same time; in the order in which drains wait."""
        held = self._ids()
        for organization_id in held:
            syncs.wait(self._connection, organization_id)
        # One that has come meanwhile is for the next sign-in.
        self._invitations = [one for one in self._pending() if one.organization_id in held]
        welcoming = self._welcoming()
        self._domain = welcoming if welcoming and welcoming.organization_id in held else None

    def enter(self, account: User, most: int | None) -> list[Joined]:
        """
        What is to be told of each that has been joined, or asked to let the person in (`awaited`).
        Raises `Refused` when the wanted one stays closed; of others it is no matter.
        """
        held = belongings.of_user(self._connection, account.id)
        known = {one.organization_id for one in held}
        count = sum(one.status != "removed" for one in held)
        joined: list[Joined] = []
        for organization_id in self._ids():
            if organization_id in known:
                continue
            try:
                admission.require_room(count + len(joined) - len(self.awaited), most)
                joined.append(self._join(organization_id, account))
            except Refused:
                if self._wanted is not None:
                    raise
        return joined

    def _ids(self) -> list[OrganizationId]:
        if self._wanted is not None:
            return [self._wanted]
        opened = {invitation.organization_id for invitation in self._invitations}
        if self._domain is not None:
            opened.add(self._domain.organization_id)
        return sorted(opened)

    def _welcoming(self) -> Domain | None:
        """The domain of a proven address, if its organization lets people join by it."""
        name = domain_of(self._proof.email)
        if self._proof.proven_email_key is None or name is None:
            return None
        found = domains.holder(self._connection, name)
        if found is None or found.auto_join == "off":
            return None
        return found if self._wanted in {None, found.organization_id} else None

    def _pending(self) -> list[Invitation]:
        key = self._proof.proven_email_key
        if key is None:
            return []
        found = invitations.to_address(self._connection, key, self._wanted, self._by.now)
        return [one for one in found if is_of_one_domain(one.email, self._proof.email)]

    def _join(self, organization_id: OrganizationId, account: User) -> Joined:
        organization = organizations.get(self._connection, organization_id)
        by_connection = self._assigned_by_connection(organization_id)
        by_domain = self._domain
        if by_domain is not None and by_domain.organization_id != organization_id:
            by_domain = None
        policy = organization.sign_in_policy
        way: Way = "sign_in"
        invitation = next(
            (one for one in self._invitations if one.organization_id == organization_id), None
        )
        if policy == "connections" and self._proof.connection_id is None:
            raise Refused(
                "connection_required", "the organization lets people join by its connections only"
            )
        if invitation is not None:
            # Its seat has been counted since it was made.
            first = [FirstRole(role_id, "direct") for role_id in invitation.role_ids]
        elif by_connection and policy != "invited":
            admission.require_seat(self._connection, organization, self._by.now)
            first = []
        elif by_domain is not None and policy != "invited":
            if by_domain.auto_join == "approval":
                drafts = join_requests.ask(
                    self._connection, by_domain, account, str(self._proof.email), self._by
                )
                self.awaited.append(organization)
                return Joined(organization_id, tuple(drafts))
            admission.require_seat(self._connection, organization, self._by.now)
            # The role is the first one only, and then the person's own: it outlasts the domain.
            way, role_id = "domain", by_domain.auto_join_role_id
            first = [] if role_id is None else [FirstRole(role_id, "direct")]
        else:
            raise Refused(
                "not_a_member",
                "the person is no member of the organization, and nothing lets them join",
            )
        default = FirstRole(organization.default_role_id, "default")
        return join(
            self._connection,
            organization,
            account.id,
            account.profile,
            first or [default],
            self._by,
            way,
            invitation,
        )

    def _assigned_by_connection(self, organization_id: OrganizationId) -> bool:
        if self._proof.connection_id is None:
            return False
        found = connections.get(self._connection, organization_id, self._proof.connection_id)
        return found is not None and found.assign_membership_on_login
