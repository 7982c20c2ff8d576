"""A product that keeps memberships compares them by the Python client."""

import secrets

import pytest

from provisioning_client import Client
from provisioning_client.attestations import HeldMembership, digest, pages
from provisioning_client.errors import Conflict, NotFound
from provisioning_client.organizations import Organization

STRANGER = "usr_ffffffffffffffffffffffffffffffff"


@pytest.fixture
def organization(either: Client) -> Organization:
    made = either.organizations.create(f"Customer {secrets.token_hex(4)}")
    for role in ("owner", "admin", "guest"):
        member = {"email": f"{role}-{secrets.token_hex(6)}@example.com"}
        either.memberships.create(made.id, member, roles=[role])  # type: ignore[arg-type]
    return made


def held(client: Client, organization: Organization) -> list[HeldMembership]:
    """What a product that has made no mistake holds."""
    found: list[HeldMembership] = [
        {
            "user_id": one.user.id,
            "status": "active" if one.status == "active" else "suspended",
            "roles": [role.role for role in one.roles],
        }
        for one in client.memberships.list(organization.id)
    ]
    return sorted(found, key=lambda one: one["user_id"])


def test_an_equal_digest_is_one_short_answer(either: Client, organization: Organization) -> None:
    mine = held(either, organization)

    answer = either.attestations.attest(organization.id, digest(mine))
    other = either.attestations.attest(organization.id, digest(mine[1:]))

    assert (answer.equal, answer.count, answer.digest) == (True, 3, digest(mine))
    assert (other.equal, other.digest) == (False, digest(mine))
    assert answer.sequence == [event.sequence for event in either.events.list(organization.id)][-1]


def test_what_differs_is_found_page_by_page(either: Client, organization: Organization) -> None:
    mine = held(either, organization)
    lost, changed = mine[0], mine[1]
    changed["roles"] = ["emperor"]
    wrong: list[HeldMembership] = [
        *mine[1:],
        {"user_id": STRANGER, "status": "active", "roles": []},
    ]

    found = [
        either.attestations.compare(
            organization.id, page.memberships, after=page.after, through=page.through, repair=True
        )
        for page in pages(wrong, 2)
    ]

    differences = {one.user_id: one.kind for part in found for one in part.differences}
    assert differences == {
        lost["user_id"]: "missing",
        changed["user_id"]: "different",
        STRANGER: "extra",
    }
    repairs = [one for part in found for one in part.repairs]
    assert [one.type for one in repairs] == [
        *("organization_membership.created", "role_grant.created"),
        *("role_grant.created", "role_grant.deleted"),
        "organization_membership.deleted",
    ]
    assert {one.context["source"] for one in repairs} == {"attestation"}
    assert [part.through for part in found] == [wrong[1]["user_id"], None]


def test_a_page_goes_on_where_the_answer_ended() -> None:
    mine: list[HeldMembership] = [
        {"user_id": f"usr_{number}", "status": "active", "roles": []} for number in range(3)
    ]
    (page,) = pages(mine)

    left = page.behind("usr_1")

    assert (left.after, left.through, left.memberships) == ("usr_1", None, (mine[2],))


def test_refusals(either: Client, organization: Organization) -> None:
    mine = held(either, organization)

    with pytest.raises(Conflict) as unordered:
        either.attestations.compare(organization.id, mine[::-1])
    with pytest.raises(NotFound):
        either.attestations.attest("org_0", digest([]))

    assert unordered.value.code == "not_in_order"
