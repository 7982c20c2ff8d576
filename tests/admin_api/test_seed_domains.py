"""The rows about domains: what one is good for, how it is proven, whom an address leads to."""

import secrets
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from outbound.pages import Local
from provisioning import clock
from tests.admin_serving import Admin, problem
from tests.servers.dns import Zone, dns_server
from tests.servers.ports import LOOPBACK
from tests.servers.site import https_site
from tests.signing_in import claims, sign_in
from workers import dns_txt, web_proofs
from workers.dns_questions import Server
from workers.poll_domains import poll


@pytest.fixture
def name() -> str:
    return f"{secrets.token_hex(6)}.example"


@pytest.fixture
def acme(admin: Admin) -> str:
    return f"/organizations/{admin.organization()['id']}"


def verified(admin: Admin, acme: str, name: str, **policies: Any) -> dict[str, Any]:
    made = admin.post(f"{acme}/domains", {"name": name})
    path = f"{acme}/domains/{made['id']}"
    admin.client.patch(path, json={"policies": policies}).raise_for_status()
    return admin.post(f"{path}/verify-manually", {"note": "a customer of many years"})


def somebody(name: str) -> dict[str, Any]:
    sub = secrets.token_hex(8)
    return claims(sub, f"{sub}@{name}")


def test_s26_an_organization_has_domains(admin: Admin, acme: str, name: str) -> None:
    made = verified(admin, acme, name)

    assert admin.get(f"{acme}/domains")["data"] == [made]
    assert (made["name"], made["state"], made["method"]) == (name, "verified", "manual")


def test_s28_who_came_by_a_domain_is_known(admin: Admin, acme: str, name: str) -> None:
    verified(admin, acme, name, auto_join="role")

    member = sign_in(admin, somebody(name))["membership"]["id"]

    assert admin.get(f"{acme}/memberships/{member}")["provisioned_by"] == "domain"


def test_s31_a_verified_domain_assigns_and_restricts(admin: Admin, acme: str, name: str) -> None:
    verified(admin, acme, name, auto_join="role", auto_join_role="guest", restrict_email=True)

    answer = sign_in(admin, somebody(name))
    invited = admin.client.post(
        f"{acme}/invitations", json={"email": f"ada@other.{name}", "send_email": False}
    )

    assert (answer["organization"]["id"], answer["claims"]["roles"]) == (acme[15:], ["guest"])
    assert problem(invited) == (409, "email_domain_not_allowed")


@pytest.mark.parametrize("method", ["dns_txt", "meta", "file"])
def test_s32_a_domain_is_verified_by_dns_a_meta_tag_or_a_file(
    admin: Admin, acme: str, name: str, method: str, tmp_path: Path
) -> None:
    """With what the instructions say, as it stands there, by a server and a site that are real."""
    made = admin.post(f"{acme}/domains", {"name": name})
    path = f"{acme}/domains/{made['id']}"
    (wanted,) = [one for one in made["instructions"] if one["method"] == method]
    zone = Zone()
    zone.publish(name, LOOPBACK, kind="A")
    with (
        https_site(tmp_path, name) as site,
        dns_server(zone) as first,
        dns_server(zone) as second,
    ):
        if method == "dns_txt":
            zone.publish(wanted["place"], f'"{wanted["value"]}"')
        elif method == "meta":
            site.serve("/", f"<html><head>{wanted['value']}</head></html>")
        else:
            site.serve(wanted["place"].removeprefix(f"https://{name}"), wanted["value"])
        resolvers = [Server(LOOPBACK, first), Server(LOOPBACK, second)]
        local = Local(site.port, site.trust)
        looks = [
            partial(dns_txt.observe, resolvers=resolvers),
            partial(web_proofs.observe_meta, resolvers=resolvers, local=local),
            partial(web_proofs.observe_file, resolvers=resolvers, local=local),
        ]
        admin.post(f"{path}/check", {})
        poll(admin.engine, clock.now, looks, lambda _organization_id: None)

    shown = admin.get(path)
    assert (shown["state"], shown["method"]) == ("verified", method)


def test_s33_an_address_of_a_verified_domain_leads_to_its_organization(
    admin: Admin, acme: str, name: str
) -> None:
    verified(admin, acme, name)

    (found,) = admin.post("/discovery", {"email": f"Ada@{name.upper()}"})["data"]

    assert found["id"] == acme[15:]
    assert admin.post("/discovery", {"email": f"ada@sub.{name}"})["data"] == []
