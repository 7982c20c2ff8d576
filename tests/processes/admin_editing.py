"""What administrators do of an organization while its IdP writes: each his own part of it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx

from provisioning import clock
from provisioning.clock import rfc3339
from provisioning.store.directories import Directory
from tests.processes.editing import Editor
from tests.processes.idp_editing import GROUPS, Pushed

_ROLES = ("admin", "member", "guest")
_PAGE = 100


class AdminEditor(Editor):
    """Their paths begin at the organization."""

    def __init__(
        self, client: httpx.Client, seed: int, directory: Directory, pushed: Pushed
    ) -> None:
        super().__init__(client, seed)
        self._organization = f"/organizations/{directory.organization_id}"
        self._directory = f"{self._organization}/directories/{directory.id}"
        self._directory_id = directory.id
        self._pushed = pushed

    def _own(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        return self.ask(method, f"{self._organization}{path}", body)

    def _listed(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """One page of them."""
        query = httpx.QueryParams({"limit": _PAGE, **parameters})
        found = self.ask("GET", f"{path}?{query}")
        return [] if found is None else list(found["data"])

    def _one(self, path: str, **parameters: str) -> dict[str, Any] | None:
        return self.one_of(self._listed(path, **parameters))

    def _address(self) -> str:
        """Of somebody whom the IdP may bring, or has brought."""
        person = f"person{self.random.randrange(6)}-{self.random.randrange(1, 60)}"
        return f"{person}@{self._pushed.domain}"


class MappingEditor(AdminEditor):
    def acts(self) -> Sequence[Callable[[], object]]:
        return (self._map, self._map, self._unmap, self._set_roles, self._rename, self._plan)

    def _map(self) -> None:
        self.ask("PUT", f"{self._directory}/mappings", self._wish())

    def _wish(self) -> dict[str, Any]:
        role = self.random.choice(_ROLES)
        return {"group": {"display_name": self.random.choice(GROUPS)}, "role": role}

    def _unmap(self) -> None:
        if found := self._one(f"{self._directory}/mappings"):
            self.ask("DELETE", f"{self._directory}/mappings/{found['id']}")

    def _set_roles(self) -> None:
        policies = {
            "default_role": self.random.choice(_ROLES),
            "role_mode": self.random.choice(("union", "highest")),
        }
        self._own("PATCH", "", {"policies": policies})

    def _rename(self) -> None:
        self._own("PATCH", "", {"display_name": f"Acme {self.random.randrange(5)}"})

    def _plan(self) -> None:
        """And apply it: what has changed meanwhile makes it stale."""
        change = {"type": "set_mapping", **self._wish()}
        if self.random.random() < 0.5:
            change = {"type": "resync"}
        plan = self.ask("POST", f"{self._directory}/plans", {"change": change})
        if plan is not None:
            self.ask("POST", f"{self._directory}/plans/{plan['id']}/apply")


class MemberEditor(AdminEditor):
    def acts(self) -> Sequence[Callable[[], object]]:
        return (
            *(self._grant, self._grant, self._revoke, self._suspend, self._reactivate),
            *(self._mark, self._remove, self._add, self._edit_account, self._delete_account),
        )

    def _member(self) -> dict[str, Any] | None:
        status = self.random.choice(("active", "active", "suspended", "removed"))
        return self._one(f"{self._organization}/memberships", status=status)

    def _change(self, method: str, path: str = "", body: Any = None) -> None:
        if member := self._member():
            self._own(method, f"/memberships/{member['id']}{path}", body)

    def _grant(self) -> None:
        self._change("PUT", f"/roles/{self.random.choice((*_ROLES, 'owner'))}")

    def _revoke(self) -> None:
        self._change("DELETE", f"/roles/{self.random.choice((*_ROLES, 'owner'))}")

    def _suspend(self) -> None:
        self._change("POST", "/suspend")

    def _reactivate(self) -> None:
        self._change("POST", "/reactivate")

    def _mark(self) -> None:
        self._change("PATCH", body={"break_glass": self.random.random() < 0.3})

    def _remove(self) -> None:
        self._change("DELETE")

    def _add(self) -> None:
        self._own("POST", "/memberships", {"email": self._address(), "roles": ["guest"]})

    def _edit_account(self) -> None:
        if member := self._member():
            changes = {"display_name": f"Bob {self.random.randrange(1000)}"}
            self.ask("PATCH", f"/users/{member['user']['id']}", changes)

    def _delete_account(self) -> None:
        if member := self._member():
            self.ask("DELETE", f"/users/{member['user']['id']}")


class GuardEditor(AdminEditor):
    def acts(self) -> Sequence[Callable[[], object]]:
        return (self._guard, self._guard, self._decide, self._decide, self._resync, self._cancel)

    def _guard(self) -> None:
        """By a policy that trips soon, or never; the name goes with it, as one form sends both."""
        policy = {
            "max_count": self.random.choice((0, 2, 20)),
            "max_share": 0.0,
            "enabled": self.random.random() < 0.8,
        }
        name = f"Directory {self.random.randrange(5)}"
        self.ask("PATCH", self._directory, {"breaker": policy, "display_name": name})

    def _decide(self) -> None:
        held = self._listed(f"{self._organization}/held-changes")
        some = [one["membership_id"] for one in held if one["reason"] != "last_owner"][:3]
        which: dict[str, Any] = {"membership_ids": some}
        if not some or self.random.random() < 0.3:
            which = {"directory_id": self._directory_id}
        decision = self.random.choice(("release", "release", "reject"))
        self._own("POST", f"/held-changes/{decision}", which)

    def _resync(self) -> None:
        self.ask("POST", f"{self._directory}/sync-runs")

    def _cancel(self) -> None:
        run = self.ask("POST", f"{self._directory}/sync-runs")
        if run is not None:
            self.ask("POST", f"{self._directory}/sync-runs/{run['id']}/cancel")


class LeavingEditor(AdminEditor):
    def acts(self) -> Sequence[Callable[[], object]]:
        return (
            *(self._let_leave, self._inherit, self._postpone, self._postpone, self._keep),
            *(self._invite, self._uninvite, self._resolve),
        )

    def _let_leave(self) -> None:
        grace = self.random.choice((0, 0, 1, 3600))
        policy = {"grace_seconds": grace, "retention_seconds": self.random.choice((None, 86_400))}
        where = self.random.choice((self._organization, self._directory))
        self.ask("PUT", f"{where}/leaving-policy", policy)

    def _inherit(self) -> None:
        self.ask("DELETE", f"{self._directory}/leaving-policy")

    def _postpone(self) -> None:
        due_at = rfc3339(clock.now() + timedelta(seconds=self.random.choice((30, 3600))))
        self._at_step("postpone", {"due_at": due_at})

    def _keep(self) -> None:
        self._at_step("cancel", {"roles": self.random.choice(("direct", "drop"))})

    def _at_step(self, act: str, body: dict[str, str]) -> None:
        if step := self._one(f"{self._organization}/leaving-steps"):
            self._own("POST", f"/leaving-steps/{step['id']}/{act}", body)

    def _invite(self) -> None:
        wish = {"email": self._address(), "roles": ["guest"], "send_email": False}
        self._own("POST", "/invitations", wish)

    def _uninvite(self) -> None:
        if found := self._one(f"{self._organization}/invitations", status="pending"):
            self._own("POST", f"/invitations/{found['id']}/revoke")

    def _resolve(self) -> None:
        if conflict := self._one(f"{self._organization}/conflicts"):
            decision = self.random.choice(("link", "keep_apart", "reject"))
            self._own("POST", f"/conflicts/{conflict['id']}/resolution", {"decision": decision})
