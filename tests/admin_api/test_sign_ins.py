"""Who may sign in, whose account it is, and which organizations they join by it."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from provisioning.store.admin_tables import idempotent_answers, invitations, sign_in_identities
from provisioning.store.engine import transaction
from provisioning.store.people_tables import users
from tests.admin_serving import Admin
from tests.signing_in import claims, connect, invite, refused, set_status, sign_in, told


@pytest.fixture
def sub() -> str:
    return secrets.token_hex(8)


@pytest.fixture
def email(sub: str) -> str:
    return f"{sub}@acme.test"


@pytest.fixture
def acme(admin: Admin) -> str:
    """An organization's id."""
    return str(admin.organization()["id"])


def test_a_newcomer_gets_an_account_and_no_organization(admin: Admin, sub: str, email: str) -> None:
    answer = sign_in(admin, claims(sub, email, name="Ada", picture="https://a.test/ada.png"))

    assert answer["user"] | {"id": ""} == {
        "id": "",
        "email": email,
        "display_name": "Ada",
        "given_name": None,
        "family_name": None,
        "picture_url": "https://a.test/ada.png",
        "phone_number": None,
        "is_new": True,
    }
    assert (answer["organization"], answer["membership"], answer["organizations"]) == (
        None,
        None,
        [],
    )
    assert answer["claims"]["email_verified"] is True
    assert (answer["claims"]["oid"], answer["claims"]["roles"]) == (None, [])


def test_the_same_subject_is_the_same_person_whatever_their_address(
    admin: Admin, sub: str, email: str
) -> None:
    first = sign_in(admin, claims(sub, email))
    again = sign_in(admin, claims(sub, f"other-{email}"))

    assert again["user"]["id"] == first["user"]["id"]
    assert (first["user"]["is_new"], again["user"]["is_new"]) == (True, False)
    assert again["claims"]["email_verified"] is False
    assert again["claims"]["sid"] != first["claims"]["sid"]


def test_the_last_sign_in_is_remembered(admin: Admin, sub: str, email: str) -> None:
    sign_in(admin, claims(sub, email))
    query = select(sign_in_identities.c.last_sign_in_at).where(sign_in_identities.c.subject == sub)
    with admin.engine.connect() as connection:
        first = connection.execute(query).scalar_one()
    sign_in(admin, claims(sub, email))

    with admin.engine.connect() as connection:
        assert connection.execute(query).scalar_one() > first


def test_a_verified_address_of_the_installation_is_the_persons_own_proof(
    admin: Admin, sub: str, email: str
) -> None:
    first = sign_in(admin, claims(sub, email))
    second = sign_in(admin, claims(f"other-{sub}", email.upper()))

    assert second["user"]["id"] == first["user"]["id"]


@pytest.mark.parametrize("verified", [False, None])
def test_an_address_that_is_not_verified_opens_nobodys_account(
    admin: Admin, sub: str, email: str, *, verified: bool | None
) -> None:
    sign_in(admin, claims(sub, email))
    stranger = claims(f"other-{sub}", email) | {"email_verified": verified}

    assert refused(admin, stranger) == (409, "account_conflict")


def test_who_only_claims_an_address_does_not_keep_its_owner_out(
    admin: Admin, sub: str, email: str
) -> None:
    """Nor is the owner let into the account that somebody else has prepared."""
    pretender = sign_in(admin, claims(sub, email) | {"email_verified": False})
    owner = sign_in(admin, claims(f"other-{sub}", email))

    assert owner["user"]["is_new"]
    assert owner["user"]["id"] != pretender["user"]["id"]


def test_an_address_that_is_verified_later_is_the_accounts_from_then_on(
    admin: Admin, sub: str, email: str
) -> None:
    first = sign_in(admin, claims(sub, email) | {"email_verified": False})
    sign_in(admin, claims(sub, email))

    assert sign_in(admin, claims(f"other-{sub}", email))["user"]["id"] == first["user"]["id"]


def test_an_organizations_connection_does_not_open_the_account_of_a_stranger(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    """Invariant 6: an organization's identity provider speaks for that organization alone."""
    sign_in(admin, claims(sub, email))
    connection_id = connect(admin, acme)

    answer = refused(admin, claims("theirs", email), connection_id=connection_id)

    assert answer == (409, "account_conflict")
    assert told(admin, acme) == []


@pytest.mark.parametrize("verified", [False, None])
def test_a_connection_reaches_its_member_unless_it_denies_the_address(
    admin: Admin, acme: str, sub: str, email: str, *, verified: bool | None
) -> None:
    """Entra ID says nothing of `email_verified`, and directories are believed for their members."""
    connection_id = connect(admin, acme)
    with transaction(admin.engine) as connection:
        invite(connection, acme, email, "member")
    member = sign_in(admin, claims(sub, email))
    again = claims("theirs", email) | {"email_verified": verified}

    answer = admin.client.post(
        "/sign-ins", json={"claims": again, "connection_id": connection_id}
    ).json()

    if verified is None:
        assert answer["user"]["id"] == member["user"]["id"]
        assert answer["claims"]["email_verified"] is False
    else:
        assert answer["error"]["code"] == "account_conflict"


def test_an_organizations_key_speaks_for_its_organization_alone(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    with transaction(admin.engine) as connection:
        invite(connection, acme, email, "admin")
    member = sign_in(admin, claims(sub, email))
    other = admin.organization()["id"]
    with transaction(admin.engine) as connection:
        invite(connection, other, email, "owner")
    sign_in(admin, claims(sub, email))

    with admin.with_key("create:sign_ins", organization_id=acme) as theirs:
        answer = sign_in(theirs, claims("their own name", email))
        elsewhere = refused(theirs, claims("their own name", email), organization_id=other)

    assert answer["user"]["id"] == member["user"]["id"]
    assert [one["id"] for one in answer["organizations"]] == [acme]
    assert answer["claims"]["oid"] == acme
    assert elsewhere == (404, "not_found")


def test_a_connection_lets_join_with_the_default_role(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    connection_id = connect(admin, acme)

    answer = sign_in(admin, claims(sub, email, name="Ada"), connection_id=connection_id)
    sign_in(admin, claims(sub, email, name="Ada"), connection_id=connection_id)

    assert answer["organization"]["id"] == acme
    assert answer["claims"]["oid"] == acme
    assert answer["claims"]["roles"] == ["member"]
    assert answer["claims"]["permissions"] == [
        "members:read",
        "organization:read",
        "workspaces:read",
    ]
    membership_id, user_id = answer["membership"]["id"], answer["user"]["id"]
    (created, membership), (granted, grant) = told(admin, acme)
    assert (created, granted) == ("organization_membership.created", "role_grant.created")
    assert membership == {
        "id": membership_id,
        "organization_id": acme,
        "status": "active",
        "suspended_by": None,
        "break_glass": False,
        "user": {
            "id": user_id,
            "email": email,
            "display_name": "Ada",
            "given_name": None,
            "family_name": None,
        },
    }
    assert grant | {"id": ""} == {
        "id": "",
        "organization_id": acme,
        "membership_id": membership_id,
        "user_id": user_id,
        "role": {"id": "role_member", "name": "member"},
        "workspace": None,
        "source": {"type": "default"},
    }


def test_a_connection_that_assigns_nobody_lets_nobody_in_and_leaves_no_account(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    connection_id = connect(admin, acme, assign=False)

    answer = refused(admin, claims(sub, email), connection_id=connection_id)

    assert answer == (409, "not_a_member")
    with admin.engine.connect() as connection:
        query = select(func.count()).select_from(users).where(users.c.email == email)
        assert connection.execute(query).scalar_one() == 0


def test_without_any_way_in_a_named_organization_stays_closed(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    assert refused(admin, claims(sub, email), organization_id=acme) == (409, "not_a_member")
    assert refused(admin, claims(sub, email), organization_id="org_none") == (404, "not_found")


def test_an_invitation_is_accepted_by_a_verified_address(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    with transaction(admin.engine) as connection:
        invitation_id = invite(connection, acme, email.upper(), "admin")

    answer = sign_in(admin, claims(sub, email))

    assert answer["organization"]["id"] == acme
    assert answer["claims"]["roles"] == ["admin"]
    with admin.engine.connect() as connection:
        row = connection.execute(
            select(invitations.c.status, invitations.c.accepted_user_id).where(
                invitations.c.id == invitation_id
            )
        ).one()
    assert tuple(row) == ("accepted", answer["user"]["id"])
    types = [event for event, _ in told(admin, acme)]
    assert types == [
        "organization_membership.created",
        "role_grant.created",
        "invitation.accepted",
    ]
    _, accepted = told(admin, acme)[-1]
    assert (accepted["id"], accepted["status"]) == (invitation_id, "accepted")


def test_an_invitation_is_not_for_who_only_claims_its_address(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    with transaction(admin.engine) as connection:
        invite(connection, acme, email, "owner")

    unverified = claims(sub, email) | {"email_verified": False}

    assert sign_in(admin, unverified)["organizations"] == []
    assert refused(admin, unverified, organization_id=acme) == (409, "not_a_member")


def test_an_expired_invitation_opens_nothing(admin: Admin, acme: str, sub: str, email: str) -> None:
    with transaction(admin.engine) as connection:
        invite(connection, acme, email, "admin", days=-1)

    assert sign_in(admin, claims(sub, email))["organizations"] == []


def test_of_several_organizations_none_is_chosen_for_the_person(
    admin: Admin, sub: str, email: str
) -> None:
    organizations = [str(admin.organization()["id"]) for _ in range(2)]
    with transaction(admin.engine) as connection:
        for organization_id in organizations:
            invite(connection, organization_id, email, "member")

    several = sign_in(admin, claims(sub, email))
    one = sign_in(admin, claims(sub, email), organization_id=organizations[1])

    assert [each["id"] for each in several["organizations"]] == organizations
    assert (several["organization"], several["claims"]["oid"]) == (None, None)
    assert one["organization"]["id"] == one["claims"]["oid"] == organizations[1]
    assert len(one["organizations"]) == 2


@pytest.mark.parametrize("status", ["suspended", "removed"])
@pytest.mark.parametrize("way", ["connection", "invitation", "named", "unnamed"])
def test_who_was_shut_out_is_not_let_in_again_by_signing_in(
    admin: Admin, acme: str, sub: str, email: str, status: str, way: str
) -> None:
    connection_id = connect(admin, acme)
    wish = {"connection_id": connection_id} if way in {"connection", "invitation"} else {}
    with transaction(admin.engine) as connection:
        invite(connection, acme, email, "member")
    membership = sign_in(admin, claims(sub, email), **wish)["membership"]
    set_status(admin, membership["id"], status)
    before = told(admin, acme)
    if way == "invitation":
        with transaction(admin.engine) as connection:
            invite(connection, acme, email, "owner")
    if way == "named":
        wish = {"organization_id": acme}

    assert refused(admin, claims(sub, email), **wish) == (409, f"membership_{status}")
    assert told(admin, acme) == before


@pytest.mark.parametrize(
    ("policy", "way", "expected"),
    [
        ("anyone", "connection", None),
        ("invited", "connection", "not_a_member"),
        ("connections", "connection", None),
        ("anyone", "invitation", None),
        ("invited", "invitation", None),
        ("connections", "invitation", "connection_required"),
    ],
)
def test_the_policy_says_who_may_join(
    admin: Admin, sub: str, email: str, policy: str, way: str, expected: str | None
) -> None:
    organization_id = admin.organization(policies={"sign_in": policy})["id"]
    wish = {"organization_id": organization_id}
    if way == "connection":
        wish = {"connection_id": connect(admin, organization_id)}
    else:
        with transaction(admin.engine) as connection:
            invite(connection, organization_id, email, "member")

    answer = admin.client.post("/sign-ins", json={"claims": claims(sub, email), **wish})

    assert (None if answer.is_success else answer.json()["error"]["code"]) == expected


def test_the_last_seat_is_given_once(admin: Admin, sub: str) -> None:
    organization_id = admin.organization(policies={"seat_limit": 1})["id"]
    connection_id = connect(admin, organization_id)
    bodies = [
        {"claims": claims(f"{sub}-{n}", f"{sub}-{n}@acme.test"), "connection_id": connection_id}
        for n in range(4)
    ]

    with ThreadPoolExecutor(len(bodies)) as together:
        answers = list(together.map(lambda body: admin.client.post("/sign-ins", json=body), bodies))

    codes = sorted("" if one.is_success else one.json()["error"]["code"] for one in answers)
    assert codes == ["", "seat_limit_reached", "seat_limit_reached", "seat_limit_reached"]


def test_an_invited_person_has_a_seat_already(admin: Admin, sub: str, email: str) -> None:
    organization_id = admin.organization(policies={"seat_limit": 1})["id"]
    with transaction(admin.engine) as connection:
        invite(connection, organization_id, email, "member")

    assert sign_in(admin, claims(sub, email))["organization"]["id"] == organization_id


def test_two_first_sign_ins_at_once_make_one_account(
    admin: Admin, acme: str, sub: str, email: str
) -> None:
    connection_id = connect(admin, acme)
    body = {"claims": claims(sub, email), "connection_id": connection_id}

    def at_once(_: int) -> httpx.Response:
        return admin.client.post("/sign-ins", json=body)

    with ThreadPoolExecutor(6) as together:
        answers = list(together.map(at_once, range(6)))

    good = [one.json() for one in answers if one.is_success]
    assert good
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one["user"]["id"] for one in good}) == 1
    assert [name for name, _ in told(admin, acme)] == [
        "organization_membership.created",
        "role_grant.created",
    ]


def test_a_redirect_url_carries_the_organizations_slug_or_else_its_name(
    admin: Admin, sub: str, email: str
) -> None:
    slug = f"slug-{sub}"
    template = "https://{{org_slug}}.product.test/home?org={{org_slug}}"
    nowhere = sign_in(admin, claims(sub, email), redirect_url_template=template)
    organization = admin.organization(slug=slug)
    with transaction(admin.engine) as connection:
        invite(connection, organization["id"], email, "member")
    by_slug = sign_in(admin, claims(sub, email), redirect_url_template=template)
    admin.client.patch(f"/organizations/{organization['id']}", json={"slug": None})
    by_name = sign_in(admin, claims(sub, email), redirect_url_template=template)

    assert nowhere["redirect_url"] is None
    assert by_slug["redirect_url"] == f"https://{slug}.product.test/home?org={slug}"
    assert f"https://{organization['name']}.product.test" in by_name["redirect_url"]


def test_no_answer_is_kept_for_there_may_be_tokens_in_it(
    admin: Admin, sub: str, email: str
) -> None:
    key = secrets.token_hex(8)

    for _ in range(2):
        answer = admin.client.post(
            "/sign-ins",
            json={"claims": claims(sub, email), "tokens": True},
            headers={"Idempotency-Key": key},
        )
        assert answer.is_success
        assert "idempotent-replayed" not in answer.headers
    with admin.engine.connect() as connection:
        query = select(func.count()).select_from(idempotent_answers)
        assert connection.execute(query.where(idempotent_answers.c.key == key)).scalar_one() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"claims": {"email": "a@b.test"}}, "claims.sub"),
        ({"claims": {"sub": "a", "email": "nobody"}}, "claims.email"),
        ({"claims": {"sub": "a", "groups": []}}, "claims.groups"),
        ({"claims": {"sub": "a"}, "id_token": "x"}, "claims"),
        ({}, "claims"),
    ],
)
def test_a_body_that_is_refused_names_the_field(
    admin: Admin, body: dict[str, object], field: str
) -> None:
    answer = admin.client.post("/sign-ins", json=body)

    assert answer.status_code == 400
    assert field in [detail["field"] for detail in answer.json()["error"]["details"]]
