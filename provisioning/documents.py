"""A SCIM resource on its way into the store: the tree, and the two texts that are kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS: Mapping[str, frozenset[str]] = {
    "User": frozenset({"username", "externalid", "active"}),
    "Group": frozenset({"displayname", "externalid"}),
}
"""
By resource type the attributes, lower-cased, that filters read from a column. They stay out of the
search document: its index would hold each once more, and a change of `active` would move them all.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """
    `tree`: the resource as the client wrote it, with canonical attribute names, without `id`,
    `meta`, and what is computed (`groups`, `members`). `text`: the same as JSON; `search`: as JSON
    with names lower-cased and text folded, which filters read, less what has a column.
    """

    tree: Mapping[str, Any]
    text: str
    search: str
