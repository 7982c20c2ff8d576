"""A new organization: refused at its fields, made once, with all that the API knows."""

import secrets
from typing import Any

from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator


def named(admin: Admin, display_name: str) -> list[dict[str, Any]]:
    found = admin.get("/organizations", display_name=display_name)["data"]
    return list(found)


def unique(word: str) -> str:
    return f"{word}-{secrets.token_hex(4)}"


def test_s23_a_form_makes_brands_and_describes_an_organization(
    operator: Operator, admin: Admin
) -> None:
    name = unique("orion")
    john = admin.post("/users", {"email": f"{name}@example.com"})["id"]
    operator.sign_in(admin.secret)
    operator.page.get_by_role("link", name="New organization").click()

    for path, value in {
        "display_name": "Orion Analytics",
        "name": name,
        "slug": f"{name}.example",
        "external_id": f"{name}/1",
        "region_code": "EU",
        "creator_user_id": john,
        "logo_url": "https://127.0.0.1:1/logo.png",
        "branding.primary_color": "#0a7f5c",
        "branding.page_background": "#F4F4F0",
        "policies.default_role": "guest",
        "policies.creator_role": "admin",
        "policies.seat_limit": "50",
    }.items():
        operator.input(path).fill(value)
    operator.add_pair("plan", "enterprise")
    operator.add_pair("note", "two\nlines")
    operator.input("policies.sign_in").select_option("invited")
    operator.input("policies.role_mode").select_option("highest")
    operator.input("policies.provisioning_scope").select_option("hold")
    operator.page.get_by_label("Restrict e-mail domains").check()
    operator.input("policies.allowed_email_domains").fill("example.com\n\n orion.example \n")
    operator.press("Create organization")

    expect(operator.title).to_have_text("Orion Analytics")
    (made,) = admin.get("/organizations", name=name)["data"]
    assert {key: made[key] for key in made if key not in {"id", "created_at", "updated_at"}} == {
        "display_name": "Orion Analytics",
        "name": name,
        "slug": f"{name}.example",
        "external_id": f"{name}/1",
        "logo_url": "https://127.0.0.1:1/logo.png",
        "branding": {"primary_color": "#0a7f5c", "page_background": "#F4F4F0"},
        "metadata": {"plan": "enterprise", "note": "two\nlines"},
        "region_code": "EU",
        "policies": {
            "sign_in": "invited",
            "role_mode": "highest",
            "default_role": "guest",
            "creator_role": "admin",
            "provisioning_scope": "hold",
            "seat_limit": 50,
            "allowed_email_domains": ["example.com", "orion.example"],
        },
    }
    (member,) = admin.get(f"/organizations/{made['id']}/memberships")["data"]
    assert member["user"]["id"] == john
    for shown in (made["id"], "Created", "Changed"):
        expect(operator.page.locator(".facts")).to_contain_text(shown)


def test_only_a_display_name_is_needed_and_only_it_is_sent(
    operator: Operator, admin: Admin
) -> None:
    name = unique("Bare")
    operator.sign_in(admin.secret, "#/organizations/new")

    operator.input("display_name").fill(name)
    with operator.page.expect_request(lambda request: request.method == "POST") as sent:
        operator.press("Create organization")

    assert sent.value.post_data_json == {"display_name": name}
    assert len(sent.value.headers["idempotency-key"]) == 32
    expect(operator.title).to_have_text(name)


def test_every_field_that_the_api_refuses_says_so_and_keeps_what_was_typed(
    operator: Operator, admin: Admin
) -> None:
    typed = {
        "name": "Not For Programs",
        "slug": "-x-",
        "external_id": "x" * 256,
        "region_code": "eu",
        "logo_url": "http://insecure.example",
        "branding.primary_color": "green",
        "policies.default_role": "what ever",
        "policies.seat_limit": "many",
        "policies.allowed_email_domains": "fine.example\nnot a domain",
    }
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.add_pair("long", "x" * 256)
    operator.page.get_by_label("Restrict e-mail domains").check()
    for path, value in typed.items():
        operator.input(path).fill(value)

    operator.press("Create organization")

    expect(operator.page.locator("#new .summary")).to_be_focused()
    marked = {*typed, "display_name", "metadata"}
    answer = admin.client.post("/organizations", json={"display_name": "A", "slug": "-x-"})
    (detail,) = answer.json()["error"]["details"]
    expect(operator.field("slug").locator(".problem")).to_have_text(detail["problem"])
    expect(operator.field("metadata").locator(".problem")).to_contain_text("“long”: ")
    expect(operator.field("policies.allowed_email_domains").locator(".problem")).to_contain_text(
        "“not a domain”: "
    )
    expect(operator.page.get_by_label("Value of the pair")).to_have_attribute(
        "aria-invalid", "true"
    )
    for path in marked - {"metadata"}:
        expect(operator.input(path)).to_have_attribute("aria-invalid", "true")
        described = operator.input(path).get_attribute("aria-describedby") or ""
        problem = operator.field(path).locator(".problem")
        assert problem.get_attribute("id") in described.split()
    assert operator.page.locator(".problem:not(:empty)").count() == len(marked)
    for path, value in typed.items():
        expect(operator.input(path)).to_have_value(value)

    # Each problem leads to its field.
    operator.page.locator("#new .summary button").filter(has_text="Slug").click()
    expect(operator.input("slug")).to_be_focused()


def test_what_is_taken_is_told_at_its_field_and_no_more_once_it_is_mended(
    operator: Operator, admin: Admin
) -> None:
    taken, name = unique("taken"), unique("Second")
    admin.organization("First", slug=taken)
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.input("display_name").fill(name)
    operator.input("slug").fill(taken)

    operator.press("Create organization")

    expect(operator.field("slug").locator(".problem")).to_have_text("is already in use")
    operator.input("slug").fill(f"{taken}-2")
    operator.press("Create organization")
    expect(operator.title).to_have_text(name)


def test_who_is_unknown_is_told_at_the_field(operator: Operator, admin: Admin) -> None:
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.input("display_name").fill("A")
    operator.input("creator_user_id").fill("usr_nobody")

    operator.press("Create organization")

    expect(operator.field("creator_user_id").locator(".problem")).to_contain_text("usr_nobody")
    operator.input("creator_user_id").fill("")
    operator.input("policies.default_role").fill("emperor")
    operator.press("Create organization")
    expect(operator.field("policies.default_role").locator(".problem")).to_contain_text("emperor")
    expect(operator.field("policies.creator_role").locator(".problem")).to_be_empty()


def test_a_double_click_makes_one(operator: Operator, admin: Admin) -> None:
    name = unique("Twice")
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.input("display_name").fill(name)

    posts: list[str] = []
    operator.page.on("request", lambda request: posts.append(request.method))

    operator.page.get_by_role("button", name="Create organization").dblclick()

    expect(operator.title).to_have_text(name)
    assert len(named(admin, name)) == posts.count("POST") == 1


def create_unheard(operator: Operator, admin: Admin) -> str:
    """The name of an organization that is made, and of which the page does not hear."""
    name = unique("Lost")
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.input("display_name").fill(name)
    operator.lose_the_next_answer("/organizations")
    operator.press("Create organization")
    expect(operator.page.locator("#new .summary")).to_be_visible()
    return name


def test_an_answer_that_is_lost_is_asked_for_again_and_makes_one(
    operator: Operator, admin: Admin
) -> None:
    name = create_unheard(operator, admin)
    expect(operator.page.locator("#new .summary")).to_contain_text("could not be reached")
    operator.press("Create organization")

    expect(operator.title).to_have_text(name)
    assert len(named(admin, name)) == 1


def test_who_changes_the_form_after_a_lost_answer_is_told_of_the_first(
    operator: Operator, admin: Admin
) -> None:
    name = create_unheard(operator, admin)
    operator.input("display_name").fill(f"{name} B")

    operator.press("Create organization")

    expect(operator.page.locator("#new .summary")).to_contain_text("has arrived after all")
    assert (len(named(admin, name)), named(admin, f"{name} B")) == (1, [])
    operator.press("Create organization")
    expect(operator.title).to_have_text(f"{name} B")


def test_a_pair_that_is_there_twice_is_not_sent(operator: Operator, admin: Admin) -> None:
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.input("display_name").fill("Pairs")
    operator.add_pair("team", "c")
    operator.add_pair("plan", "a")
    operator.add_pair("plan", "b")

    operator.press("Create organization")

    expect(operator.field("metadata").locator(".problem")).to_have_text("“plan” is there twice")
    names = operator.page.get_by_label("Name of the pair")
    marks = names.evaluate_all("all => all.map(one => one.getAttribute('aria-invalid'))")
    assert marks == [None, "true", "true"]


def test_pairs_end_at_the_limit_of_the_api(operator: Operator, admin: Admin) -> None:
    operator.sign_in(admin.secret, "#/organizations/new")
    add = operator.page.get_by_role("button", name="Add a pair")

    for _ in range(25):
        add.click()

    expect(operator.page.get_by_text("25 of 25")).to_be_visible()
    expect(add).to_be_disabled()
    operator.page.get_by_role("button", name="Remove this pair").first.click()
    expect(add).to_be_enabled()
