"""What there is before anything is measured: one directory of people in teams, and its floor."""

from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning import directories, directory_groups, directory_users, organizations
from provisioning.clock import now
from provisioning.context import Context
from provisioning.directory_groups import Joining
from provisioning.ids import DirectoryGroupId, DirectoryId, OrganizationId
from provisioning.store.sql import Statement
from scim_api import rendering
from scim_api.protocol import documents
from scim_api.protocol.schema import GROUP, USER
from service.bench import floor
from service.simulate import cast, okta_bodies
from service.simulate.identities import Idp

DOMAIN = "bench.example"
ACTOR = "cli:bench"
PASSWORD = "unused"  # noqa: S105 - Okta sends one, and nobody keeps it
TEAM_SIZE = 100
EMPTY_GROUPS = 300
"""Members are added to these in turn: many at once in one group would measure its lock."""

ANALYZE = Statement("ANALYZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What requests may name. `documents` are the users', as they are stored."""

    organization_id: OrganizationId
    directory_id: DirectoryId
    token: str
    user_ids: tuple[str, ...]
    user_names: tuple[str, ...]
    documents: tuple[str, ...]
    empty_group_ids: tuple[str, ...]


def lay(connection: Connection, users: int) -> Ground:
    """Everybody is in one team; on the floor lie the same documents under the same keys."""
    moment = now()
    organization = organizations.create(connection, "Bench", moment, actor=ACTOR)
    directory = directories.create(
        connection, organization.id, "generic", "Bench", moment, actor=ACTOR
    )
    _, token = directories.issue_token(connection, directory, moment, actor=ACTOR)
    context = Context(
        organization_id=organization.id, directory_id=directory.id, actor=ACTOR, now=moment
    )
    people = cast.gather(Idp.OKTA, users=users, groups=0, seed=0, domain=DOMAIN).people
    floor.create_tables(connection)
    user_ids, texts = [], []
    for person in people:
        tree = documents.normalize(USER, okta_bodies.user(person, PASSWORD))
        document = rendering.document(USER, tree)
        user_ids.append(directory_users.create(connection, context, [document])[0].id)
        texts.append(document.text)
        floor.fill(connection, user_ids[-1], person.user_name, document.text)
    for number, first in enumerate(range(0, users, TEAM_SIZE)):
        team = group(connection, context, f"Team {number}")
        members = user_ids[first : first + TEAM_SIZE]
        directory_groups.add_members(connection, context, [Joining(team, members)])
    empty = [group(connection, context, f"Group {number}") for number in range(EMPTY_GROUPS)]
    ANALYZE.run(connection, {})
    return Ground(
        organization_id=organization.id,
        directory_id=directory.id,
        token=token,
        user_ids=tuple(user_ids),
        user_names=tuple(person.user_name for person in people),
        documents=tuple(texts),
        empty_group_ids=tuple(empty),
    )


def group(connection: Connection, context: Context, name: str) -> DirectoryGroupId:
    """A new group without members."""
    tree = documents.normalize(GROUP, {"displayName": name})
    document = rendering.document(GROUP, tree)
    return DirectoryGroupId(directory_groups.create(connection, context, document, ()).id)
