"""/v1/organizations/{organization_id}/domains: e-mail domains that an organization proves."""

from typing import Literal, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.domain_values import Domain
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


class GivenDomainPolicies(TypedDict, total=False):
    """What is left out stays; `auto_join_role` None: the organization's default role."""

    auto_join: Literal["off", "role", "approval"]
    auto_join_role: str | None
    restrict_email: bool


class GivenDomain(TypedDict, total=False):
    """What is left out stays. `account_label`: whether the TXT record has a place of its own."""

    policies: GivenDomainPolicies
    account_label: bool


def _domains(organization_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "domains", *parts)


class Domains(Resource[AnySender]):
    """Several organizations may claim a domain; one has it."""

    @operation
    def claim(
        self,
        organization_id: str,
        name: str,
        *,
        account_label: bool = False,
        idempotency_key: str | None = None,
    ) -> Call[Domain]:
        """
        Pending until it is proven by one of its `instructions`; with an `account_label` the TXT
        record has a place of its own.
        """
        body = {"name": name, "account_label": account_label}
        return _domains(organization_id).post(Domain, body, idempotency_key)

    @operation
    def get(self, organization_id: str, domain_id: str) -> Call[Domain]:
        """With what was seen when a worker last looked."""
        return _domains(organization_id, domain_id).get(Domain)

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[Domain]:
        """Oldest first."""
        return _domains(organization_id).pages(Domain, paging)

    @operation
    def update(
        self, organization_id: str, domain_id: str, **changes: Unpack[GivenDomain]
    ) -> Call[Domain]:
        """What it is used for, as soon as and while it is verified."""
        return _domains(organization_id, domain_id).patch(Domain, changes)

    @operation
    def delete(self, organization_id: str, domain_id: str) -> Call[None]:
        """Whoever has joined by it stays."""
        return _domains(organization_id, domain_id).delete()

    @operation
    def check(self, organization_id: str, domain_id: str) -> Call[Domain]:
        """A worker looks within seconds. A claim that has failed begins anew."""
        return _domains(organization_id, domain_id, "check").post(Domain)

    @operation
    def verify_manually(self, organization_id: str, domain_id: str, note: str) -> Call[Domain]:
        """On your word, with a key of the installation."""
        return _domains(organization_id, domain_id, "verify-manually").post(Domain, {"note": note})

    @operation
    def decide_contest(
        self,
        organization_id: str,
        domain_id: str,
        *,
        winner: Literal["holder", "contester"],
        note: str,
    ) -> Call[Domain]:
        """Of the claim that contests, with a key of the installation."""
        where = _domains(organization_id, domain_id, "decide-contest")
        return where.post(Domain, {"winner": winner, "note": note})
