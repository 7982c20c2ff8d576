"""Groups in groups, whose members are members of the outer one, too."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from provisioning.ids import DirectoryGroupId, DirectoryId


@dataclass(frozen=True, slots=True)
class Group:
    """A living group of a directory."""

    id: DirectoryGroupId
    directory_id: DirectoryId
    name: str
    name_folded: str


@dataclass(frozen=True, slots=True)
class Nesting:
    """`inside`: the groups that are members of a group, directly."""

    inside: Mapping[DirectoryGroupId, AbstractSet[DirectoryGroupId]]

    def within(self, group_id: DirectoryGroupId) -> AbstractSet[DirectoryGroupId]:
        """The group and every group inside it, however deep; a cycle ends."""
        found = {group_id}
        waiting = [group_id]
        while waiting:
            new = self.inside.get(waiting.pop(), frozenset()) - found
            found |= new
            waiting += new
        return found
