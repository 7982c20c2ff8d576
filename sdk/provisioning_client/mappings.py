"""/v1/organizations/{organization_id}/directories/{directory_id}/mappings: group to role."""

from dataclasses import dataclass
from typing import TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedGroup:
    """`id` None: no group of this name was seen yet."""

    id: str | None
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A role, or the workspace in which it holds."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`workspace` None: the role holds in the whole organization."""

    id: str
    directory_id: str
    group: MappedGroup
    role: Named
    workspace: Named | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFinding:
    """
    Something odd about a mapping: `code` for programs, `sentence` and `advice` for people;
    `related_ids` are of other mappings and groups that it is about.
    """

    code: str
    sentence: str
    advice: str
    mapping_id: str
    directory_id: str
    group: MappedGroup
    role: Named
    workspace: Named | None
    related_ids: tuple[str, ...]
    people: int | None


class WantedFindings(TypedDict, total=False):
    """`many`: more people than this are too many for one privileged group."""

    many: int | None


class GroupOfId(TypedDict):
    """A group that the directory has."""

    id: str


class GroupOfName(TypedDict):
    """A group that need not exist yet: the first one of the name is meant, in any case."""

    display_name: str


def _mappings(organization_id: str, directory_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "directories", directory_id, "mappings", *parts)


class Mappings(Resource[AnySender]):
    """Whoever is in the group has the role."""

    @operation
    def set(
        self,
        organization_id: str,
        directory_id: str,
        group: GroupOfId | GroupOfName,
        role: str,
        *,
        workspace_id: str | None = None,
    ) -> Call[Mapping]:
        """Twice is the same as once."""
        body = {"group": group, "role": role, "workspace_id": workspace_id}
        return _mappings(organization_id, directory_id).put(Mapping, body)

    @listing
    def list(
        self, organization_id: str, directory_id: str, **paging: Unpack[Paging]
    ) -> Pages[Mapping]:
        """Oldest first."""
        return _mappings(organization_id, directory_id).pages(Mapping, paging)

    @operation
    def delete(self, organization_id: str, directory_id: str, mapping_id: str) -> Call[None]:
        """The people in its group lose what it gave them."""
        return _mappings(organization_id, directory_id, mapping_id).delete()

    @listing
    def findings(
        self, organization_id: str, **wanted: Unpack[WantedFindings]
    ) -> Pages[MappingFinding]:
        """What is odd about them, in all directories."""
        where = at("organizations", organization_id, "mapping-findings")
        return where.pages(MappingFinding, wanted)
