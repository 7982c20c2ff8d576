"""Names that are made of what people call organizations and workspaces."""

from provisioning.naming import free_name


class Names:
    """Of which the first few that anybody asks for are taken."""

    def __init__(self, taken: int) -> None:
        self.asked: list[str] = []
        self._taken = taken

    def has(self, name: str) -> bool:
        self.asked.append(name)
        return len(self.asked) <= self._taken


def test_a_name_that_is_free_is_taken_as_it_is() -> None:
    names = Names(taken=0)

    assert free_name("Acme", "organization", names.has) == "acme"


def test_where_many_are_called_alike_a_name_is_sought_until_one_is_free() -> None:
    """A few characters drawn at random are soon drawn twice: among 5,000 names, likely."""
    names = Names(taken=4)

    name = free_name("Acme", "organization", names.has)

    assert name.startswith("acme-")
    assert names.asked[-1] == name
    assert len(names.asked) == 5
