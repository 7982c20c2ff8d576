"""
Entra's PATCH in its two dialects: the default one, and the one behind `?aadOptscim062020`
(Microsoft, "Known issues with SCIM 2.0 protocol compliance", read 2026-11-21).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.simulate.entra_bodies import MANAGER
from service.simulate.wire import Json, patch


@dataclass(frozen=True, slots=True)
class Patches:
    """Bodies of PATCH requests, in the dialect that `compliant` chooses."""

    compliant: bool
    """The flag is on: lower-case operations, real booleans, path-less objects."""

    def profile(
        self, present: Mapping[str, str | bool], wanted: Mapping[str, str | bool]
    ) -> Json | None:
        """What makes `present` look like `wanted` (both by path); None when it already does."""
        changed = {path: value for path, value in wanted.items() if present.get(path) != value}
        added = [self._set("Add", path, v) for path, v in changed.items() if path not in present]
        replaced = {path: value for path, value in changed.items() if path in present}
        operations = [*added, *self._replacements(replaced)]
        return patch(*operations) if operations else None

    def activation(self, *, active: bool) -> Json:
        """Disabling, or restoring, a user."""
        return patch(self._set("Replace", "active", active))

    def manager(self, user_id: str) -> Json:
        """The id as a bare string, where RFC 7643 §4.3 has a complex attribute."""
        return patch(self._set("Add", MANAGER, user_id))

    def display_name(self, name: str) -> Json:
        """A renamed group."""
        return patch(self._set("Replace", "displayName", name))

    def members_added(self, user_ids: Sequence[str]) -> Json:
        """Several in one operation."""
        return patch(self._set("Add", "members", self._references(user_ids)))

    def members_removed(self, user_ids: Sequence[str]) -> Json:
        """By default a value array, which RFC 7644 §3.5.2.2 does not know: only these leave."""
        if self.compliant:
            return patch(
                *(
                    {"op": "remove", "path": f'members[value eq "{user_id}"]'}
                    for user_id in user_ids
                )
            )
        return patch(self._set("Remove", "members", self._references(user_ids)))

    def _replacements(self, replaced: Mapping[str, str | bool]) -> list[Json]:
        if not self.compliant:
            return [self._set("Replace", path, value) for path, value in replaced.items()]
        filtered = {path: value for path, value in replaced.items() if "[" in path}
        # The documented example of a disabled user has its path even with the flag.
        alone = filtered | {path: v for path, v in replaced.items() if path == "active"}
        together = {path: value for path, value in replaced.items() if path not in alone}
        if len(together) == 1:
            alone, together = alone | together, {}
        operations = [self._set("Replace", path, value) for path, value in alone.items()]
        return [*operations, {"op": "replace", "value": together}] if together else operations

    def _set(self, op: str, path: str, value: Any) -> Json:
        if self.compliant:
            return {"op": op.lower(), "path": path, "value": value}
        return {"op": op, "path": path, "value": str(value) if isinstance(value, bool) else value}

    def _references(self, user_ids: Sequence[str]) -> list[Json]:
        if self.compliant:
            return [{"value": user_id} for user_id in user_ids]
        return [{"$ref": None, "value": user_id} for user_id in user_ids]
