"""What is odd about an organization's mappings (pure): facts in, findings out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from provisioning.folding import fold
from provisioning.ids import DirectoryGroupId, RoleId
from provisioning.nested_groups import Group, Nesting
from provisioning.reconcile.facts import Role, RoleMode
from provisioning.store.mappings import Mapping as RoleMapping

Code = Literal[
    "shadowed",
    "group_not_seen",
    "group_empty",
    "name_collision",
    "privileged_group_wide",
    "privileged_by_nesting",
]
MANY = 20
"""More people than this should not be owners or administrators by one group."""
MOST = 2**31 - 1
"""That somebody may call many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`people` of every mapped group, and of the groups inside a privileged one."""

    mappings: Sequence[RoleMapping]
    roles: Mapping[RoleId, Role]
    privileged_rank: int
    """From this rank on a role that holds in the whole organization is privileged."""
    default_role_id: RoleId
    role_mode: RoleMode
    groups: Mapping[DirectoryGroupId, Group]
    nesting: Nesting
    people: Mapping[DirectoryGroupId, int]
    many: int = MANY

    def is_privileged(self, mapping: RoleMapping) -> bool:
        """Whether it makes owners or administrators."""
        rank = self.roles[mapping.role_id].rank
        return mapping.workspace_id is None and rank >= self.privileged_rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`advice` is what to do; `related` are ids of other mappings and groups it is about."""

    code: Code
    mapping: RoleMapping
    sentence: str
    advice: str
    related: tuple[str, ...] = ()
    people: int | None = None


def findings(facts: Facts) -> list[Finding]:
    """In the order of the mappings, oldest first."""
    found: list[Finding] = []
    for mapping in sorted(facts.mappings, key=lambda mapping: mapping.id):
        found += _unreachable(facts, mapping)
        found += _shadowed(facts, mapping)
        found += _colliding(facts, mapping)
        found += _wide(facts, mapping)
    return found


def _unreachable(facts: Facts, mapping: RoleMapping) -> Iterator[Finding]:
    if mapping.group_id is None or mapping.group_id not in facts.groups:
        yield Finding(
            code="group_not_seen",
            mapping=mapping,
            sentence=f"its directory has no group named {mapping.group_name!r}: nobody gets role"
            f" {mapping.role!r} by it, and the first group of that name will give it",
            advice="push the group from the identity provider, correct the name, or remove the"
            " mapping",
        )
    elif not facts.people[mapping.group_id]:
        yield Finding(
            code="group_empty",
            mapping=mapping,
            sentence=f"nobody is in group {mapping.group_name!r}: nobody gets role"
            f" {mapping.role!r} by it",
            advice="assign people to the group, or remove the mapping",
            people=0,
        )


def _shadowed(facts: Facts, mapping: RoleMapping) -> Iterator[Finding]:
    if mapping.group_id not in facts.groups:
        return
    by_default = mapping.workspace_id is None and _outdoes(
        facts, facts.default_role_id, mapping.role_id
    )
    if by_default:
        default = facts.roles[facts.default_role_id].name
        yield Finding(
            code="shadowed",
            mapping=mapping,
            sentence=f"it changes nothing: every member has role {default!r} by default",
            advice="remove the mapping",
        )
    for other in facts.mappings:
        if _shadows(facts, other, mapping):
            yield Finding(
                code="shadowed",
                mapping=mapping,
                sentence=f"it changes nothing: whoever is in group {mapping.group_name!r} is in"
                f" group {other.group_name!r}, which mapping {other.id} gives role {other.role!r}",
                advice="remove one of the two mappings",
                related=(other.id,),
            )
            return


def _shadows(facts: Facts, other: RoleMapping, mapping: RoleMapping) -> bool:
    if other.id == mapping.id or other.workspace_id != mapping.workspace_id:
        return False
    if other.group_id is None or mapping.group_id is None:
        return False
    if mapping.group_id not in facts.nesting.within(other.group_id):
        return False
    if not _outdoes(facts, other.role_id, mapping.role_id):
        return False
    # Two that shadow each other are one too many: the younger one.
    mutual = other.group_id in facts.nesting.within(mapping.group_id)
    return other.role_id != mapping.role_id or not mutual or other.id < mapping.id


def _outdoes(facts: Facts, other: RoleId, role: RoleId) -> bool:
    """Whether who has `other` in a place gains nothing by `role` there."""
    ranks = facts.roles
    return other == role or (facts.role_mode == "highest" and ranks[other].rank > ranks[role].rank)


def _colliding(facts: Facts, mapping: RoleMapping) -> Iterator[Finding]:
    name = fold(mapping.group_name)
    same = [
        group
        for group in facts.groups.values()
        if group.name_folded == name and group.directory_id != mapping.directory_id
    ]
    meant = {
        other.group_id
        for other in facts.mappings
        if (other.role_id, other.workspace_id) == (mapping.role_id, mapping.workspace_id)
    }
    others = [group for group in same if group.id not in meant]
    if not others:
        return
    waits = "waits for" if mapping.group_id is None else "is of"
    yield Finding(
        code="name_collision",
        mapping=mapping,
        sentence=f"it {waits} a group named {mapping.group_name!r} of directory"
        f" {mapping.directory_id}; directory {others[0].directory_id} has one of that name, too,"
        " which does not give the role",
        advice="make sure that the right directory is meant; if both are, map the other one, too",
        related=tuple(group.id for group in others),
    )


def _wide(facts: Facts, mapping: RoleMapping) -> Iterator[Finding]:
    group_id = mapping.group_id
    if group_id is None or group_id not in facts.groups or not facts.is_privileged(mapping):
        return
    people = facts.people[group_id]
    if people <= facts.many:
        return
    yield Finding(
        code="privileged_group_wide",
        mapping=mapping,
        sentence=f"{people} people are in group {mapping.group_name!r}, and so get role"
        f" {mapping.role!r}",
        advice="map a smaller group, or give these people a role that may do less",
        people=people,
    )
    wide = {
        inner
        for inner in facts.nesting.within(group_id) - {group_id}
        if facts.people.get(inner, 0) > facts.many
    }
    for inner in sorted(wide):
        if any(inner in facts.nesting.within(other) for other in wide - {inner}):
            continue  # in a wide group that is told itself
        count = facts.people[inner]
        yield Finding(
            code="privileged_by_nesting",
            mapping=mapping,
            sentence=f"group {facts.groups[inner].name!r} with {count} people is inside group"
            f" {mapping.group_name!r}, and so they get role {mapping.role!r}",
            advice="take the inner group out of the outer one, or map a group of the few",
            related=(inner,),
            people=count,
        )
