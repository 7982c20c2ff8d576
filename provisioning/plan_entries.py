"""Actions as a person reads them: of whom, from what to what, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from provisioning.ids import (
    DirectoryGroupId,
    DirectoryUserId,
    MappingId,
    MembershipId,
    RoleId,
    UserId,
)
from provisioning.reconcile.actions import (
    AcceptInvitation,
    Action,
    CloseBreaker,
    CloseConflict,
    CreateMembership,
    CreateUser,
    EndHold,
    EndStep,
    ForgetLoss,
    GrantRole,
    HoldNewcomer,
    Identify,
    MakeManual,
    Manage,
    OpenConflict,
    Park,
    PurgeMembership,
    RevokeRole,
    ScheduleStep,
    SetStatus,
    ShowProfile,
    TripBreaker,
    Unpark,
    UpdateUser,
)
from provisioning.reconcile.facts import Facts, HoldReason, Profile, Status

Entry = dict[str, Any]
GroupNames = Mapping[DirectoryGroupId, str]

_STATUS: Mapping[Status, str] = {
    "active": "reactivate",
    "suspended": "suspend",
    "removed": "remove",
}
_PLAIN: Mapping[type, tuple[str, str]] = {
    Identify: ("link", "the directory speaks of an account that is known"),
    CreateMembership: (
        "join",
        "the directory knows the person, and the organization does not yet",
    ),
    UpdateUser: ("update_account", "the account follows its directory"),
    ShowProfile: ("update_profile", "the profile has become another one"),
    Manage: ("manage", "a directory knows the member now"),
    OpenConflict: (
        "open_conflict",
        "the address is that of an account the organization does not know",
    ),
    AcceptInvitation: ("accept_invitation", "invited, and brought by a directory"),
    MakeManual: ("keep", "the directory is disconnected, and its people are kept"),
    ScheduleStep: ("schedule_step", "by the leaving policy"),
    EndStep: ("end_step", "what was foreseen is done, or will not happen"),
    PurgeMembership: ("purge", "the retention period is over"),
}
_LET_IN: Mapping[str, str] = {
    "admitted": "the scope keeps the person out no more",
    "gone": "the directory does not know the person any more",
}
_REACHED: Mapping[type, str] = {CreateMembership: "status"}
_HELD: Mapping[HoldReason, str] = {
    "last_owner": "the last owner stays until there is another",
    "break_glass": "no machine suspends, removes or demotes a break-glass member",
    "mass_deprovisioning": "the directory lets go of too many people at once",
}
_RELEASED: Mapping[str, str] = {
    "applied": "nothing stands in its way any more",
    "withdrawn": "the person is to stay after all",
}


def entries(known: Facts, actions: Sequence[Action], groups: GroupNames) -> list[Entry]:
    """
    One for each action, in the order of the people. Ids that the action would make are None: who
    applies it makes others.
    """
    reader = _Reader(known, actions, groups)
    found = [reader.entry(action) for action in actions]
    shown = [entry for entry in found if entry is not None]
    return sorted(shown, key=lambda entry: entry["person"]["directory_user_id"] or "")


class _Reader:
    def __init__(self, known: Facts, actions: Sequence[Action], groups: GroupNames) -> None:
        self._known = known
        self._groups = groups
        self._people = {user.id: user for user in (*known.linked, *known.batch)}
        self._identities: dict[UserId, DirectoryUserId] = {
            link.user_id: link.directory_user_id for link in reversed(known.links)
        }
        self._profiles: dict[UserId, Profile] = {one.id: one.profile for one in known.accounts}
        self._memberships = {one.user_id: one.id for one in known.memberships}
        self._statuses = {one.id: one.status for one in known.memberships}
        self._grants = {grant.id: grant for grant in known.grants}
        self._of_mapping = {(one.membership_id, one.source_id): one for one in known.grants}
        self._mapped = {(role.directory_user_id, role.mapping_id): role for role in known.mapped}
        self._by_mapping = {role.mapping_id: role for role in known.mapped}
        self._conflicts = {one.id: one.directory_user_id for one in known.conflicts}
        self._created: set[str] = set()
        self._kept = {action.user_id for action in actions if isinstance(action, MakeManual)}
        before: defaultdict[MembershipId, set[str]] = defaultdict(set)
        for grant in known.grants:
            if not grant.revoked and grant.workspace_id is None:
                before[grant.membership_id].add(grant.id)
        after = {membership: set(grants) for membership, grants in before.items()}
        granted = {grant.id: self._role(grant.role_id) for grant in known.grants}
        for action in actions:
            match action:
                case CreateUser():
                    self._created.add(action.user_id)
                    self._profiles[action.user_id] = action.profile
                case UpdateUser():
                    self._profiles[action.user_id] = action.profile
                case Identify():
                    self._identities.setdefault(action.user_id, action.directory_user.id)
                case CreateMembership():
                    self._created.add(action.membership_id)
                    self._memberships[action.user_id] = action.membership_id
                case GrantRole() if action.workspace_id is None:
                    granted[action.grant_id] = self._role(action.role_id)
                    after.setdefault(action.membership_id, set()).add(action.grant_id)
                case RevokeRole():
                    after.setdefault(action.membership_id, set()).discard(action.grant_id)
                case _:
                    pass
        self._before = {key: _names(grants, granted) for key, grants in before.items()}
        self._after = {key: _names(grants, granted) for key, grants in after.items()}

    def entry(self, action: Action) -> Entry | None:
        """None of what shows as the person who joins, and of what changes nothing for anybody."""
        joins = isinstance(action, CreateUser | Identify) and action.user_id in self._created
        if joins or isinstance(action, ForgetLoss):
            return None
        match action:
            case SetStatus():
                entry = self._status(action)
            case GrantRole():
                entry = self._grant(action)
            case RevokeRole():
                entry = self._revoke(action)
            case HoldNewcomer() | EndHold():
                entry = self._newcomer(action)
            case CloseConflict() | Park() | Unpark() | TripBreaker() | CloseBreaker():
                entry = self._exception(action)
            case _:
                name, why = _PLAIN[type(action)]
                attribute = _REACHED.get(type(action))
                reached = None if attribute is None else getattr(action, attribute)
                entry = self._of(name, action, why) | {"after": reached}
        return entry

    def _exception(
        self, action: CloseConflict | Park | Unpark | TripBreaker | CloseBreaker
    ) -> Entry:
        if isinstance(action, CloseConflict):
            entry = self._entry("close_conflict", None, self._conflicts[action.conflict_id])
            return entry | {"why": f"resolved: {action.resolution}"}
        if isinstance(action, Park):
            entry = self._of("hold", action, _HELD[action.reason])
            return entry | {"after": action.wanted_status}
        if isinstance(action, Unpark):
            entry = self._of("release", action, _RELEASED[action.outcome])
            return entry | {"after": action.parked.wanted_status}
        return self._breaker(action)

    def _newcomer(self, action: HoldNewcomer | EndHold) -> Entry:
        key = action.person.id
        if isinstance(action, EndHold):
            return self._entry("release_newcomer", None, key) | {"why": _LET_IN[action.outcome]}
        if action.held.decision is None:
            name, why = "hold_newcomer", "and waits for an administrator"
        elif action.held.decided_by is None:
            name, why = "refuse_newcomer", "and the organization lets nobody in from there"
        else:
            name, why = "refuse_newcomer", f"and {action.held.decided_by} has rejected the person"
        where = "the address is outside the organization's verified domains"
        return self._entry(name, None, key) | {"why": f"{where}, {why}"}

    def _breaker(self, action: TripBreaker | CloseBreaker) -> Entry:
        where = f"directory {action.breaker.directory_id}"
        if isinstance(action, CloseBreaker):
            return self._entry("close_breaker", None, None) | {
                "why": f"nothing waits of what {where} wanted"
            }
        return self._entry("trip_breaker", None, None) | {
            "why": f"{where} lets go of {action.losses} of {action.people} people at once"
        }

    def _status(self, action: SetStatus) -> Entry:
        living = self._living(action.user_id)
        if action.after == "active" and not any(user.active for user in living):
            why = "the directory let go of too many people at once: it is taken back"
        elif action.after == "removed":
            why = "no directory knows the person any more"
        elif action.after == "active":
            why = "a directory says that the person is active"
        elif any(user.active for user in living):
            why = "an administrator suspended the person"
        else:
            why = "no directory says that the person is active"
        name = "return" if action.before == "removed" else _STATUS[action.after]
        return self._of(name, action, why) | {"before": action.before, "after": action.after}

    def _grant(self, action: GrantRole) -> Entry:
        entry = self._of("grant_role", action, "") | self._place(action)
        if action.source_type == "mapping":
            mapped = self._by_mapping.get(MappingId(action.source_id))
            if mapped is None:  # of somebody who is taken back, or waits, and whom no group has
                former = self._of_mapping[action.membership_id, action.source_id]
                entry |= self._source(action.source_id, former.group_id)
                entry["why"] = (
                    "held before the directory let go of too many people at once"
                    if action.grant_id in self._grants
                    else "the mapping gives it instead of the role that is held"
                )
                return entry
            entry |= self._source(action.source_id, mapped.group_id)
            entry["why"] = f"member of {self._group(mapped.group_id)}"
        elif action.source_type == "default":
            entry["why"] = "the default role of the organization"
        elif action.user_id in self._kept:
            entry["why"] = "given by a group of the disconnected directory, and by hand from now on"
        else:
            entry["why"] = "promised by an invitation"
        return entry

    def _revoke(self, action: RevokeRole) -> Entry:
        entry = self._of("revoke_role", action, "") | self._place(action)
        group_id = self._grants[action.grant_id].group_id
        living = self._living(action.user_id)
        if action.source_type == "mapping":
            entry |= self._source(action.source_id, group_id)
        if not living:
            entry["why"] = "no directory knows the person any more"
        elif action.source_type != "mapping":
            entry["why"] = "another role is the default, or outranks it"
        elif any((user.id, action.source_id) in self._mapped for user in living):
            entry["why"] = "another role outranks it"
        else:
            entry["why"] = f"no mapped member of {self._group(group_id)} any more"
        return entry

    def _of(self, name: str, action: Any, why: str) -> Entry:
        user_id = None if isinstance(action, OpenConflict) else action.user_id
        named = action.directory_user_id if isinstance(action, OpenConflict) else None
        return self._entry(name, user_id, named) | {"why": why}

    def _entry(self, name: str, user_id: UserId | None, person: DirectoryUserId | None) -> Entry:
        key = self._identities.get(user_id) if user_id is not None else person
        known = self._people.get(key) if key is not None else None
        profile = self._profiles.get(user_id) if user_id is not None else None
        shown = profile or (known.profile if known is not None else None)
        membership = self._memberships.get(user_id) if user_id is not None else None
        before = self._before.get(membership, []) if membership is not None else []
        after = self._after.get(membership, before) if membership is not None else []
        return {
            "action": name,
            "person": {
                "directory_user_id": key,
                "user_id": None if user_id in self._created else user_id,
                "membership_id": None if membership in self._created else membership,
                "status": self._statuses.get(membership) if membership is not None else None,
                "email": shown.email if shown is not None else None,
                "display_name": shown.display_name if shown is not None else None,
            },
            "before": None,
            "after": None,
            "role": None,
            "roles_before": before,
            "roles_after": after,
            "workspace_id": None,
            "group": None,
            "mapping_id": None,
        }

    def _living(self, user_id: UserId) -> list[Any]:
        linked = {link.directory_user_id for link in self._known.links if link.user_id == user_id}
        linked.add(self._identities.get(user_id, DirectoryUserId("")))
        return [user for key, user in self._people.items() if key in linked and not user.deleted]

    def _role(self, role_id: RoleId) -> str:
        known = self._known.roles.get(role_id)
        return role_id if known is None else known.name  # a role that was deleted

    def _place(self, action: GrantRole | RevokeRole) -> Entry:
        return {"role": self._role(action.role_id), "workspace_id": action.workspace_id}

    def _group(self, group_id: DirectoryGroupId | None) -> str:
        return "a group" if group_id is None else f"group '{self._groups.get(group_id, group_id)}'"

    def _source(self, mapping_id: str, group_id: DirectoryGroupId | None) -> Entry:
        shown = None
        if group_id is not None:
            shown = {"id": group_id, "display_name": self._groups.get(group_id)}
        return {"mapping_id": mapping_id, "group": shown}


def _names(grants: set[str], granted: Mapping[Any, str]) -> list[str]:
    return sorted({granted[grant] for grant in grants})
