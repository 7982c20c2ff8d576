"""Why a person had, or lacked, a role at a moment: as the events told it by then, names and all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning import history, organizations
from provisioning.clock import rfc3339
from provisioning.errors import NotFound
from provisioning.explanations import Explanation, RoleReason, lacking, why
from provisioning.folding import fold
from provisioning.ids import DirectoryGroupId, MembershipId, OrganizationId
from provisioning.store import explanations, mappings, memberships, past_events
from provisioning.store.explanations import Edge
from provisioning.store.memberships import Member

Event = Mapping[str, Any]


def explain(
    connection: Connection, organization_id: OrganizationId, email: str, moment: datetime
) -> list[Explanation]:
    """
    Of each member who is shown with the address now; one without a member when there is none, or
    they were none by then. Raises `NotFound` for the organization.
    """
    organizations.get(connection, organization_id)
    explained = []
    email_key = fold(email)
    known_as = set(explanations.shown_as(connection, organization_id, email_key))
    for present in memberships.by_email(connection, organization_id, email_key):
        try:
            key = present.membership_id
            explained.append(explain_membership(connection, organization_id, key, moment)[1])
        except NotFound:  # has joined since
            known_as |= set(explanations.known_as(connection, organization_id, present.user_id))
    if explained:
        return explained
    absent = f"nobody who is shown with this address now was a member at {rfc3339(moment)}"
    kept_out = _Past(connection, organization_id, moment).kept_out(sorted(known_as))
    return [Explanation(None, (absent, *kept_out), (), ())]


def explain_membership(
    connection: Connection,
    organization_id: OrganizationId,
    membership_id: MembershipId,
    moment: datetime,
) -> tuple[Member, Explanation]:
    """Raises `NotFound` for the organization, and for who was no member by then."""
    organizations.get(connection, organization_id)
    member = history.member(connection, organization_id, membership_id, moment)
    past = _Past(connection, organization_id, moment)
    told = past.of([membership_id])
    known_as = explanations.known_as(connection, organization_id, member.user_id)
    people = past.people(known_as)
    names = past.directory_names(member, people)
    living = [person.id for person in people if person.state in {"active", "inactive"}]
    edges = past.edges(living)
    declared = past.mappings()
    grants = {event["data"]["id"]: event for event in told if event["type"] == _GRANTED}
    held = tuple(
        RoleReason(
            role.role,
            f"{why(role, living, edges, names)}; {_since(grants[role.grant_id])}",
            role,
            role.workspace_id,
            role.workspace,
        )
        for role in member.roles
    )
    missing = lacking(member, declared, living, edges, past.role_mode())
    return member, Explanation(member, tuple(_reasons(told, people, names)), held, tuple(missing))


_GRANTED = "role_grant.created"


@dataclass(frozen=True, slots=True)
class _Person:
    """`state`: active, inactive, deleted, or gone with the directory."""

    id: str
    directory_id: str
    state: str


@dataclass(slots=True)
class _Past:
    """One organization at one moment; each method reads a few subjects."""

    connection: Connection
    organization_id: OrganizationId
    moment: datetime
    _gone: dict[str, bool] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

    def of(self, subjects: Sequence[str]) -> list[dict[str, Any]]:
        return past_events.of_subjects(self.connection, self.organization_id, subjects, self.moment)

    def people(self, directory_user_ids: Sequence[str]) -> list[_Person]:
        """Those of them whom their directory had told by then."""
        last = {
            event["data"]["id"]: event
            for event in self.of(directory_user_ids)
            if event["type"].startswith("directory_user.")
        }
        self._read_directories({event["data"]["directory_id"] for event in last.values()})
        return [_Person(key, *self._standing(event)) for key, event in last.items()]

    def kept_out(self, directory_user_ids: Sequence[str]) -> Iterator[str]:
        """Of those of them who were outside the scope."""
        last = {
            event["data"]["directory_user_id"]: event
            for event in past_events.of_newcomers(
                self.connection, self.organization_id, directory_user_ids, self.moment
            )
        }
        for person in self.people(sorted(last)):
            event = last[person.id]
            if event["type"] != "newcomer.released":
                where = f"directory {self._named[person.directory_id]!r} ({person.id})"
                verb = _KEPT_OUT[event["type"]]
                yield (
                    f"{where} {_SAID[person.state]}, but the address was of none of the"
                    f" organization's verified domains (provisioning_scope), and the person"
                    f" {verb}, {_since(event)}"
                )

    def _standing(self, event: Event) -> tuple[str, str]:
        directory_id = event["data"]["directory_id"]
        if self._gone.get(directory_id, False):
            return directory_id, "gone"
        if event["type"] == "directory_user.deleted":
            return directory_id, "deleted"
        active = event["data"]["resource"].get("active", True)
        return directory_id, "active" if active else "inactive"

    def _read_directories(self, directory_ids: Iterable[str]) -> None:
        for event in self.of(sorted(directory_ids)):
            key = event["data"]["id"]
            self._named[key] = event["data"]["display_name"]
            self._gone[key] = event["type"] == "directory.deleted"

    def directory_names(self, member: Member, people: Sequence[_Person]) -> dict[str, str]:
        """Of those that know the person, or give a role."""
        wanted = {str(held.directory_id) for held in member.roles if held.directory_id}
        wanted |= {person.directory_id for person in people}
        self._read_directories(wanted - self._named.keys())
        return self._named

    def edges(self, people: Sequence[str]) -> list[Edge]:
        """Every step from these people to a group, and from a group to one around it."""
        steps: dict[tuple[str, str], None] = {}
        names: dict[str, str | None] = {}
        looked_at: set[str] = set()
        frontier = set(people)
        while frontier:
            looked_at |= frontier
            joined = set()
            for event in self.of(sorted(frontier)):
                noun, _, verb = event["type"].partition(".")
                if noun != "directory_group":
                    continue
                data = event["data"]
                if verb == "member_added":
                    steps[data["member_id"], data["group"]["id"]] = None
                    joined.add(data["group"]["id"])
                elif verb == "member_removed":
                    steps.pop((data["member_id"], data["group"]["id"]), None)
                else:
                    name = str(data["resource"].get("displayName"))
                    names[data["id"]] = None if verb == "deleted" else name
            frontier = joined - looked_at
        return [
            Edge(member, DirectoryGroupId(group_id), group_name)
            for member, group_id in steps
            if (group_name := names.get(group_id)) is not None
        ]

    def mappings(self) -> list[mappings.Mapping]:
        """All that were declared then, oldest first, their groups named as they were."""
        found: dict[str, mappings.Mapping] = {}
        for event in past_events.of_mappings(self.connection, self.organization_id, self.moment):
            if event["type"] == "group_role_mapping.deleted":
                found.pop(event["data"]["id"], None)
            else:
                found[event["data"]["id"]] = _mapping(event["data"])
        groups = sorted({str(one.group_id) for one in found.values() if one.group_id})
        names = history.group_names(self.connection, self.organization_id, groups, self.moment)
        return [
            replace(one, group_name=names.get(str(one.group_id), one.group_name))
            for _, one in sorted(found.items())
        ]

    def role_mode(self) -> Any:
        told = self.of([self.organization_id])
        return told[-1]["data"]["role_mode"] if told else "union"


def _reasons(
    told: Sequence[Event], people: Sequence[_Person], names: Mapping[str, str]
) -> Iterator[str]:
    for person in people:
        where = f"directory {names[person.directory_id]!r} ({person.id})"
        yield f"{where} {_SAID[person.state]}"
    if not people:
        yield "no directory had said anything of the person"
    settled = [
        event
        for event in told
        if event["type"].startswith("organization_membership.")
        and (event["previous_attributes"] is None or "status" in event["previous_attributes"])
    ]
    if settled:
        last = settled[-1]
        yield f"the membership was {last['data']['status']}, {_since(last)}"
        if last["data"]["status"] != "active":
            yield "its roles were kept, but granted nothing"
    held = [event for event in told if event["type"].startswith("change.")]
    if held and held[-1]["type"] == "change.held":
        data = held[-1]["data"]
        yield (
            f"the directories said {data['wanted_status']}, which was held: {data['reason']};"
            f" {_since(held[-1])}"
        )


_KEPT_OUT = {"newcomer.held": "was held", "newcomer.refused": "was refused"}
_SAID = {
    "active": "said active",
    "inactive": "said inactive",
    "deleted": "had deleted the person",
    "gone": "had been deleted",
}


def _since(event: Event) -> str:
    when, actor = rfc3339(event["timestamp"]), event["context"]["actor"]
    return f"since {when}, by {actor} ({event['id']})"


def _mapping(data: Mapping[str, Any]) -> mappings.Mapping:
    workspace = data["workspace"] or {}
    return mappings.Mapping(
        id=data["id"],
        directory_id=data["directory_id"],
        group_id=data["group"]["id"],
        group_name=data["group"]["display_name"],
        role_id=data["role"]["id"],
        role=data["role"]["name"],
        workspace_id=workspace.get("id"),
        workspace=workspace.get("name"),
    )
