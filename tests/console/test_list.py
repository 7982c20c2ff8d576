"""Finding organizations: by what the API finds them by, page after page."""

import secrets

from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator


def shown(operator: Operator) -> list[str]:
    """The names of a page, in order."""
    return operator.page.locator("tbody td:first-child").all_inner_texts()


def test_pages_follow_each_other_in_both_directions(operator: Operator, admin: Admin) -> None:
    region = secrets.token_hex(4).upper()
    names = [f"Customer {number}" for number in range(43)]
    for name in names:
        admin.organization(name, region_code=region)
    rows = operator.page.locator("tbody tr")
    operator.sign_in(admin.secret, f"#/organizations?region_code={region}")

    expect(rows).to_have_count(20)
    assert shown(operator) == names[:20]
    expect(operator.page.get_by_role("link", name="← Older")).to_have_count(0)
    operator.page.get_by_role("link", name="Newer →").click()
    expect(rows.first).to_contain_text(names[20])
    assert shown(operator) == names[20:40]
    operator.page.get_by_role("link", name="Newer →").click()
    expect(rows).to_have_count(3)
    expect(operator.page.get_by_role("link", name="Newer →")).to_have_count(0)
    operator.page.get_by_role("link", name="← Older").click()
    expect(rows.first).to_contain_text(names[20])
    operator.page.go_back()
    expect(rows).to_have_count(3)


def test_what_is_found_is_exactly_so_and_the_address_keeps_the_question(
    operator: Operator, admin: Admin
) -> None:
    external_id = f"a/b&c=%20 {secrets.token_hex(4)}"
    admin.organization("Sought", external_id=external_id)
    admin.organization("Another", external_id=external_id[:-1])
    operator.sign_in(admin.secret)

    operator.input("external_id").fill(external_id)
    operator.press("Find")

    rows = operator.page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Sought")
    expect(operator.input("external_id")).to_have_value(external_id)
    operator.input("display_name").fill("Another")
    operator.press("Find")
    expect(operator.page.get_by_text("No organization is so.")).to_be_visible()
    another = admin.organization("Another", external_id=external_id[:-2])
    operator.input("external_id").fill(external_id[:-2])
    operator.press("Find")
    expect(rows).to_have_count(1)
    admin.client.patch(f"/organizations/{another['id']}", json={"external_id": None})
    operator.press("Find")  # nothing typed: what is new is seen all the same
    expect(operator.page.get_by_text("No organization is so.")).to_be_visible()
    operator.page.get_by_role("link", name="Show all").click()
    expect(rows.first).to_be_visible()


def test_text_of_tenants_is_text(operator: Operator, admin: Admin) -> None:
    evil = f"<img src=x onerror='window.hit=1'>{secrets.token_hex(4)}"
    made = admin.organization(evil, external_id=evil, metadata={evil: evil})
    admin.post(
        f"/organizations/{made['id']}/connections",
        {"display_name": evil, "provider": "okta", "protocol": "oidc"},
    )
    admin.post(f"/organizations/{made['id']}/directories", {"display_name": evil, "type": "okta"})

    operator.sign_in(admin.secret)
    operator.input("display_name").fill(evil)
    operator.press("Find")
    operator.page.get_by_role("link", name=evil).click()

    expect(operator.title).to_have_text(evil)
    expect(operator.page.locator("summary").filter(has_text=evil)).to_be_visible()
    operator.press("Delete this organization …")
    expect(operator.page.get_by_role("dialog")).to_contain_text(f"Its directories stop: {evil}")
    assert operator.page.locator('img[src="x"]').count() == 0
    assert operator.page.evaluate("window.hit") is None


def test_an_organization_that_is_gone_is_told_so(operator: Operator, admin: Admin) -> None:
    operator.sign_in(admin.secret, f"#/organizations/org_{'0' * 32}")

    expect(operator.page.get_by_role("alert")).to_contain_text("There is no such thing")
