"""Whoever reads nothing but the events must end up with what is in the tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select

from provisioning import organizations
from provisioning.clock import rfc3339
from provisioning.store import (
    admin_tables,
    breaker_tables,
    conflict_tables,
    directories,
    directory_tables,
    domain_tables,
    join_request_tables,
    leaving_tables,
    people_tables,
    role_tables,
)
from provisioning.store.engine import reading
from tests.tenant import Tenant


@dataclass(slots=True)
class Reader:
    """What a faithful reader of the feed has noted down; trips over an event that cannot be."""

    organization: dict[str, Any] = field(default_factory=dict)
    directories: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: set[tuple[str, str]] = field(default_factory=set)
    memberships: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: dict[str, dict[str, Any]] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)
    held: dict[str, tuple[str, str]] = field(default_factory=dict)
    breakers: dict[str, dict[str, Any]] = field(default_factory=dict)
    invitations: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)
    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    join_requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    newcomers: dict[str, bool] = field(default_factory=dict)
    """Those outside the scope: whether they are refused."""
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The organization's own."""
    sequence: int = 0

    def read(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            assert event["sequence"] == self.sequence + 1
            self.sequence += 1
            noun, _, verb = event["type"].rpartition(".")
            handler = getattr(self, f"_{noun}")
            handler(verb, event["data"], event["previous_attributes"])

    def _organization(self, verb: str, data: Any, previous: Any) -> None:
        assert bool(self.organization) == (verb == "updated")
        if verb == "updated":
            assert {**data, **previous} == self.organization != data
        self.organization = data

    def _directory(self, verb: str, data: Any, previous: Any) -> None:
        if verb.startswith("breaker_"):
            known_breaker = self.breakers.get(data["directory_id"], {})
            present = {name: data[name] for name in data if name not in {"losses", "people"}}
            if known_breaker:
                assert {**present, **previous} == known_breaker != present
            self.breakers[data["directory_id"]] = present
            return
        if verb.startswith("token_"):
            assert (data["id"] in self.tokens) == (verb == "token_revoked")
            assert (previous is None) == (verb == "token_created")
            self.tokens ^= {data["id"]}
            return
        known = self.directories.pop(data["id"], None)
        assert (known is None) == (previous is None) == (verb == "created")
        assert known is None or {**data, **previous} == known
        if verb != "deleted":
            assert data != known
            self.directories[data["id"]] = data

    def _group_role_mapping(self, verb: str, data: Any, previous: Any) -> None:
        """The name of a group that a mapping has is told as the group's."""
        known = self.mappings.pop(data["id"], None)
        assert (known is None) == (verb == "created")
        assert (previous is None) == (verb == "created")
        if known:
            before = {**data, **previous}
            assert before["group"]["id"] == known["group"]["id"]
            assert before["role"] == known["role"]
        if verb == "updated":
            assert previous.keys() in ({"group"}, {"role"})
            assert all(previous[name] != data[name] for name in previous)
        if verb != "deleted":
            assert data["group"]["id"] in {None, *self.resources}
            self.mappings[data["id"]] = data

    def _directory_user(self, verb: str, data: Any, previous: Any) -> None:
        self._resource(verb, data, previous)

    def _directory_group(self, verb: str, data: Any, previous: Any) -> None:
        if verb == "privileged_growth":
            assert data["people"] > data["people_before"]
            assert previous is None
            return
        if verb in {"member_added", "member_removed"}:
            pair = (data["group"]["id"], data["member_id"])
            assert pair[0] in self.resources
            assert (pair in self.members) == (verb == "member_removed")
            self.members ^= {pair}
            return
        self._resource(verb, data, previous)
        if verb == "deleted":
            self.members = {pair for pair in self.members if pair[0] != data["id"]}

    def _resource(self, verb: str, data: Any, previous: Any) -> None:
        key, document = data["id"], data["resource"]
        if verb == "created":
            assert key not in self.resources
            assert previous is None
        elif verb == "updated":
            assert previous
            before = {**document, **previous}
            assert {k: v for k, v in before.items() if v is not None} == self.resources[key]
        else:
            assert all(mapping["group"]["id"] != key for mapping in self.mappings.values())
            assert previous == {"resource": self.resources.pop(key)}
            return
        self.resources[key] = document

    def _organization_domain(self, verb: str, data: Any, previous: Any) -> None:
        data = {name: value for name, value in data.items() if name != "reason"}
        known = self.domains.pop(data["id"], None)
        assert (known is None) == (previous is None) == (verb == "created")
        assert known is None or {**data, **previous} == known
        if verb != "deleted":
            self.domains[data["id"]] = data

    def _organization_membership(self, verb: str, data: Any, previous: Any) -> None:
        known = self.memberships.get(data["id"])
        assert (known is None) == (verb == "created")
        if verb == "deleted":
            del self.memberships[data["id"]]
        else:
            self.memberships[data["id"]] = data
        assert previous is not None or verb == "created"
        if known is not None:
            for name, value in (previous or {}).get("user", {}).items():
                assert known["user"][name] == value != data["user"][name]

    def _role(self, verb: str, data: Any, previous: Any) -> None:
        known = self.roles.pop(data["id"], None)
        assert (known is None) == (previous is None) == (verb == "created")
        assert known is None or {**data, **previous} == known
        if verb != "deleted":
            self.roles[data["id"]] = data

    def _role_grant(self, verb: str, data: Any, previous: Any) -> None:
        if verb == "created":
            assert data["id"] not in self.grants
            self.grants[data["id"]] = data
        else:
            assert data == previous == self.grants.pop(data["id"])
        if data["source"]["type"] == "mapping":
            assert all(data["source"][f"{noun}_id"] for noun in ("mapping", "group", "directory"))

    def _conflict(self, verb: str, data: Any, previous: Any) -> None:
        assert (data["id"] in self.conflicts) == (verb != "opened")
        if verb != "rejected":
            self.conflicts ^= {data["id"]}

    def _join_request(self, verb: str, data: Any, previous: Any) -> None:
        known = self.join_requests.get(data["id"])
        assert (known is None) == (previous is None) == (verb == "created")
        assert known is None or {**data, **previous} == known
        assert (data["status"] == "pending") == (verb == "created")
        self.join_requests[data["id"]] = data

    def _newcomer(self, verb: str, data: Any, previous: Any) -> None:
        key = data["directory_user_id"]
        assert previous is None
        assert key in self.resources or verb == "released"
        if verb == "released":
            del self.newcomers[key]
            return
        refused = verb == "refused"
        # By the policy at first, and perhaps by an administrator then.
        assert self.newcomers.get(key) is not refused or data["decided_by"]
        self.newcomers[key] = refused

    def _invitation(self, verb: str, data: Any, previous: Any) -> None:
        known = self.invitations.get(data["id"])
        assert (known is None) == (previous is None) == (verb == "created")
        if known is not None:
            assert {**data, **previous} == known != data
        assert (data["status"] == "pending") == (verb in {"created", "resent"})
        self.invitations[data["id"]] = data

    def _sync_run(self, verb: str, data: Any, previous: Any) -> None:
        assert previous is None
        if verb == "started":
            assert data["id"] not in self.runs
            self.runs.add(data["id"])
        else:  # one that was not begun yet may be cancelled, or fail
            self.runs.discard(data["id"])

    def _leaving_policy(self, verb: str, data: Any, previous: Any) -> None:
        """Of a directory that inherits nothing is told when the organization's becomes another."""
        before = {**data, **previous}
        assert (verb, before != data) == ("updated", True)
        known = self.policies.get(data["directory_id"])
        if known is not None and not known["inherited"]:
            assert before == known
        self.policies[data["directory_id"]] = data

    def _leaving_step(self, verb: str, data: Any, previous: Any) -> None:
        known = self.steps.pop(data["id"], None)
        assert (known is None) == (previous is None) == (verb == "scheduled")
        if verb in {"cancelled", "taken"}:
            assert {**data, **previous} == {**(known or {}), "outcome": None} != data
            return
        assert known is None or {**data, **previous} == known != data
        self.steps[data["id"]] = data

    def _change(self, verb: str, data: Any, previous: Any) -> None:
        told = (data["reason"], data["wanted_status"])
        if verb == "held":
            self.held[data["id"]] = told
        elif verb == "rejected":
            assert self.held[data["id"]] == told
            assert data["decided_by"]
        else:
            assert self.held.pop(data["id"]) == told


def check(tenant: Tenant) -> Reader:
    """Reads the whole feed of a drained organization, and compares with its tables."""
    reader = Reader()
    reader.read(tenant.events())
    living = [
        row
        for table in (directory_tables.directory_users, directory_tables.directory_groups)
        for row in tenant.rows(table)
        if row["deleted_at"] is None
    ]
    assert reader.resources == {row["id"]: orjson.loads(row["document"]) for row in living}
    members = tenant.rows(directory_tables.directory_group_members)
    assert reader.members == {(row["group_id"], row["member_id"]) for row in members}
    assert {
        row["id"]: (row["user_id"], row["status"], _suspended_by(row))
        for row in tenant.rows(people_tables.memberships)
        if row["status"] != "removed"
    } == {
        key: (data["user"]["id"], data["status"], data["suspended_by"])
        for key, data in reader.memberships.items()
    }
    for data in reader.memberships.values():
        with tenant.engine.connect() as connection:
            user = select(people_tables.users).where(people_tables.users.c.id == data["user"]["id"])
            shown = connection.execute(user).mappings().one()
        assert data["user"] == {name: shown[name] for name in data["user"]}
    assert {
        (
            key,
            data["membership_id"],
            data["role"]["id"],
            data["source"].get("mapping_id", ""),
            data["workspace"]["id"] if data["workspace"] else "",
        )
        for key, data in reader.grants.items()
    } == {
        (row["id"], row["membership_id"], row["role_id"], row["source_id"], row["workspace_id"])
        for row in tenant.rows(role_tables.grants)
        if row["revoked_at"] is None
    }
    assert reader.conflicts == {
        row["id"] for row in tenant.rows(conflict_tables.conflicts) if row["resolved_at"] is None
    }
    assert {key: data["status"] for key, data in reader.join_requests.items()} == {
        row["id"]: row["status"] for row in tenant.rows(join_request_tables.join_requests)
    }
    assert reader.newcomers.keys() == tenant.newcomers().keys()
    assert reader.held == {
        row["membership_id"]: (row["reason"], row["wanted_status"])
        for row in tenant.rows(conflict_tables.parked_changes)
    }
    assert {key: data["tripped"] for key, data in reader.breakers.items()} == {
        row["directory_id"]: row["tripped_at"] is not None
        for row in tenant.rows(breaker_tables.directory_breakers)
    }
    assert {key: data["status"] for key, data in reader.invitations.items()} == {
        row["id"]: row["status"] for row in tenant.rows(admin_tables.invitations)
    }
    assert reader.steps.keys() == {row["id"] for row in tenant.rows(leaving_tables.leaving_steps)}
    assert reader.runs == set()
    assert {key: data["due_at"] for key, data in reader.steps.items()} == {
        row["id"]: None if row["due_at"] is None else rfc3339(row["due_at"])
        for row in tenant.rows(leaving_tables.leaving_steps)
    }
    _check_settings(tenant, reader)
    return reader


def _suspended_by(membership: Mapping[str, Any]) -> str | None:
    if membership["status"] != "suspended":
        return None
    return "directory" if membership["suspended_by_admin_at"] is None else "administrator"


def _check_settings(tenant: Tenant, reader: Reader) -> None:
    """What administrators have said."""
    with reading(tenant.engine) as connection:
        present = organizations.get(connection, tenant.organization_id)
        live = directories.of_organization(connection, tenant.organization_id)
    assert reader.organization["display_name"] == present.display_name
    assert reader.organization["default_role"]["id"] == present.default_role_id
    assert reader.organization["role_mode"] == present.role_mode
    assert {key: data["display_name"] for key, data in reader.directories.items()} == {
        directory.id: directory.display_name for directory in live
    }
    assert reader.tokens == {
        row["id"]
        for row in tenant.rows(directory_tables.directory_tokens)
        if row["revoked_at"] is None
    }
    assert {key: data["state"] for key, data in reader.domains.items()} == {
        row["id"]: row["state"] for row in tenant.rows(domain_tables.domains)
    }
    assert {
        key: (data["group"]["id"], data["role"]["id"]) for key, data in reader.mappings.items()
    } == {row["id"]: (row["group_id"], row["role_id"]) for row in tenant.rows(role_tables.mappings)}
