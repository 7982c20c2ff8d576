"""Ids are UUIDs of version 7, and what is made later sorts behind what was made before."""

from itertools import pairwise
from uuid import RFC_4122, UUID

from provisioning import ids


def test_an_id_is_its_kind_and_a_uuid_of_version_7() -> None:
    kind, _, digits = ids.new(ids.USER).partition("_")

    uuid = UUID(digits)
    assert (kind, uuid.version, uuid.variant) == ("usr", 7, RFC_4122)
    assert digits == uuid.hex


def test_ids_sort_as_they_are_made_also_within_a_millisecond() -> None:
    made = [ids.new(ids.MEMBERSHIP) for _ in range(1_000)]

    assert all(earlier < later for earlier, later in pairwise(made))
    assert len({one[: len("mem_") + 12] for one in made}) < len(made)
