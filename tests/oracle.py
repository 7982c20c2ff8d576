"""
Who should be what in an organization: recomputed from the raw tables, naively and without a line
of the code that decides it, so that the two do not share a mistake.
"""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import idna
from sqlalchemy import Engine, Table, select

from provisioning import clock
from provisioning.ids import OrganizationId
from provisioning.store import (
    admin_tables,
    domain_tables,
    organization_tables,
    people_tables,
    role_tables,
    tables,
)

Row = dict[str, Any]
Source = tuple[str, str, str, str]
"""Role, type of the source, the mapping of a mapped grant, and the workspace, or nothing."""

OWNER = "role_owner"
PROFILE = ("email", "display_name", "given_name", "family_name")


def differences(engine: Engine, organization_id: OrganizationId) -> list[str]:
    """
    Sentences on what is not as the directories, the mappings and the settings say; empty when all
    is well. Only meaningful when all notes are drained: a note that is left is a difference, too.
    """
    return sorted(_World(engine, organization_id).differences())


class _World:
    """Every row of one organization, and of the users its identities name."""

    def __init__(self, engine: Engine, organization_id: OrganizationId) -> None:
        rows: dict[str, list[Row]] = {}
        with engine.connect() as connection:

            def read(table: Table) -> None:
                mine = select(table).where(table.c.organization_id == organization_id)
                rows[table.name] = [dict(row) for row in connection.execute(mine).mappings()]

            for table in tables.metadata.sorted_tables:
                if "organization_id" in table.c and table.name != "roles":
                    read(table)
            for table in (
                people_tables.users,
                role_tables.roles,
                organization_tables.organizations,
            ):
                everything = connection.execute(select(table)).mappings()
                rows[table.name] = [dict(row) for row in everything]
            held = select(domain_tables.domain_holdings.c.name, people_tables.memberships.c.user_id)
            self._kept_by_others = {
                (name, user_id)
                for name, user_id in connection.execute(
                    held.join(
                        people_tables.memberships,
                        people_tables.memberships.c.organization_id
                        == domain_tables.domain_holdings.c.organization_id,
                    ).where(domain_tables.domain_holdings.c.organization_id != organization_id)
                )
            }
            proven = select(domain_tables.domains).where(
                domain_tables.domains.c.state == "verified"
            )
            self._proven_by = {row.name: row.organization_id for row in connection.execute(proven)}
            signs_in = select(admin_tables.sign_in_identities.c.user_id)
            self._signing_in = set(connection.scalars(signs_in))
            self._everywhere = {
                (row.organization_id, row.user_id)
                for row in connection.execute(select(people_tables.memberships))
            }
            self._holdings = {
                (row.organization_id, row.name)
                for row in connection.execute(select(domain_tables.domain_holdings))
            }
        deleting = {row["id"]: row["deleting_at"] for row in rows["directories"]}
        self._disconnected = {key for key, at in deleting.items() if at is not None}
        for row in rows["directory_users"]:
            # A directory that is deleted knows nobody any more.
            row["deleted_at"] = row["deleted_at"] or deleting[row["directory_id"]]
        self._rows = rows
        self._organization = next(
            row for row in rows["organizations"] if row["id"] == organization_id
        )

    def differences(self) -> Iterator[str]:
        if left := len(self._rows["notes"]):
            yield f"{left} notes are left"
        yield from self._orphans()
        yield from self._identification()
        yield from self._scope()
        yield from self._conflicts()
        yield from self._profiles()
        yield from self._authorities()
        yield from self._addresses()
        for user_id, people in sorted(self._people.items()):
            yield from self._person(user_id, people)
        yield from self._parked()
        yield from self._breakers()
        yield from self._invitations()
        yield from self._mappings()
        yield from self._roles()
        yield from self._members()
        yield from self._events()
        yield from self._told()

    def _orphans(self) -> Iterator[str]:
        """Rows whose parent is not there; not all of them have a foreign key."""
        for name, column, parents in (
            ("identities", "user_id", "users"),
            ("identities", "directory_user_id", "directory_users"),
            ("memberships", "user_id", "users"),
            ("grants", "membership_id", "memberships"),
            ("grants", "role_id", "roles"),
        ):
            there = {row["id"] for row in self._rows[parents]}
            for row in self._rows[name]:
                if row[column] not in there:
                    yield f"{row['id']} is of {row[column]}, which is not there"

    # --- who is who ------------------------------------------------------------------------------

    @cached_property
    def _directory_users(self) -> dict[str, Row]:
        return {row["id"]: row for row in self._rows["directory_users"]}

    @cached_property
    def _people(self) -> dict[str, list[Row]]:
        """The directory users, tombstones included, that each user is."""
        people: defaultdict[str, list[Row]] = defaultdict(list)
        for identity in self._rows["identities"]:
            directory_user = self._directory_users[identity["directory_user_id"]]
            people[identity["user_id"]].append(directory_user)
        return people

    def _identification(self) -> Iterator[str]:
        identities = {row["directory_user_id"]: row for row in self._rows["identities"]}
        in_conflict = {
            row["directory_user_id"]
            for row in self._rows["conflicts"]
            if row["resolved_at"] is None
        }
        for directory_user in self._directory_users.values():
            key = directory_user["id"]
            if directory_user["deleted_at"] is None:
                if key not in identities and key not in in_conflict | self._held_newcomers.keys():
                    yield f"{key} is nobody, and no conflict says why"
                if key in identities and key in in_conflict:
                    yield f"{key} is somebody, and yet its conflict is open"
            elif key in in_conflict:
                yield f"{key} is deleted, and yet its conflict is open"
            identity = identities.get(key)
            if identity is not None:
                for column in ("external_id", "user_name_folded", "directory_id"):
                    if identity[column] != directory_user[column]:
                        yield f"the identity of {key} has the {column} {identity[column]!r}"

    @cached_property
    def _held_newcomers(self) -> dict[str, Row]:
        return {row["directory_user_id"]: row for row in self._rows["held_newcomers"]}

    def _scope(self) -> Iterator[str]:
        """Who is new and outside is held, unless the policy or an administrator says otherwise."""
        identities = {row["directory_user_id"] for row in self._rows["identities"]}
        conflicts = {
            row["directory_user_id"]: row
            for row in self._rows["conflicts"]
            if row["resolved_at"] is None
        }
        for key, directory_user in self._directory_users.items():
            held, conflict = self._held_newcomers.get(key), conflicts.get(key)
            known = key in identities or directory_user["deleted_at"] is not None
            released = held is not None and held["decision"] == "released"
            if known or not self._is_outside(directory_user["email"]):
                if held is not None and (known or not released):
                    yield f"{key} is held, and nothing keeps the person out"
            elif conflict is not None:
                spoken_of = released or conflict["decision"] or conflict["rejected_at"]
                if not spoken_of and _folded(directory_user["email"]) not in self._let_in:
                    yield f"{key} is outside the scope, and its conflict is open"
            elif held is None:
                yield f"{key} is outside the scope, and nobody, and is not held"
            else:
                yield from self._held_newcomer(directory_user, held)

    def _held_newcomer(self, directory_user: Row, held: Row) -> Iterator[str]:
        key, refuses = directory_user["id"], self._organization["provisioning_scope"] == "refuse"
        if held["decision"] == "released":
            yield f"{key} is released, and was not looked at"
        by_policy = held["decision"] == "rejected" and held["decided_by"] is None
        if held["decided_by"] is None and by_policy != refuses:
            yield f"{key} is {held['decision']} by nobody, and the policy refuses: {refuses}"
        if _folded(directory_user["email"]) != held["email_key"]:
            yield f"{key} is held as {held['email_key']}"
        if held["email_key"] in self._let_in and not self._shares_mailbox(directory_user):
            yield f"{key} is held, and has the address of a member, or of somebody invited"

    @cached_property
    def _let_in(self) -> set[str]:
        """The addresses of members, and of those invited."""
        held = {row["id"]: row["email_key"] for row in self._rows["users"]}
        here = {
            held[user_id]
            for user_id, membership in self._memberships.items()
            if membership["status"] != "removed" and held[user_id]
        }
        return here | {
            row["email_key"]
            for row in self._rows["invitations"]
            if row["status"] == "pending" and row["expires_at"] > clock.now()
        }

    def _shares_mailbox(self, newcomer: Row) -> bool:
        """With a member: their directory says that they are two, or has given it to another one."""
        return any(
            user["email_key"] == _folded(newcomer["email"])
            and person["directory_id"] == newcomer["directory_id"]
            and (person["deleted_at"] is None or person["external_id"] != newcomer["external_id"])
            for user in self._rows["users"]
            for person in self._people.get(user["id"], ())
        )

    def _is_outside(self, email: str | None) -> bool:
        """These tests have nobody else who has a domain that has lapsed."""
        names = {
            row["name"] for row in self._rows["domains"] if row["state"] in {"verified", "lapsed"}
        }
        accepts = self._organization["provisioning_scope"] == "accept"
        return not accepts and _domain(email) not in names

    def _conflicts(self) -> Iterator[str]:
        users = {row["id"]: row for row in self._rows["users"]}
        for conflict in self._rows["conflicts"]:
            if conflict["resolved_at"] is None:
                email = self._directory_users[conflict["directory_user_id"]]["email"]
                held = users[conflict["user_id"]]["email_key"]
                ours = self._is_ours(email) and self._has_our_address(users[conflict["user_id"]])
                if ours and not conflict["decision"] and not conflict["rejected_at"]:
                    yield f"{conflict['id']} is about an address of a domain of ours"
                if self._is_here(users[conflict["user_id"]]) and not conflict["rejected_at"]:
                    yield f"{conflict['id']} is about a user who is a member"
                if held is None or held != _folded(email):
                    yield f"{conflict['id']} is about {held}, and not about {email}"

    def _is_here(self, user: Row) -> bool:
        """A member, and not one who only has a grace period left."""
        membership = self._memberships.get(user["id"])
        if membership is None or membership["status"] == "removed":
            return False
        return bool(self._living_directories(user)) or not membership["directory_managed"]

    @cached_property
    def _domains(self) -> set[str]:
        return {row["name"] for row in self._rows["domains"] if row["state"] == "verified"}

    def _is_ours(self, email: str | None) -> bool:
        """Of a domain that the organization has proven; these tests have ASCII ones."""
        return _domain(email) in self._domains

    def _has_our_address(self, user: Row) -> bool:
        """
        And nobody who had the domain before us has, or had, the person, nor has another one's
        directory given the address to an account as which somebody signs in.
        """
        kept = (_domain(user["email"]), user["id"]) in self._kept_by_others
        given = user["authority_directory_id"] is not None and not self._authority_is_ours(user)
        given = given and user["id"] in self._signing_in
        return self._is_ours(user["email"]) and not kept and not given

    def _authors(self) -> Iterator[tuple[Row, Row]]:
        """Users, each with the directory user that its profile follows."""
        for user in self._rows["users"]:
            living = [
                person
                for person in self._people.get(user["id"], ())
                if person["deleted_at"] is None
                and person["directory_id"] == user["authority_directory_id"]
            ]
            if living:
                yield user, min(living, key=lambda person: str(person["id"]))

    def _profiles(self) -> Iterator[str]:
        for user, author in self._authors():
            for column in PROFILE:
                if user[column] != author[column]:
                    yield (
                        f"{user['id']} has the {column} {user[column]!r},"
                        f" and {author['id']} says {author[column]!r}"
                    )

    def _living_directories(self, user: Row) -> set[str]:
        """Those of this organization that know the user now."""
        people = self._people.get(user["id"], ())
        return {person["directory_id"] for person in people if person["deleted_at"] is None}

    def _authority_is_ours(self, user: Row) -> bool:
        ours = {row["id"] for row in self._rows["directories"]}
        return user["authority_directory_id"] in ours

    def _authorities(self) -> Iterator[str]:
        for user in self._rows["users"]:
            living = self._living_directories(user)
            authority = user["authority_directory_id"]
            ours = [
                person["email"]
                for person in self._people.get(user["id"], ())
                if person["deleted_at"] is None and self._is_ours(person["email"])
            ]
            speaks = ours and user["email_key"] and self._has_our_address(user)
            if speaks and not self._authority_is_ours(user):
                yield f"{user['id']} has an address of ours, and follows {authority}"
            if self._authority_is_ours(user) and living and authority not in living:
                yield f"{user['id']} follows {authority}, and only {sorted(living)} know the person"

    def _addresses(self) -> Iterator[str]:
        held = {
            row["email_key"]
            for row in self._rows["users"]
            # Whom this organization made and no longer knows keeps an address nobody else wants.
            if self._living_directories(row) or not self._authority_is_ours(row)
        }
        for user in self._rows["users"]:
            awaited = None if user["email_key"] is not None else _folded(user["email"])
            if user["awaited_email_key"] != awaited:
                yield f"{user['id']} awaits {user['awaited_email_key']}, and not {awaited}"
        for user, author in self._authors():
            wanted = _folded(author["email"])
            domain = _domain(author["email"])
            me, owner = self._organization["id"], self._proven_by.get(domain)
            is_anothers = owner not in {None, me}
            is_planted = is_anothers and user["email_vouched_by"] == me and user["email_key"]
            if (
                is_planted
                and (me, domain) not in self._holdings
                and (owner, user["id"]) not in self._everywhere
            ):
                yield f"{user['id']} holds {user['email_key']} by our word, and it is another's"
            if user["email_key"] is None and not is_anothers and wanted not in {*held, None}:
                yield f"{user['id']} does not hold {wanted}, and nobody else does"
            elif user["email_key"] is not None and user["email_key"] != wanted:
                yield f"{user['id']} holds {user['email_key']}, and says {wanted}"

    # --- who may what ----------------------------------------------------------------------------

    @cached_property
    def _memberships(self) -> dict[str, Row]:
        return {row["user_id"]: row for row in self._rows["memberships"] if not row["purged_at"]}

    @cached_property
    def _leaving(self) -> set[str]:
        """Those whom all directories have let go, and whose grace period is not over."""
        return {
            row["membership_id"] for row in self._rows["leaving_steps"] if row["step"] == "remove"
        }

    def _held(self, membership_id: str) -> set[Source]:
        return {
            (row["role_id"], row["source_type"], row["source_id"], row["workspace_id"])
            for row in self._rows["grants"]
            if row["membership_id"] == membership_id and row["revoked_at"] is None
        }

    def _person(self, user_id: str, people: list[Row]) -> Iterator[str]:
        membership = self._memberships.get(user_id)
        if membership is None:
            yield f"{user_id} is in a directory, and has no membership"
            return
        held = self._held(membership["id"])
        if membership["id"] in self._parked_ids:
            return
        if membership["lost_at"] is not None and membership["status"] == "active":
            yield f"{membership['id']} is active, and counted as lost"
        known = any(person["deleted_at"] is None for person in people)
        if not membership["directory_managed"]:
            if known:
                yield f"{membership['id']} is in a directory, and should be managed by it"
            return
        status, wanted = _status(people, membership), self._wanted(people)
        if membership["id"] in self._leaving:
            # What groups gave is kept until the grace period is over, and counts for nothing.
            kept = {source for source in held if source[1] != "direct"}
            status, wanted = "active" if known else "suspended", kept
        if membership["status"] != status:
            yield f"{membership['id']} is {membership['status']}, and should be {status}"
        synced = {source for source in held if source[1] != "direct"}
        for source in sorted(wanted - synced):
            yield f"{membership['id']} lacks {source}"
        for source in sorted(synced - wanted):
            yield f"{membership['id']} has {source}, and should not"

    def _wanted(self, people: list[Row]) -> set[Source]:
        living = [person for person in people if person["deleted_at"] is None]
        if not living:
            return set()
        wanted = {(self._organization["default_role_id"], "default", "", "")}
        for person in living:
            groups = self._groups_around(person["id"])
            wanted |= {
                (mapping["role_id"], "mapping", mapping["id"], mapping["workspace_id"])
                for mapping in self._rows["mappings"]
                if mapping["group_id"] in groups
            }
        if self._organization["role_mode"] == "highest":
            ranks = {role["id"]: role["rank"] for role in self._rows["roles"]}
            wanted = {
                source
                for source in wanted
                if not any(
                    other[3] == source[3] and ranks[other[0]] > ranks[source[0]] for other in wanted
                )
            }
        return wanted

    @cached_property
    def _containers(self) -> dict[str, set[str]]:
        """The living groups that each user or group is directly in."""
        living = {row["id"] for row in self._rows["directory_groups"] if row["deleted_at"] is None}
        containers: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._rows["directory_group_members"]:
            if row["removed_at"] is None and row["group_id"] in living:
                containers[row["member_id"]].add(row["group_id"])
        return containers

    def _groups_around(self, member_id: str) -> set[str]:
        """Each living group that has the member, or has a group that has it."""
        found: set[str] = set()
        look = [member_id]
        while look:
            for group_id in self._containers.get(look.pop(), set()) - found:
                found.add(group_id)
                look.append(group_id)
        return found

    # --- what is held ----------------------------------------------------------------------------

    @cached_property
    def _parked_ids(self) -> set[str]:
        return {row["membership_id"] for row in self._rows["parked_changes"]}

    @cached_property
    def _owners(self) -> set[str]:
        active = {row["id"] for row in self._memberships.values() if row["status"] == "active"}
        return {
            membership_id
            for membership_id in active
            if any(_is_owner(source) for source in self._held(membership_id))
        }

    def _parked(self) -> Iterator[str]:
        users = {row["id"]: row for row in self._memberships.values()}
        for parked in self._rows["parked_changes"]:
            membership = users[parked["membership_id"]]
            people = self._people.get(membership["user_id"], [])
            status = _status(people, membership)
            what = f"{membership['id']}, parked for {parked['reason']},"
            if status != parked["wanted_status"]:
                yield f"{what} waits for {parked['wanted_status']}, and should be {status}"
            gone = parked["directory_id"] in self._disconnected and parked["said"] != "disconnected"
            if parked["decision"] == "rejected" and gone:
                yield f"{what} is rejected, and its directory is disconnected"
            if parked["decision"] == "released" and parked["reason"] != "last_owner":
                yield f"{what} is released, and was not looked at"
            yield from getattr(self, f"_{parked['reason']}")(membership, what, status, people)

    def _last_owner(
        self, membership: Row, what: str, status: str, people: list[Row]
    ) -> Iterator[str]:
        rejected = any(
            row["membership_id"] == membership["id"] and row["decision"] == "rejected"
            for row in self._rows["parked_changes"]
        )
        if self._owners != {membership["id"]} and not rejected:
            yield f"{what} is not the last owner: {sorted(self._owners)}"
        direct = {s for s in self._held(membership["id"]) if s[1] == "direct"}
        stays = any(_is_owner(source) for source in self._wanted(people) | direct)
        if status == "active" and stays:
            yield f"{what} may stay an owner"

    def _break_glass(
        self, membership: Row, what: str, status: str, people: list[Row]
    ) -> Iterator[str]:
        synced = {source for source in self._held(membership["id"]) if source[1] != "direct"}
        if membership["status"] == status and synced == self._wanted(people):
            yield f"{what} lacks nothing"

    def _mass_deprovisioning(
        self, membership: Row, what: str, status: str, people: list[Row]
    ) -> Iterator[str]:
        there = membership["suspended_by_admin_at"] is None
        if membership["status"] != ("active" if there else "suspended"):
            yield f"{what} is {membership['status']}"
        if any(person["deleted_at"] is None and person["active"] for person in people):
            yield f"{what} is active in a directory"
        if status == "active":
            yield f"{what} is to stay"

    def _breakers(self) -> Iterator[str]:
        """
        One is open exactly as long as somebody waits for a decision; but who was held before it was
        switched off waits on.
        """
        since = {row["directory_id"]: row["since"] for row in self._rows["directory_breakers"]}
        undecided = [
            row
            for row in self._rows["parked_changes"]
            if row["reason"] == "mass_deprovisioning" and row["decision"] is None
        ]
        waiting = {row["directory_id"] for row in undecided}
        of_now = {
            row["directory_id"]
            for row in undecided
            if since[row["directory_id"]] is None or row["parked_at"] > since[row["directory_id"]]
        }
        tripped = {
            row["directory_id"]
            for row in self._rows["directory_breakers"]
            if row["tripped_at"] is not None
        }
        if not of_now <= tripped <= waiting:
            yield f"{sorted(tripped)} have tripped, and {sorted(waiting)} hold somebody"
        for membership in self._memberships.values():
            lost_by = membership["lost_by_directory_id"]
            if (
                lost_by in tripped
                and membership["lost_at"] >= since[lost_by]
                and membership["suspended_by_admin_at"] is None
                and membership["user_id"] in self._people
            ):
                yield f"{membership['id']} waits to be taken back, and nobody looks"

    def _invitations(self) -> Iterator[str]:
        """One that may be accepted is not for a member who is here by a directory's word."""
        held = {row["id"]: row["email_key"] for row in self._rows["users"]}
        for invitation in self._rows["invitations"]:
            if invitation["status"] != "pending" or invitation["expires_at"] <= clock.now():
                continue
            for user_id, people in self._people.items():
                membership = self._memberships.get(user_id)
                if (
                    held[user_id] == invitation["email_key"]
                    and membership is not None
                    and membership["id"] not in self._parked_ids
                    and any(
                        person["deleted_at"] is None
                        and person["active"]
                        and _folded(person["email"]) == invitation["email_key"]
                        for person in people
                    )
                ):
                    yield f"{invitation['id']} is pending, and {user_id} is a member"
        for invitation in self._rows["invitations"]:
            if invitation["status"] == "accepted":
                membership = self._memberships.get(invitation["accepted_user_id"])
                if membership is None:
                    yield f"{invitation['id']} is accepted by nobody"

    # --- groups, and what was told ---------------------------------------------------------------

    def _mappings(self) -> Iterator[str]:
        groups = {row["id"]: row for row in self._rows["directory_groups"]}
        bound = {
            (row["group_id"], row["role_id"], row["workspace_id"]) for row in self._rows["mappings"]
        }
        for mapping in self._rows["mappings"]:
            if mapping["group_id"] is None:
                for group in groups.values():
                    if (
                        group["deleted_at"] is None
                        and group["directory_id"] == mapping["directory_id"]
                        and group["display_name_folded"] == mapping["group_name_folded"]
                        and (group["id"], mapping["role_id"], mapping["workspace_id"]) not in bound
                    ):
                        yield f"{mapping['id']} waits for {group['id']}, which is there"
            elif groups[mapping["group_id"]]["deleted_at"] is not None:
                yield f"{mapping['id']} is bound to a deleted group"

    def _roles(self) -> Iterator[str]:
        """A role that was replaced by another one is nobody's, whoever keeps what they had."""
        gone = {row["id"] for row in self._rows["roles"] if row["deleted_at"] is not None}
        given = {row["id"]: row["role_id"] for row in self._rows["mappings"]}
        for grant in self._rows["grants"]:
            role = grant["role_id"]
            if grant["revoked_at"] is None and role in gone:
                yield f"{grant['membership_id']} has {role}, which is no more"
            if grant["revoked_at"] is None and given.get(grant["source_id"], role) != role:
                yield f"{grant['id']} gives {role}, and its mapping another one"

    def _members(self) -> Iterator[str]:
        groups = {row["id"]: row for row in self._rows["directory_groups"]}
        for row in self._rows["directory_group_members"]:
            where = f"{row['member_id']} in {row['group_id']}"
            if row["removed_at"] is not None:
                yield f"{where}: removed, and nobody was told"
            elif groups[row["group_id"]]["deleted_at"] is not None:
                yield f"{where}: the group is deleted"
            elif not row["told"]:
                yield f"{where}: nobody was told"

    def _events(self) -> Iterator[str]:
        sequences = sorted(row["sequence"] for row in self._rows["events"])
        if sequences != list(range(1, len(sequences) + 1)):
            yield "the sequence of events has gaps"
        (counter,) = self._rows["event_counters"]
        if counter["sequence"] != len(sequences):
            yield f"the counter stands at {counter['sequence']} after {len(sequences)} events"

    def _told(self) -> Iterator[str]:
        users = {row["id"]: row for row in self._rows["users"]}
        for membership in self._memberships.values():
            told = json.loads(membership["told_profile"])
            user = users[membership["user_id"]]
            if membership["status"] != "removed" and told != {name: user[name] for name in PROFILE}:
                yield f"{membership['id']} was told as {told}"


def _is_owner(source: Source) -> bool:
    """The owner of a workspace is not the organization's."""
    return (source[0], source[3]) == (OWNER, "")


def _domain(email: str | None) -> str:
    name = (email or "").rpartition("@")[2].lower()
    name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    return name.removesuffix(".")


def _folded(email: str | None) -> str | None:
    if email is None:
        return None
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).casefold())


def _status(people: list[Row], membership: Row) -> str:
    living = [person for person in people if person["deleted_at"] is None]
    if any(person["active"] for person in living):
        return "active" if membership["suspended_by_admin_at"] is None else "suspended"
    return "suspended" if living else "removed"
