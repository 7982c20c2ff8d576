"""
A filter as a condition on `directory_users` or `directory_groups`, the same on both engines.

What has a column is asked of the column, members of their table, everything else of the search
document. Text of a client is only ever a bound parameter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
)

from provisioning import ids
from provisioning.filters import (
    All,
    AnyOf,
    Comparison,
    Not,
    Predicate,
    Present,
    ValuePath,
)
from provisioning.store.comparisons import compare, compare_text
from provisioning.store.directory_tables import directory_group_members as members
from provisioning.store.directory_tables import directory_groups as groups
from provisioning.store.directory_tables import directory_users as users
from provisioning.store.search_documents import DOCUMENTS, Documents, Path


@dataclass(frozen=True, slots=True)
class _Relation:
    """An attribute that is kept as rows of directory_group_members."""

    attribute: str
    table: Table
    tie: ColumnElement[bool]
    """Which of those rows belong to the row of `table`."""
    value: ColumnElement[str]
    """The id at the other end."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where targets are looked up: in a resource, an element of one of its lists, a member."""

    documents: Documents
    columns: Mapping[Path, ColumnElement[Any]]
    document: ColumnElement[Any] | None = None
    relation: _Relation | None = None


def where(
    predicate: Predicate, kind: Literal["user", "group"], directory_id: str, dialect_name: str
) -> ColumnElement[bool]:
    """
    For a WHERE, where unknown counts as false; within the condition `not` of unknown is true.

    The caller's WHERE says which directory; here it only says whose members are looked at.
    """
    documents = DOCUMENTS[dialect_name]
    present = and_(members.c.directory_id == directory_id, members.c.removed_at.is_(None))
    own: dict[Path, ColumnElement[Any]]
    if kind == "user":
        table, name = users, "User"
        own = {("username",): users.c.user_name_folded, ("active",): users.c.active}
        tie = and_(members.c.member_id == users.c.id, present)
        relation = _Relation("groups", users, tie, members.c.group_id)
    else:
        table, name = groups, "Group"
        own = {("displayname",): groups.c.display_name_folded}
        tie = and_(members.c.group_id == groups.c.id, present)
        relation = _Relation("members", groups, tie, members.c.member_id)
    columns = {
        **own,
        ("id",): table.c.id,
        ("externalid",): table.c.external_id,
        ("meta", "created"): table.c.created_at,
        ("meta", "lastmodified"): table.c.updated_at,
        ("meta", "resourcetype"): literal(name, Text),
    }
    scope = _Scope(documents, columns, documents.read(table.c.search), relation)
    return _condition(predicate, scope)


def _condition(
    predicate: Predicate, scope: _Scope, *, negated: bool = False
) -> ColumnElement[bool]:
    """`not` goes down to the leaves: SQLite's parser gives up at a hundred things begun."""
    match predicate:
        case Comparison() | Present() | ValuePath():
            leaf = _leaf(predicate, scope)
            return not_(func.coalesce(leaf, false(), type_=Boolean)) if negated else leaf
        case Not(inner):
            return _condition(inner, scope, negated=not negated)
        case All(parts):
            conditions = [_condition(part, scope, negated=negated) for part in parts]
            return or_(*conditions) if negated else and_(*conditions)
        case AnyOf(parts):
            conditions = [_condition(part, scope, negated=negated) for part in parts]
            return and_(*conditions) if negated else or_(*conditions)
        case _:
            assert_never(predicate)


def _leaf(predicate: Comparison | Present | ValuePath, scope: _Scope) -> ColumnElement[bool]:
    path = _lowered(predicate.target.path)
    relation = scope.relation
    if relation is not None and path[0] == relation.attribute:
        return _related(_inside(predicate, 1), scope.documents, relation)
    # Only lists have elements to choose from; the second test is for the type checker.
    if predicate.target.multi_valued or isinstance(predicate, ValuePath):
        return _among_elements(predicate, path, scope)
    column = scope.columns.get(path)
    if column is not None:
        return _of_column(predicate, column, scope.documents)
    return _of_document(predicate, path, scope)


def _inside(predicate: Comparison | Present | ValuePath, depth: int) -> Predicate:
    """What is asked of one element of the list that is `depth` names deep."""
    if isinstance(predicate, ValuePath):
        return predicate.inner
    path = predicate.target.path[depth:]
    return replace(predicate, target=replace(predicate.target, path=path, multi_valued=False))


def _related(inner: Predicate, documents: Documents, relation: _Relation) -> ColumnElement[bool]:
    group = func.substr(relation.value, 1, len(ids.DIRECTORY_GROUP)) == ids.DIRECTORY_GROUP
    columns: dict[Path, ColumnElement[Any]] = {
        (): relation.value,
        ("value",): relation.value,
        ("type",): case((group, "group"), else_="user"),
    }
    condition = _condition(inner, _Scope(documents, columns))
    return exists().where(relation.tie, condition).correlate(relation.table)


def _among_elements(
    predicate: Comparison | Present | ValuePath, path: Path, scope: _Scope
) -> ColumnElement[bool]:
    if scope.document is None:
        raise LookupError(f"no row holds {path}")
    depth = 2 if ":" in path[0] else 1
    inner = _inside(predicate, depth)
    wanted = _wanted(inner)
    if wanted is not None:
        tree = _nested(path[:depth], [wanted])
        held = scope.documents.holds(scope.document, tree)
        if held is not None:
            return held
    rows, element = scope.documents.elements(scope.document, path[:depth])
    condition = _condition(inner, _Scope(scope.documents, {}, element))
    return exists().select_from(rows).where(condition)


def _of_column(
    predicate: Comparison | Present, column: ColumnElement[Any], documents: Documents
) -> ColumnElement[bool]:
    if isinstance(predicate, Present):
        return column.is_not(None)
    operator, value = predicate.operator, predicate.value
    if predicate.target.type == "dateTime":
        return compare(column, operator, datetime.fromisoformat(str(value)))
    if isinstance(value, str):
        return compare_text(column, operator, value, documents)
    return compare(column, operator, literal(value))


def _of_document(predicate: Comparison | Present, path: Path, scope: _Scope) -> ColumnElement[bool]:
    documents, document = scope.documents, scope.document
    if document is None:
        raise LookupError(f"no row holds {path}")
    wanted = _wanted(predicate)
    held = None if wanted is None else documents.holds(document, wanted)
    if held is not None:
        return held
    text = documents.text(document, path)
    if isinstance(predicate, Present):
        return text.is_not(None)
    operator, value = predicate.operator, predicate.value
    if isinstance(value, str):
        return compare_text(text, operator, value, documents)
    return compare(documents.scalar(document, path), operator, documents.operand(value))


def _wanted(predicate: Predicate) -> Any:
    """The part of a document that says all of `predicate`; None unless it is an `and` of `eq`."""
    parts = predicate.parts if isinstance(predicate, All) else (predicate,)
    equal = {
        _lowered(part.target.path): part.value
        for part in parts
        if isinstance(part, Comparison) and part.operator == "eq"
    }
    if len(equal) < len(parts):
        return None
    trees = [_nested(path, value) for path, value in equal.items()]
    return trees[0] if len(trees) == 1 else {name: tree[name] for tree in trees for name in tree}


def _nested(path: Path, tree: Any) -> Any:
    for name in reversed(path):
        tree = {name: tree}
    return tree


def _lowered(path: Path) -> tuple[str, ...]:
    return tuple(name.lower() for name in path)
