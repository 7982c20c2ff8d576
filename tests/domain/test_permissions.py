"""What roles allow: wildcards and lines of inheritance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.errors import Refused, UnknownRole
from provisioning.ids import RoleId
from provisioning.permissions import DEPTH_LIMIT, Role, RoleBook, covering

parts = st.sampled_from(["a", "b", "*"])
permissions = st.builds("{}:{}".format, parts, parts)


def role(name: str, *own: str, extends: str | None = None) -> Role:
    return Role(
        id=RoleId(name),
        organization_id=None,
        name=name,
        rank=1,
        permissions=own,
        extends_role_id=None if extends is None else RoleId(extends),
    )


@given(permissions, permissions)
def test_a_permission_covers_another_part_by_part(granted: str, asked: str) -> None:
    pairs = zip(granted.split(":"), asked.split(":"), strict=True)

    assert (granted in covering(asked)) == all(has in {"*", wants} for has, wants in pairs)


def test_the_closest_comes_first() -> None:
    assert covering("a:b") == ("a:b", "a:*", "*:b", "*:*")
    assert covering("*:*") == ("*:*",)


def test_the_nearest_role_of_a_line_is_named() -> None:
    book = RoleBook(
        1, [role("top", "a:b", "c:d"), role("low", "a:b", extends="top"), role("other", "e:f")]
    )

    holders = {permission: one.name for permission, one in book.effective(RoleId("low")).items()}

    assert holders == {"a:b": "low", "c:d": "top"}


def test_a_line_ends_where_its_role_is_gone() -> None:
    book = RoleBook(1, [role("low", "a:b", extends="gone")])

    assert set(book.effective(RoleId("low"))) == {"a:b"}


def test_a_cycle_is_refused_wherever_it_is_closed() -> None:
    book = RoleBook(1, [role("a"), role("b", extends="a"), role("c", extends="b")])

    with pytest.raises(Refused, match="would extend itself") as refused:
        book.with_roles([role("a", extends="c")])
    assert refused.value.code == "role_cycle"
    assert book.with_roles([role("a", "x:y")]).version == 2


def test_a_line_has_a_limit() -> None:
    line = [role("0")]
    line += [role(str(one), extends=str(one - 1)) for one in range(1, DEPTH_LIMIT)]
    book = RoleBook(1, line)

    assert len(book.line(RoleId(str(DEPTH_LIMIT - 1)))) == DEPTH_LIMIT
    with pytest.raises(Refused) as refused:
        book.with_roles([role("more", extends=str(DEPTH_LIMIT - 1))])
    assert refused.value.code == "role_too_deep"


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownRole, match="a, b"):
        RoleBook(1, [role("b"), role("a")]).named("c")
