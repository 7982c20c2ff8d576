"""Which SCIM id belongs to whom: an IdP's memory of the other side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.simulate.identities import Group, Person


@dataclass(slots=True)
class Links:
    """Keyed by external id, which outlives every rename."""

    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    def user(self, person: Person) -> str | None:
        """The person's SCIM id; None when never provisioned."""
        return self.users.get(person.external_id)

    def group(self, group: Group) -> str | None:
        """The group's SCIM id; None when never pushed."""
        return self.groups.get(group.external_id)

    def provisioned(self, people: Iterable[Person]) -> list[tuple[str, Person]]:
        """Those of `people` the other side knows, with their SCIM ids."""
        return [
            (self.users[person.external_id], person)
            for person in people
            if person.external_id in self.users
        ]

    def batches(self, people: Sequence[Person], size: int) -> list[list[tuple[str, Person]]]:
        """The provisioned of `people`, at most `size` at a time."""
        known = self.provisioned(people)
        return [known[start : start + size] for start in range(0, len(known), size)]
