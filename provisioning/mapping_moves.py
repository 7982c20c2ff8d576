"""What a drain makes of mappings whose groups came or went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning import mapping_events
from provisioning.events import Draft
from provisioning.ids import OrganizationId
from provisioning.store import mappings
from provisioning.store.mappings import Move


@dataclass(frozen=True, slots=True)
class Moves:
    """From a group, and to one."""

    freed: Sequence[Move] = ()
    bound: Sequence[Move] = ()

    @property
    def groups(self) -> list[str]:
        """Those that give a role now."""
        return [move.after.group_id for move in self.bound if move.after.group_id is not None]

    def told(self, news: Sequence[Draft]) -> list[Draft]:
        """With what is told of the groups: a mapping never names one that is not there."""
        freed, bound = (
            [mapping_events.updated(move.before, move.after) for move in moves]
            for moves in (self.freed, self.bound)
        )
        return [*freed, *news, *bound]


def move(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str]
) -> Moves:
    """
    What has become of `group_ids`, in a drain: mappings of deleted groups wait for a name again,
    and those that wait for one get the group that has it.
    """
    freed = mappings.free(connection, organization_id, group_ids)
    return Moves(freed, mappings.bind(connection, organization_id, group_ids))


def move_again(
    connection: Connection, organization_id: OrganizationId, group_ids: Sequence[str], moves: Moves
) -> Moves:
    """
    `moves`, when it is known what will be told of `group_ids`: IdPs do not wait for the drain, and
    may have deleted one meanwhile. A mapping that was given that one has just kept waiting.
    """
    late = mappings.free(connection, organization_id, group_ids)
    lost = {move.before.id for move in late}
    had = {move.before.id for move in moves.bound}
    return Moves(
        [*moves.freed, *(move for move in late if move.before.id not in had)],
        [move for move in moves.bound if move.before.id not in lost],
    )
