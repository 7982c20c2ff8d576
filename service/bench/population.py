"""A large directory in bulk: what an IdP writes in an hour, in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from provisioning import directories, ids, mappings, organizations
from provisioning.clock import now
from provisioning.folding import fold
from provisioning.ids import DirectoryId, OrganizationId
from provisioning.store import notes
from provisioning.store.bulk import insertion
from provisioning.store.engine import transaction
from scim_api import rendering
from scim_api.protocol import documents
from scim_api.protocol.schema import GROUP, USER
from service.bench.ground import ACTOR, ANALYZE, DOMAIN, PASSWORD
from service.simulate import cast, okta_bodies
from service.simulate.identities import Idp, Person

GROUPS_OF_A_PERSON = 5
_AT_ONCE = 5_000
_ONE_MAPPED_OF = 10
_ROLES = ("admin", "guest")

_RESOURCE = {
    "id": "text",
    "organization_id": "text",
    "directory_id": "text",
    "external_id": "text",
    "display_name": "text",
    "document": "text",
    "search": "jsonb",
    "version": "integer",
    "told_version": "integer",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}
_USERS = insertion(
    "directory_users",
    {
        **_RESOURCE,
        "user_name": "text",
        "user_name_folded": "text",
        "active": "boolean",
        "email": "text",
        "given_name": "text",
        "family_name": "text",
    },
)
_GROUPS = insertion("directory_groups", {**_RESOURCE, "display_name_folded": "text"})
_MEMBERS = insertion(
    "directory_group_members",
    {
        "group_id": "text",
        "member_id": "text",
        "organization_id": "text",
        "directory_id": "text",
        "told": "boolean",
    },
)


@dataclass(frozen=True, slots=True)
class Population:
    """Whose directory it is."""

    organization_id: OrganizationId
    directory_id: DirectoryId


def settle_in(engine: Engine, people: int, groups: int) -> Population:
    """
    The directory as its IdP left it and as it was told, with nobody a member yet. Everybody is in
    five groups, and every tenth group gives a role.
    """
    with transaction(engine) as connection:
        moment = now()
        organization = organizations.create(connection, "Bench", moment, actor=ACTOR)
        directory = directories.create(
            connection, organization.id, "generic", "Bench", moment, actor=ACTOR
        )
        common = {
            "organization_id": organization.id,
            "directory_id": directory.id,
            "version": 1,
            "told_version": 1,
            "created_at": moment,
            "updated_at": moment,
        }
        group_ids = _create_groups(connection, common, groups)
        everybody = cast.gather(Idp.OKTA, users=people, groups=0, seed=0, domain=DOMAIN).people
        people_ids: list[str] = []
        for first in range(0, people, _AT_ONCE):
            part = everybody[first : first + _AT_ONCE]
            people_ids += _create_people(connection, common, part)
        _join(connection, common, people_ids, group_ids)
        for number in range(0, groups, _ONE_MAPPED_OF):
            role = _ROLES[number // _ONE_MAPPED_OF % len(_ROLES)]
            mappings.declare(
                connection, directory, _group_name(number), role, actor=ACTOR, now=moment
            )
        notes.take(connection, organization.id, groups)  # or they would do the run's work
    with transaction(engine) as connection:
        ANALYZE.run(connection, {})
    return Population(organization.id, directory.id)


def _group_name(number: int) -> str:
    return f"Group {number}"


def _create_groups(connection: Connection, common: dict[str, Any], count: int) -> list[str]:
    rows = []
    for number in range(count):
        name = _group_name(number)
        tree = documents.normalize(GROUP, {"displayName": name})
        document = rendering.document(GROUP, tree)
        rows.append(
            {
                **common,
                "id": ids.new(ids.DIRECTORY_GROUP),
                "external_id": None,
                "display_name": name,
                "display_name_folded": fold(name),
                "document": document.text,
                "search": document.search,
            }
        )
    _GROUPS.run(connection, rows)
    return [row["id"] for row in rows]


def _create_people(
    connection: Connection, common: dict[str, Any], people: Sequence[Person]
) -> list[str]:
    rows = [_row(common, person) for person in people]
    _USERS.run(connection, rows)
    return [row["id"] for row in rows]


def _join(
    connection: Connection,
    common: dict[str, Any],
    people_ids: Sequence[str],
    group_ids: Sequence[str],
) -> None:
    """Group after group, as IdPs push them: what one person has lies scattered."""
    inside: dict[str, list[str]] = {group_id: [] for group_id in group_ids}
    for number, person_id in enumerate(people_ids):
        for place in range(GROUPS_OF_A_PERSON if group_ids else 0):
            inside[group_ids[(number + place * number // 7) % len(group_ids)]].append(person_id)
    own = {name: common[name] for name in ("organization_id", "directory_id")}
    for group_id, member_ids in inside.items():
        rows = [
            {**own, "group_id": group_id, "member_id": member_id, "told": True}
            for member_id in dict.fromkeys(member_ids)
        ]
        _MEMBERS.run(connection, rows)


def _row(common: dict[str, Any], person: Person) -> dict[str, Any]:
    tree = documents.normalize(USER, okta_bodies.user(person, PASSWORD))
    document = rendering.document(USER, tree)
    return {
        **common,
        "id": ids.new(ids.DIRECTORY_USER),
        "external_id": person.external_id,
        "user_name": person.user_name,
        "user_name_folded": fold(person.user_name),
        "active": True,
        "email": person.user_name,
        "display_name": tree.get("displayName"),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "document": document.text,
        "search": document.search,
    }
