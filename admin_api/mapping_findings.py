"""/v1/organizations/{organization_id}/mapping-findings: what is odd about the mappings."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.mappings import ShownGroup, ShownRole, ShownWorkspace
from admin_api.messages import Listing, ListMetadata, Shown
from provisioning.mapping_findings import MANY, MOST, Code, Finding
from provisioning.mapping_reviews import review

router = APIRouter(prefix="/organizations/{organization_id}/mapping-findings", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:mappings"))]


class Threshold(BaseModel):
    """From where on a group is wide."""

    model_config = ConfigDict(extra="forbid")

    many: Annotated[
        int,
        Field(
            ge=1,
            le=MOST,
            description="More people than this should not be owners or administrators by a group.",
        ),
    ] = MANY


class ShownFinding(Shown):
    code: Code
    sentence: str
    advice: Annotated[str, Field(description="What to do.")]
    mapping_id: str
    directory_id: str
    group: ShownGroup
    role: ShownRole
    workspace: ShownWorkspace | None
    related_ids: Annotated[
        list[str], Field(description="Of other mappings and groups that it is about.")
    ]
    people: Annotated[int | None, Field(description="How many, where that is what is odd.")]


@router.get("", operation_id="list_mapping_findings")
def list_all(
    organization_id: str, threshold: Annotated[Threshold, Query()], caller: Reader
) -> Listing[ShownFinding]:
    """All of them, in the order of the mappings; in one page."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownFinding]:
        found = review(connection, wanted, many=threshold.many)
        return Listing(
            data=[_shown(finding) for finding in found],
            list_metadata=ListMetadata(before=None, after=None),
        )

    return caller.read(work)


def _shown(finding: Finding) -> ShownFinding:
    mapping = finding.mapping
    return ShownFinding(
        code=finding.code,
        sentence=finding.sentence,
        advice=finding.advice,
        mapping_id=mapping.id,
        directory_id=mapping.directory_id,
        group=ShownGroup(id=mapping.group_id, display_name=mapping.group_name),
        role=ShownRole(id=mapping.role_id, name=mapping.role),
        workspace=None
        if mapping.workspace_id is None
        else ShownWorkspace(id=mapping.workspace_id, name=str(mapping.workspace)),
        related_ids=list(finding.related),
        people=finding.people,
    )
