"""What is told: in order, without gaps, each thing once, and enough to follow along."""

from provisioning.store import directory_news
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.tenant import FOUNDING, Tenant, found


def test_a_life_is_told_from_the_first_to_the_last(acme: Tenant) -> None:
    acme.map("Engineering", "admin")
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.drain()
    acme.edit(ada, active=False)
    acme.drain()
    acme.leave(group, ada)
    acme.drain()
    acme.delete(ada)
    acme.unpush(group)
    acme.drain()

    assert acme.told() == [
        "group_role_mapping.created",
        "directory_user.created",
        "directory_group.created",
        "directory_group.member_added",
        "group_role_mapping.updated",
        "organization_membership.created",
        "role_grant.created",
        "role_grant.created",
        "directory_user.updated",
        "organization_membership.updated",
        "directory_group.member_removed",
        "role_grant.deleted",
        "group_role_mapping.updated",
        "directory_user.deleted",
        "directory_group.deleted",
        "organization_membership.deleted",
        "role_grant.deleted",
    ]
    check(acme)


def test_an_event_says_what_was_before(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", title="Analyst")
    acme.drain()
    acme.edit(ada, title=None, displayName="Ada")
    acme.edit(ada, displayName="Countess")
    acme.drain()

    updated = next(e for e in acme.events() if e["type"] == "directory_user.updated")
    assert updated["previous_attributes"] == {"title": "Analyst", "displayName": None}
    assert updated["data"]["resource"] == {"userName": "ada@acme.test", "displayName": "Countess"}
    check(acme)


def test_a_change_and_its_reverse_between_two_drains_are_no_news(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", displayName="Ada")
    acme.drain()
    before = acme.told()

    acme.edit(ada, displayName="Countess")
    acme.edit(ada, displayName="Ada")
    acme.drain()
    assert acme.told() == before

    acme.edit(ada, displayName="Countess")
    acme.drain()
    assert acme.told()[len(before) :] == [
        "directory_user.updated",
        "organization_membership.updated",
    ]
    check(acme)


def test_who_is_edited_and_deleted_at_once_was_before_what_was_told_last(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", displayName="Ada")
    group = acme.push("Engineering", ada)
    acme.drain()
    acme.edit(ada, displayName="Countess")
    acme.rename(group, "Development")
    acme.delete(ada)
    acme.unpush(group)
    acme.drain()

    user, deleted_group = (
        next(e for e in acme.events() if e["type"] == f"directory_{kind}.deleted")
        for kind in ("user", "group")
    )
    assert user["previous_attributes"]["resource"]["displayName"] == "Ada"
    assert user["data"]["resource"]["displayName"] == "Countess"
    assert deleted_group["previous_attributes"]["resource"] == {"displayName": "Engineering"}
    assert "directory_user.updated" not in acme.told()
    check(acme)


def test_nobody_hears_of_who_came_and_went_between_two_drains(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.delete(ada)
    acme.unpush(group)
    acme.drain()

    assert acme.told() == []


def test_who_leaves_after_their_group_has_gone_makes_no_news_of_it(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Engineering", ada)
    acme.unpush(group)
    with transaction(acme.engine) as connection:
        # The drain of an earlier note, which comes to the group when it is deleted already.
        directory_news.resources(connection, acme.organization_id, "group", [group], wait=True)
    acme.delete(ada)
    acme.drain()

    assert acme.told() == []
    check(acme)


def test_joining_and_leaving_between_two_drains_is_no_news(acme: Tenant) -> None:
    ada, bob = acme.create("ada@acme.test"), acme.create("bob@acme.test")
    group = acme.push("Engineering", ada)
    acme.drain()
    before = acme.told()

    acme.leave(group, ada)
    acme.join(group, ada)
    acme.join(group, bob)
    acme.leave(group, bob)
    acme.drain()

    assert acme.told() == before
    check(acme)


def test_a_group_that_gains_members_is_not_an_updated_group(acme: Tenant) -> None:
    group = acme.push("Engineering")
    acme.drain()
    acme.join(group, acme.create("ada@acme.test"))
    acme.rename(group, "Development")
    acme.drain()

    (updated,) = [e for e in acme.events() if e["type"] == "directory_group.updated"]
    assert updated["previous_attributes"] == {"displayName": "Engineering"}
    check(acme)


def test_the_members_of_a_group_that_was_never_told_are_not_told(acme: Tenant) -> None:
    inner = acme.push("Backend", acme.create("ada@acme.test"))
    outer = acme.push("Everybody", inner)
    acme.unpush(outer)
    acme.unpush(inner)
    acme.drain()

    assert acme.told() == [
        "directory_user.created",
        "organization_membership.created",
        "role_grant.created",
    ]


def test_a_group_in_a_group_joins_and_leaves(acme: Tenant) -> None:
    inner = acme.push("Backend")
    outer = acme.push("Everybody", inner)
    acme.drain()
    acme.leave(outer, inner)
    acme.drain()

    assert acme.told()[-2:] == ["directory_group.member_added", "directory_group.member_removed"]
    check(acme)


def test_who_comes_back_is_told_as_created_under_the_same_id(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.drain()
    acme.delete(ada)
    acme.drain()
    acme.create("ada@acme.test")
    acme.drain()

    memberships = [e for e in acme.events() if e["type"].startswith("organization_membership")]
    assert [e["type"].rpartition(".")[2] for e in memberships] == ["created", "deleted", "created"]
    assert len({e["data"]["id"] for e in memberships}) == 1
    assert memberships[-1]["previous_attributes"] == {"status": "removed"}
    check(acme)


def test_who_comes_back_under_another_name_is_told_once_as_they_are_now(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test", displayName="Ada")
    acme.drain()
    acme.delete(ada)
    acme.drain()
    before = acme.events()[-1]["sequence"]
    acme.create("ada@acme.test", displayName="Countess")
    acme.drain()

    news = [e for e in acme.events(before) if e["type"].startswith("organization_membership")]
    assert [e["type"] for e in news] == ["organization_membership.created"]
    assert news[0]["data"]["user"]["display_name"] == "Countess"
    check(acme)


def test_what_is_held_back_is_told_once_and_its_release_as_well(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    group = acme.push("Owners", ada)
    acme.map("Owners", "owner")
    acme.drain()
    acme.edit(ada, active=False)
    acme.drain()
    acme.resync()
    acme.drain()
    acme.join(group, acme.create("bob@acme.test"))
    acme.drain()

    changes = [e for e in acme.events() if e["type"].startswith("change.")]
    assert [e["type"] for e in changes] == ["change.held", "change.released"]
    assert [e["data"]["wanted_status"] for e in changes] == ["suspended", "suspended"]
    assert [e["data"]["status"] for e in changes] == ["active", "suspended"]
    assert changes[1]["data"]["outcome"] == "applied"
    check(acme)


def test_what_the_idp_takes_back_is_released_as_withdrawn(acme: Tenant) -> None:
    ada = acme.create("ada@acme.test")
    acme.push("Owners", ada)
    acme.map("Owners", "owner")
    acme.drain()
    acme.edit(ada, active=False)
    acme.drain()
    acme.edit(ada, active=True)
    acme.drain()

    released = acme.events()[-1]
    assert released["type"] == "change.released"
    assert released["data"]["outcome"] == "withdrawn"
    assert released["data"]["wanted_status"] == "suspended"
    assert released["data"]["status"] == "active"
    check(acme)


def test_each_organization_counts_for_itself(acme: Tenant) -> None:
    other = found(acme.engine, "Other")
    for tenant in (acme, other, acme):
        tenant.push(f"Group {len(tenant.told())}", tenant.create(f"{len(tenant.told())}@x.test"))
        tenant.drain()

    assert check(acme).sequence > check(other).sequence > 0
    ids = [event["id"] for tenant in (acme, other) for event in tenant.events()]
    assert len(ids) == len(set(ids))


def test_an_event_names_who_acted_and_the_directory(acme: Tenant) -> None:
    acme.create("ada@acme.test")
    acme.drain()

    event = acme.events(after=len(FOUNDING))[0]
    assert event["context"] == {"actor": "worker:drain", "directory_id": acme.directory.id}
    assert event["organization_id"] == acme.organization_id
