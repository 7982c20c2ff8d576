"""Domains by the API: claimed, shown with what to publish, put to use, given up."""

import secrets
from typing import Any

import pytest

from provisioning import clock, domain_changes, domain_checks, domains
from provisioning.domain_proofs import Observation
from provisioning.errors import Collision
from provisioning.ids import DomainId, OrganizationId
from provisioning.store.engine import reading, transaction
from tests.admin_serving import Admin, problem
from tests.signing_in import told
from tests.tenant import acting


@pytest.fixture
def name() -> str:
    """Nobody else's in a server that tests share."""
    return f"{secrets.token_hex(6)}.example"


@pytest.fixture
def acme(admin: Admin) -> str:
    return str(admin.organization()["id"])


def path(organization_id: str, domain_id: str = "", verb: str = "") -> str:
    return "/".join(
        part for part in (f"/organizations/{organization_id}/domains", domain_id, verb) if part
    )


def claim(admin: Admin, organization_id: str, name: str) -> dict[str, Any]:
    return admin.post(path(organization_id), {"name": name})


def vouch(admin: Admin, organization_id: str, domain_id: str) -> dict[str, Any]:
    """As an administrator of the installation."""
    return admin.post(path(organization_id, domain_id, "verify-manually"), {"note": "a contract"})


def test_a_claim_is_pending_and_says_what_to_publish(admin: Admin, acme: str, name: str) -> None:
    made = claim(admin, acme, f"{name.upper()}.")

    assert made["id"].startswith("dom_")
    assert (made["name"], made["state"], made["method"]) == (name, "pending", None)
    assert made["policies"] == {"auto_join": "off", "auto_join_role": None, "restrict_email": False}
    dns, meta, file = made["instructions"]
    assert dns["place"] == f"_provisioning-challenge.{name}"
    token = dns["value"].removeprefix("token=").removesuffix(" expiry=never")
    assert len(token) * 5 >= 128  # base32
    assert (meta["place"], meta["value"]) == (
        f"https://{name}/",
        f'<meta name="provisioning-domain-verification" content="{token}">',
    )
    assert (file["place"], file["value"]) == (
        f"https://{name}/.well-known/provisioning-domain-verification.txt",
        dns["value"],
    )
    assert admin.get(path(acme, made["id"])) == made
    assert admin.get(path(acme))["data"] == [made]
    assert told(admin, acme)[-1][0] == "organization_domain.created"


def test_each_is_found_by_its_own_id(admin: Admin, acme: str, name: str) -> None:
    made = [claim(admin, acme, f"{number}.{name}") for number in range(2)]

    assert [admin.get(path(acme, one["id"]))["name"] for one in made] == [f"0.{name}", f"1.{name}"]
    assert [one["id"] for one in admin.get(path(acme))["data"]] == [one["id"] for one in made]


def test_an_international_name_is_shown_as_people_write_it(admin: Admin, acme: str) -> None:
    word = secrets.token_hex(6)

    made = claim(admin, acme, f"MÜNCHEN-{word}.example")

    assert made["name"].startswith("xn--mnchen-")
    assert made["unicode_name"] == f"münchen-{word}.example"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("not a domain", "domain_invalid"),
        ("co.uk", "domain_is_public_suffix"),
        ("gmail.com", "domain_is_mailbox_provider"),
        ("mailinator.com", "domain_is_disposable"),
        ("\u0430pple.example", "domain_mixes_scripts"),
    ],
)
def test_what_is_nobodys_own_is_refused(admin: Admin, acme: str, wanted: str, code: str) -> None:
    answer = admin.client.post(path(acme), json={"name": wanted})

    assert problem(answer) == (409, code)


def test_twice_the_same_is_refused_however_it_is_written(
    admin: Admin, acme: str, name: str
) -> None:
    claim(admin, acme, name)

    answer = admin.client.post(path(acme), json={"name": f"{name.upper()}."})

    assert problem(answer) == (409, "domain_already_exists")


def test_an_organization_has_so_many_domains_at_most(admin: Admin, acme: str, name: str) -> None:
    for number in range(domains.LIMIT):
        claim(admin, acme, f"{number}.{name}")

    answer = admin.client.post(path(acme), json={"name": name})

    assert problem(answer) == (409, "domain_limit_reached")


def test_several_organizations_may_claim_a_name_and_one_has_it(
    admin: Admin, acme: str, name: str
) -> None:
    other = admin.organization()["id"]
    mine, theirs = claim(admin, acme, name), claim(admin, other, name)
    assert mine["instructions"] != theirs["instructions"]

    verified = vouch(admin, acme, mine["id"])
    body = {"note": "they say so"}
    refused = admin.client.post(path(other, theirs["id"], "verify-manually"), json=body)

    assert (verified["state"], verified["method"], verified["note"]) == (
        "verified",
        "manual",
        "a contract",
    )
    assert verified["next_check_at"] is None
    assert problem(refused) == (409, "domain_contested")
    assert admin.get(path(other, theirs["id"]))["state"] == "pending"
    assert [type_ for type_, _ in told(admin, acme)] == [
        "organization_domain.created",
        "organization_domain.verified",
    ]


def test_no_organization_vouches_for_itself(admin: Admin, acme: str, name: str) -> None:
    made = claim(admin, acme, name)
    with admin.with_key("*", organization_id=acme) as own:
        answer = own.client.post(path(acme, made["id"], "verify-manually"), json={"note": "mine"})

    assert problem(answer) == (403, "forbidden")
    assert admin.get(path(acme, made["id"]))["state"] == "pending"


def contested(admin: Admin, holder: str, contester: str, name: str) -> tuple[str, str]:
    """The domain of the one, and the claim of the other, who has shown a proof."""
    mine, theirs = claim(admin, holder, name)["id"], claim(admin, contester, name)["id"]
    vouch(admin, holder, mine)
    seen = Observation(
        method="dns_txt", outcome="found", reason="found", sentence="It is there.", at=clock.now()
    )
    with reading(admin.engine) as connection:
        found = domains.get(connection, OrganizationId(contester), DomainId(theirs))
    domain_checks.settle(admin.engine, found, [seen], clock.now())
    return mine, theirs


def test_both_see_a_contest_and_neither_sees_whom_it_is_with(
    admin: Admin, acme: str, name: str
) -> None:
    other = admin.organization()["id"]
    mine, theirs = contested(admin, acme, other, name)

    assert [one["is_contested"] for one in admin.get(path(acme))["data"]] == [True]
    shown = admin.get(path(other, theirs))
    assert (shown["state"], shown["is_contested"], shown["method"]) == (
        "contested",
        False,
        "dns_txt",
    )
    assert shown["last_check"]["observations"][0]["sentence"] == "It is there."
    assert other not in str(admin.get(path(acme, mine)))
    assert other not in str(told(admin, acme))


def test_the_installation_decides_a_contest_and_no_organization_does(
    admin: Admin, acme: str, name: str
) -> None:
    other = admin.organization()["id"]
    mine, theirs = contested(admin, acme, other, name)
    body = {"winner": "contester", "note": "the register says so"}
    where = path(other, theirs, "decide-contest")
    with admin.with_key("*", organization_id=other) as own:
        assert problem(own.client.post(where, json=body)) == (403, "forbidden")
    with admin.with_key("*", organization_id=acme) as own:
        assert problem(own.client.post(where, json=body)) == (404, "not_found")

    decided = admin.client.post(where, json=body).json()

    assert (decided["state"], decided["note"]) == ("verified", body["note"])
    assert admin.get(path(acme, mine))["state"] == "failed"
    again = admin.client.post(where, json=body)
    assert problem(again) == (409, "domain_not_contested")


def test_what_is_verified_needs_neither_a_check_nor_another_word(
    admin: Admin, acme: str, name: str
) -> None:
    made = claim(admin, acme, name)
    vouch(admin, acme, made["id"])

    for verb, body in (("check", None), ("verify-manually", {"note": "again"})):
        answer = admin.client.post(path(acme, made["id"], verb), json=body)
        assert problem(answer) == (409, "domain_already_verified")


def test_a_check_is_due_at_once(admin: Admin, acme: str, name: str) -> None:
    made = claim(admin, acme, name)

    asked = admin.post(path(acme, made["id"], "check"))
    again = admin.post(path(acme, made["id"], "check"))

    assert asked["next_check_at"] < made["next_check_at"]
    assert again["next_check_at"] == asked["next_check_at"]


def test_policies_are_changed_one_by_one_and_told(admin: Admin, acme: str, name: str) -> None:
    made = claim(admin, acme, name)
    one = path(acme, made["id"])

    def change(**policies: Any) -> dict[str, Any]:
        answer = admin.client.patch(one, json={"policies": policies})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["policies"])

    assert change(auto_join="role", auto_join_role="guest") == {
        "auto_join": "role",
        "auto_join_role": "guest",
        "restrict_email": False,
    }
    assert change(restrict_email=True)["auto_join_role"] == "guest"
    assert change(auto_join_role=None) == {
        "auto_join": "role",
        "auto_join_role": None,
        "restrict_email": True,
    }
    before = len(told(admin, acme))
    change(restrict_email=True)
    assert len(told(admin, acme)) == before
    assert told(admin, acme)[-1][0] == "organization_domain.updated"


@pytest.mark.parametrize(
    ("role", "expected"), [("owner", (409, "role_not_allowed")), ("x", (404, "role_not_found"))]
)
def test_some_roles_are_not_given_for_an_address(
    admin: Admin, acme: str, name: str, role: str, expected: tuple[int, str]
) -> None:
    made = claim(admin, acme, name)

    answer = admin.client.patch(path(acme, made["id"]), json={"policies": {"auto_join_role": role}})

    assert problem(answer) == expected


def test_a_role_that_a_domain_gives_goes_only_for_another_one(
    admin: Admin, acme: str, name: str
) -> None:
    made = claim(admin, acme, name)
    roles = f"/organizations/{acme}/roles"
    admin.post(roles, {"name": "trial", "rank": 150, "permissions": []})
    admin.client.patch(path(acme, made["id"]), json={"policies": {"auto_join_role": "trial"}})

    refused = admin.client.delete(f"{roles}/trial")
    done = admin.client.delete(f"{roles}/trial", params={"replace_with": "guest"})

    assert problem(refused) == (409, "role_in_use")
    assert done.status_code == 204, done.text
    assert admin.get(path(acme, made["id"]))["policies"]["auto_join_role"] == "guest"


def test_a_name_that_is_given_up_is_free(admin: Admin, acme: str, name: str) -> None:
    other = admin.organization()["id"]
    mine, theirs = claim(admin, acme, name), claim(admin, other, name)
    vouch(admin, acme, mine["id"])

    assert admin.client.delete(path(acme, mine["id"])).status_code == 204

    assert problem(admin.client.get(path(acme, mine["id"]))) == (404, "not_found")
    assert vouch(admin, other, theirs["id"])["state"] == "verified"
    assert told(admin, acme)[-1][0] == "organization_domain.deleted"


def test_the_domains_of_a_deleted_organization_are_free(admin: Admin, acme: str, name: str) -> None:
    other = admin.organization()["id"]
    vouch(admin, acme, claim(admin, acme, name)["id"])
    organization = admin.get(f"/organizations/{acme}")
    admin.client.request("DELETE", f"/organizations/{acme}", params={"name": organization["name"]})

    assert vouch(admin, other, claim(admin, other, name)["id"])["state"] == "verified"


def test_the_database_itself_lets_one_organization_have_a_name(
    admin: Admin, acme: str, name: str
) -> None:
    """Two that have both looked, and found that nobody has it."""
    other = admin.organization()["id"]
    mine, theirs = claim(admin, acme, name), claim(admin, other, name)
    vouch(admin, acme, mine["id"])
    with reading(admin.engine) as connection:
        found = domains.get(connection, OrganizationId(other), DomainId(theirs["id"]))

    with pytest.raises(Collision), transaction(admin.engine) as connection:
        domain_changes.verify(connection, found, "dns_txt", acting())


def test_the_place_of_the_record_may_have_a_label_of_the_account(admin: Admin) -> None:
    path = f"/organizations/{admin.organization()['id']}/domains"
    name = f"{secrets.token_hex(6)}.example"
    made = admin.post(path, {"name": name, "account_label": True})
    label = made["account_label"]
    assert label.startswith("_")
    assert made["instructions"][0]["place"] == f"{label}._provisioning-challenge.{name}"

    one = f"{path}/{made['id']}"
    again = admin.client.patch(one, json={"account_label": True}).json()
    assert again["account_label"] == label
    without = admin.client.patch(one, json={"account_label": False}).json()
    assert without["account_label"] is None
    assert without["instructions"][0]["place"] == f"_provisioning-challenge.{name}"
    assert admin.client.patch(one, json={}).json() == without
