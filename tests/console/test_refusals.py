"""What the server will not do is told in words, in place, and nothing typed is lost."""

from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator


def test_a_scope_that_is_missing_is_named(operator: Operator, admin: Admin) -> None:
    made = admin.organization()
    with admin.with_key("read:organizations") as other:
        operator.sign_in(other.secret, f"#/organizations/{made['id']}")
        operator.input("display_name").fill("Typed")

        operator.press("Save changes")

        expect(operator.page.locator("#edit .summary")).to_contain_text(
            "it lacks the scope update:organizations"
        )
        expect(operator.input("display_name")).to_have_value("Typed")
        # So do the parts of the page that ask for more.
        connections = operator.page.locator("section").filter(has_text="Connections").last
        expect(connections).to_contain_text("it lacks the scope read:connections")
        operator.press("Delete this organization …")
        expect(operator.page.get_by_role("dialog")).to_contain_text("This key may not see them")


def test_one_organizations_key_makes_no_other(operator: Operator, admin: Admin) -> None:
    mine = admin.organization()
    with admin.with_key("*", organization_id=mine["id"]) as other:
        operator.sign_in(other.secret, "#/organizations/new")
        operator.input("display_name").fill("Another")

        operator.press("Create organization")

        expect(operator.page.locator("#new .summary")).to_contain_text(
            "the API key of one organization may not do this"
        )


def test_a_key_that_asks_too_often_is_told_how_long_to_wait(
    operator: Operator, admin: Admin
) -> None:
    with admin.with_key("*", requests_per_minute=2) as other:
        operator.sign_in(other.secret, "#/organizations/new")
        operator.input("display_name").fill("Too often")
        other.client.get("/organizations")

        operator.press("Create organization")

        summary = operator.page.locator("#new .summary")
        expect(summary).to_contain_text("This key has asked too often. Try again in")
        expect(summary).to_contain_text("seconds.")
        expect(operator.input("display_name")).to_have_value("Too often")


def test_a_server_out_of_reach_takes_nothing_along(operator: Operator, admin: Admin) -> None:
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.input("display_name").fill("Offline")
    operator.add_pair("plan", "team")
    operator.page.context.set_offline(True)

    operator.press("Create organization")

    expect(operator.page.locator("#new .summary")).to_contain_text("could not be reached")
    expect(operator.input("display_name")).to_have_value("Offline")
    operator.page.context.set_offline(False)
    operator.press("Create organization")
    expect(operator.title).to_have_text("Offline")


def test_a_list_that_cannot_be_had_is_tried_again(operator: Operator, admin: Admin) -> None:
    admin.organization()
    operator.sign_in(admin.secret, "#/organizations/new")
    operator.page.context.set_offline(True)
    operator.page.get_by_role("link", name="← Organizations").click()
    expect(operator.page.get_by_role("alert")).to_contain_text("could not be reached")

    operator.page.context.set_offline(False)
    operator.press("Try again")

    expect(operator.page.locator("tbody tr").first).to_be_visible()
