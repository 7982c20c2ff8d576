"""/v1/discovery."""

from typing import Annotated

from fastapi import APIRouter, Depends

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import Body, Shown
from admin_api.sign_in_models import Email, SignedInOrganization
from provisioning import discovery
from provisioning.discovery import FoundBy
from provisioning.store.engine import reading

router = APIRouter(tags=["Sign-in"])

Seeker = Annotated[Caller, Depends(needs("create:sign_ins"))]


class Sought(Body):
    """Whoever is about to sign in."""

    email: Email


class DiscoveredConnection(Shown):
    id: str
    display_name: str
    provider: str
    protocol: str
    external_id: str | None


class Discovered(SignedInOrganization):
    """
    An organization and how its people sign in. `verified_domain`: it has proven the domain of the
    address; by `email_domain` it merely says so.
    """

    found_by: FoundBy
    connections: list[DiscoveredConnection]


class Discoveries(Shown):
    """Whose domain it is first, then the person's own organizations."""

    data: list[Discovered]


@router.post("/discovery", operation_id="discover")
def discover(body: Sought, caller: Seeker) -> Discoveries:
    """
    Where the holder of an e-mail address signs in: the organization that has proven the address's
    domain, then those of which they are a member; where nobody has proven it, those that name it
    among the ones they allow. Changes nothing.
    """
    with reading(caller.engine) as connection:
        found = discovery.discover(connection, body.email, caller.only)
    return Discoveries(
        data=[
            Discovered(
                id=one.organization.id,
                display_name=one.organization.display_name,
                name=one.organization.name,
                slug=one.organization.slug,
                found_by=one.found_by,
                connections=[
                    DiscoveredConnection(
                        **{name: getattr(each, name) for name in DiscoveredConnection.model_fields}
                    )
                    for each in one.connections
                ],
            )
            for one in found
        ]
    )
