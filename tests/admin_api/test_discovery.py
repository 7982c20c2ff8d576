"""From an e-mail address to organizations and their connections (S33)."""

import secrets

import pytest

from tests.admin_serving import Admin
from tests.signing_in import claims, connect, set_status, sign_in


@pytest.fixture
def domain() -> str:
    return f"{secrets.token_hex(6)}.test"


def test_the_domain_of_an_address_leads_to_an_organization_and_its_connections(
    admin: Admin, domain: str
) -> None:
    organization = admin.organization(policies={"allowed_email_domains": ["x.test", domain]})
    connection_id = connect(admin, organization["id"])

    (found,) = admin.post("/discovery", {"email": f"Ada@{domain.upper()}"})["data"]

    assert found == {
        "id": organization["id"],
        "display_name": organization["display_name"],
        "name": organization["name"],
        "slug": None,
        "found_by": "email_domain",
        "connections": [
            {
                "id": connection_id,
                "display_name": "Okta",
                "provider": "okta",
                "protocol": "oidc",
                "external_id": None,
            }
        ],
    }


def test_a_membership_comes_first_and_only_while_it_is_active(admin: Admin, domain: str) -> None:
    by_domain = admin.organization(policies={"allowed_email_domains": [domain]})["id"]
    mine = admin.organization()["id"]
    email = f"ada@{domain}"
    answer = sign_in(admin, claims(secrets.token_hex(8), email), connection_id=connect(admin, mine))

    before = admin.post("/discovery", {"email": email})["data"]
    set_status(admin, answer["membership"]["id"], "suspended")
    after = admin.post("/discovery", {"email": email})["data"]

    assert [(one["id"], one["found_by"]) for one in before] == [
        (mine, "membership"),
        (by_domain, "email_domain"),
    ]
    assert [one["id"] for one in after] == [by_domain]


@pytest.mark.parametrize("part", ["sub.{}", "a{}", "%{}", "_.test"])
def test_another_domain_leads_nowhere(admin: Admin, domain: str, part: str) -> None:
    admin.organization(policies={"allowed_email_domains": [domain]})

    assert admin.post("/discovery", {"email": f"ada@{part.format(domain)}"})["data"] == []


def test_an_organizations_key_is_told_of_no_other(admin: Admin, domain: str) -> None:
    policies = {"allowed_email_domains": [domain]}
    mine, other = (admin.organization(policies=policies)["id"] for _ in range(2))
    email = f"ada@{domain}"
    sign_in(admin, claims(secrets.token_hex(8), email), connection_id=connect(admin, other))

    with admin.with_key("create:sign_ins", organization_id=mine) as theirs:
        found = theirs.post("/discovery", {"email": email})["data"]

    assert [one["id"] for one in found] == [mine]
