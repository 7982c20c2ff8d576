"""Filters as SQL: the same people on both engines, and those that the formula means."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, insert, select, text

from provisioning.folding import fold
from provisioning.store.directory_tables import (
    directories,
    directory_group_members,
    directory_groups,
    directory_users,
)
from provisioning.store.engine import transaction
from provisioning.store.filters import where
from provisioning.store.organization_tables import organizations
from provisioning.store.role_tables import roles
from scim_api.protocol.filter_tokens import MAX_DEPTH, MAX_TESTS
from scim_api.protocol.filters import parse_filter
from scim_api.protocol.schema import GROUP, USER
from scim_api.protocol.search_document import search_document
from tests import filter_formulas as random_filters
from tests.filter_formulas import CORE, ENTERPRISE, MOMENTS
from tests.filter_meaning import means
from tests.filter_spelling import spelled

USERS = ("diruser_1", "diruser_2")
GROUPS = ("dirgrp_1", "dirgrp_2")
OWNED = {
    "organization_id": "org_1",
    "directory_id": "dir_1",
    "document": "{}",
    "version": 1,
}


@dataclass(frozen=True)
class Directory:
    """Two users and two groups as clients see them, and who is or was in which group."""

    users: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]
    present: frozenset[tuple[str, str]] = frozenset()
    removed: frozenset[tuple[str, str]] = frozenset()


def connected(
    users: list[dict[str, Any]],
    groups: list[dict[str, Any]],
    present: set[tuple[str, str]],
    removed: set[tuple[str, str]],
) -> Directory:
    return Directory(
        tuple(
            {
                **user,
                "id": user_id,
                "groups": [{"value": group} for group, member in present if member == user_id],
            }
            for user_id, user in zip(USERS, users, strict=False)
        ),
        tuple(
            {
                **group,
                "id": group_id,
                "members": [
                    {"value": member, "type": "User" if member in USERS else "Group"}
                    for holder, member in present
                    if holder == group_id
                ],
            }
            for group_id, group in zip(GROUPS, groups, strict=True)
        ),
        frozenset(present),
        frozenset(removed - present),
    )


links = st.sets(st.tuples(st.sampled_from(GROUPS), st.sampled_from((*USERS, *GROUPS))))
random_directories = st.builds(
    connected,
    st.lists(
        random_filters.users(),
        min_size=2,
        max_size=2,
        unique_by=lambda user: fold(user["userName"]),
    ),
    st.lists(
        random_filters.groups(),
        min_size=2,
        max_size=2,
        unique_by=lambda group: fold(group["displayName"]),
    ),
    links,
    links,
)


@contextmanager
def stored(engine: Engine, directory: Directory) -> Iterator[Connection]:
    """Gone again at the end."""
    with transaction(engine) as connection:
        moments = {"created_at": MOMENTS[0], "updated_at": MOMENTS[0]}
        role = connection.scalar(select(roles.c.id).limit(1))
        organization = {"id": "org_1", "display_name": "Acme", "default_role_id": role}
        connection.execute(
            insert(organizations).values(role_mode="union", **organization, **moments)
        )
        kept = {"organization_id": "org_1", "display_name": "Okta", "type": "okta"}
        connection.execute(insert(directories).values(id="dir_1", created_at=MOMENTS[0], **kept))
        store(connection, directory)
        yield connection
        connection.rollback()


def store(connection: Connection, directory: Directory) -> None:
    postgresql = connection.dialect.name == "postgresql"

    def row(resource: dict[str, Any], searched: dict[str, Any]) -> dict[str, Any]:
        return {
            **OWNED,
            "id": resource["id"],
            "external_id": resource.get("externalId"),
            "search": searched if postgresql else json.dumps(searched),
            "created_at": resource["meta"]["created"],
            "updated_at": resource["meta"]["lastModified"],
        }

    for user in directory.users:
        document = {name: user[name] for name in user.keys() - {"id", "meta", "groups"}}
        columns = {
            "user_name": user["userName"],
            "user_name_folded": fold(user["userName"]),
            "active": user["active"],
        }
        connection.execute(
            insert(directory_users).values(row(user, search_document(USER, document)) | columns)
        )
    for group in directory.groups:
        document = {name: group[name] for name in group.keys() - {"id", "meta", "members"}}
        columns = {
            "display_name": group["displayName"],
            "display_name_folded": fold(group["displayName"]),
        }
        connection.execute(
            insert(directory_groups).values(row(group, search_document(GROUP, document)) | columns)
        )
    for links_, removed_at in ((directory.present, None), (directory.removed, MOMENTS[0])):
        for group_id, member_id in links_:
            connection.execute(
                insert(directory_group_members).values(
                    group_id=group_id,
                    member_id=member_id,
                    organization_id="org_1",
                    directory_id="dir_1",
                    removed_at=removed_at,
                    told=True,
                )
            )


def found(connection: Connection, resource_type: Any, sent: str) -> set[str]:
    kind, table = (
        ("user", directory_users) if resource_type is USER else ("group", directory_groups)
    )
    condition = where(
        parse_filter(resource_type, sent),
        kind,  # type: ignore[arg-type]  # a Literal by its branch
        "dir_1",
        connection.dialect.name,
    )
    ids = select(table.c.id).where(condition).subquery()
    return set(connection.scalars(select(ids.c.id).where(ids.c.id.in_(select(ids.c.id)))))


# Each example leaves the database as it was, so one is enough for all of them.
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data(), random_directories)
def test_the_database_finds_whom_the_formula_means(
    engine: Engine, data: st.DataObject, directory: Directory
) -> None:
    with stored(engine, directory) as connection:
        for _ in range(6):
            for resource_type, formulas, resources in (
                (USER, random_filters.TIMED_FORMULAS, directory.users),
                (GROUP, random_filters.GROUP_FORMULAS, directory.groups),
            ):
                formula = data.draw(formulas)
                sent = data.draw(spelled(formula))
                meant = {r["id"] for r in resources if means(formula, r)}
                assert found(connection, resource_type, sent) == meant, sent


def a_user(**attributes: Any) -> dict[str, Any]:
    meta = {"resourceType": "User", "created": MOMENTS[0], "lastModified": MOMENTS[1]}
    return {"schemas": [CORE], "userName": "ann", "active": True, "meta": meta, **attributes}


def a_group(name: str) -> dict[str, Any]:
    meta = {"resourceType": "Group", "created": MOMENTS[0], "lastModified": MOMENTS[1]}
    return {"displayName": name, "meta": meta}


def matching(engine: Engine, sent: str, **attributes: Any) -> bool:
    """Whether `sent` finds a user with these attributes."""
    with stored(
        engine, connected([a_user(**attributes)], [a_group("a"), a_group("b")], set(), set())
    ) as connection:
        return found(connection, USER, sent) == {"diruser_1"}


MAILS = [{"type": "work", "value": "ann@x.test"}, {"type": "home", "value": "a@home.test"}]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ('emails[type eq "work" and value eq "ANN@x.test"]', True),
        ('emails[type eq "work" and value eq "a@home.test"]', False),
        ('emails.type eq "work" and emails.value eq "a@home.test"', True),
        ('emails[type eq "work" and type eq "home"]', False),
        ('emails[type eq "work"].value ew ".test"', True),
        ('emails[not (type eq "work")].value co "home"', True),
        ('not (emails[type eq "fax"])', True),
        ('emails[type eq "fax"].value eq null', True),
    ],
)
def test_one_element_satisfies_all_of_a_value_path(
    engine: Engine, sent: str, *, meant: bool
) -> None:
    assert matching(engine, sent, emails=MAILS) == meant


@pytest.mark.parametrize("operator", ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
@pytest.mark.parametrize("name", ["title", "externalId", "emails.value", "manager", "groups"])
def test_what_is_absent_matches_nothing_and_its_negation_does(
    engine: Engine, name: str, operator: str
) -> None:
    assert not matching(engine, f'{name} {operator} "x"')
    assert matching(engine, f'not ({name} {operator} "x")')


@pytest.mark.parametrize(
    ("sent", "title", "meant"),
    [
        ('title co "%"', "100 percent", False),
        ('title co "%"', "100 %", True),
        ('title sw "_"', "a", False),
        ('title ew "\\\\"', "a\\", True),
        ('title eq "x\' OR 1=1 --"', "x", False),
        ('title eq "x\' OR 1=1 --"', "X' or 1=1 --", True),
        ('title co ""', "a", True),
        ('title eq "STRASSE"', "Straße", True),
        ('title eq "E\u0301cole"', "école", True),
        ('title gt "\uffff"', "😀", True),
        ('title gt "B"', "a", False),
        ('title gt "a"', "B", True),
        ('title sw "longer than it"', "long", False),
        ('title ew "longer than it"', "it", False),
    ],
)
def test_text_is_compared_sign_by_sign(
    engine: Engine, sent: str, title: str, *, meant: bool
) -> None:
    assert matching(engine, sent, title=title) == meant


def test_case_counts_where_the_schema_says_so(engine: Engine) -> None:
    assert matching(engine, 'userName eq "ANN"', externalId="Ab")
    assert matching(engine, 'externalId co "b"', externalId="Ab")
    assert not matching(engine, 'externalId co "B"', externalId="Ab")
    assert not matching(engine, 'profileUrl sw "HTTPS"', profileUrl="https://x.test/")


def test_members_are_those_of_now_and_of_this_directory(engine: Engine) -> None:
    directory = connected(
        [a_user()],
        [a_group("a"), a_group("b")],
        {("dirgrp_1", "diruser_1"), ("dirgrp_1", "dirgrp_2")},
        {("dirgrp_2", "diruser_1")},
    )
    with stored(engine, directory) as connection:
        assert found(connection, GROUP, 'members eq "diruser_1"') == {"dirgrp_1"}
        assert found(connection, GROUP, 'id eq "dirgrp_2" and members eq "diruser_1"') == set()
        assert found(connection, GROUP, 'members[type eq "Group"]') == {"dirgrp_1"}
        assert found(connection, GROUP, "not (members pr)") == {"dirgrp_2"}
        assert found(connection, USER, 'groups.value eq "dirgrp_1"') == {"diruser_1"}
        connection.execute(directory_group_members.update().values(directory_id="dir_2"))
        assert found(connection, GROUP, 'members eq "diruser_1"') == set()
        assert found(connection, USER, "groups pr") == set()


def deep(*openings: str) -> str:
    """A filter with as many brackets within brackets as may be."""
    value_path = 'emails[type eq "x" and not (value co "y")]'
    levels = [openings[n % len(openings)] for n in range(MAX_DEPTH - 2)]
    return "".join(levels) + value_path + ")" * len(levels)


@pytest.mark.parametrize(
    "sent",
    [
        deep("("),
        deep("not ("),
        deep("title pr and (", "title pr or ("),
        deep("title pr and not (", "title pr or not ("),
        " or ".join(f'emails[type eq "{n}" and value co "y"]' for n in range(MAX_TESTS // 2)),
        " and ".join(f'not (title eq "{n}")' for n in range(MAX_TESTS)),
    ],
)
def test_the_largest_filters_are_answered(engine: Engine, sent: str) -> None:
    assert matching(engine, sent) in {True, False}


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize(
    "sent",
    [
        'emails eq "ann@x.test"',
        'emails[type eq "work"].value eq "ann@x.test"',
        f'{ENTERPRISE}:employeeNumber eq "E7"',
        'title eq "x"',
    ],
)
def test_equality_is_served_by_the_index(engine: Engine, sent: str) -> None:
    condition = where(parse_filter(USER, sent), "user", "dir_1", "postgresql")
    with transaction(engine) as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(connection, "before_cursor_execute", explained, retval=True)
        plan = connection.scalars(select(directory_users.c.id).where(condition))
        assert "ix_directory_users_search" in "\n".join(plan)


def explained(*call: Any) -> tuple[str, Any]:
    _, _, statement, parameters, _, _ = call
    return f"EXPLAIN {statement}", parameters
