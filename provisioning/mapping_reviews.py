"""An organization's mappings, looked at as they are."""

from sqlalchemy import Connection

from provisioning import mapping_findings, organizations
from provisioning.ids import OrganizationId
from provisioning.mapping_findings import MANY, Finding
from provisioning.reconcile.facts import ADMIN
from provisioning.store import mapped_groups, mappings, roles


def review(
    connection: Connection, organization_id: OrganizationId, *, many: int = MANY
) -> list[Finding]:
    """Raises `NotFound`."""
    organization = organizations.get(connection, organization_id)
    declared = mappings.of_organization(connection, organization_id)
    ranked = roles.grantable(connection, organization_id)
    groups = mapped_groups.groups(connection, organization_id)
    nesting = mapped_groups.nesting(connection, organization_id)
    mapped = {one.group_id for one in declared if one.group_id is not None}
    reached = {inner for one in mapped for inner in nesting.within(one)} & groups.keys()
    return mapping_findings.findings(
        mapping_findings.Facts(
            mappings=declared,
            roles=ranked,
            privileged_rank=ranked[ADMIN].rank,
            default_role_id=organization.default_role_id,
            role_mode=organization.role_mode,
            groups=groups,
            nesting=nesting,
            people=mapped_groups.people(connection, organization_id, nesting, reached),
            many=many,
        )
    )
