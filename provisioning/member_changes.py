"""What becomes of a group's members, as one value."""

from dataclasses import dataclass

from provisioning.filters import Predicate


@dataclass(frozen=True, slots=True)
class MemberChange:
    """
    What becomes of the members: `added` alone when `replaced`, else those present, less `removed`
    and those that a predicate of `removed_where` matches, and `added`. Ids are distinct.

    The predicates ask about `{"value", "type"}`.
    """

    replaced: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    removed_where: tuple[Predicate, ...] = ()

    @property
    def is_delta(self) -> bool:
        """Whether it only adds, or only removes, members named by id: one statement."""
        if self.replaced or self.removed_where:
            return False
        return not (self.added and self.removed)
