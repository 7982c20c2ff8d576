"""
The forms against the OpenAPI document that the same server gives: each field of the API is a field
here, with the API's choices and the API's limits, and no other one is.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator

FORMS = {
    "NewOrganization": "#new",
    "ChangedOrganization": "#edit",
    "NewConnection": "#connection-new",
    "ChangedConnection": "[id^=con_]",
}
PAGING = {"limit", "after", "before"}


@pytest.fixture
def document(admin: Admin) -> dict[str, Any]:
    return dict(admin.client.get(f"{admin.address}/openapi.json").json())


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Of what may be null, what it is otherwise."""
    forms = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    (form,) = forms
    if "$ref" in form:
        return resolved(document, document["components"]["schemas"][form["$ref"].split("/")[-1]])
    return dict(form)


def leaves(
    document: dict[str, Any], schema: dict[str, Any], path: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place of a body that has a value, as `policies.seat_limit`."""
    for name, inner in schema["properties"].items():
        found = resolved(document, inner)
        if "properties" in found:
            yield from leaves(document, found, f"{path}{name}.")
        else:
            yield f"{path}{name}", found


def fields(document: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    return dict(leaves(document, document["components"]["schemas"][name]))


def open_form(operator: Operator, admin: Admin, name: str) -> None:
    if name == "NewOrganization":
        operator.sign_in(admin.secret, "#/organizations/new")
        return
    made = admin.organization()
    admin.post(
        f"/organizations/{made['id']}/connections",
        {"display_name": "A", "provider": "okta", "protocol": "oidc"},
    )
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    expect(operator.page.locator("[id^=con_] [data-field]").first).to_be_attached()


def shown(operator: Operator, form: str, script: str) -> dict[str, Any]:
    """By field, what a function of its element returns."""
    return dict(
        operator.page.evaluate(
            f"""form => Object.fromEntries(
                [...document.querySelectorAll(`${{form}} [data-field]`)].map(
                    (one) => [one.dataset.field, ({script})(one)]))""",
            form,
        )
    )


@pytest.mark.parametrize("name", FORMS)
def test_a_form_has_the_fields_the_choices_and_the_limits_of_the_api(
    operator: Operator, admin: Admin, document: dict[str, Any], name: str
) -> None:
    wanted = fields(document, name)
    open_form(operator, admin, name)

    choices = shown(
        operator, FORMS[name], "one => [...one.querySelectorAll('select option')].map(o => o.value)"
    )
    hints = shown(operator, FORMS[name], "one => one.querySelector('.hint[id]')?.textContent ?? ''")

    assert set(choices) == set(wanted)
    assert choices == {path: schema.get("enum", []) for path, schema in wanted.items()}
    for path, schema in wanted.items():
        said = re.findall(r"(?<![\w#])\d[\d,]*(?![\w–])", hints[path])
        known = re.findall(r"\d+", json.dumps(schema))
        assert {number.replace(",", "") for number in said} <= {*known, "0"}, path


def test_the_first_choice_is_the_apis_default(
    operator: Operator, admin: Admin, document: dict[str, Any]
) -> None:
    open_form(operator, admin, "NewOrganization")

    chosen = shown(operator, "#new", "one => one.querySelector('select')?.value ?? null")

    for path, schema in fields(document, "NewOrganization").items():
        assert chosen[path] == schema.get("default" if "enum" in schema else "", None), path


def test_the_search_has_the_filters_of_the_api(
    operator: Operator, admin: Admin, document: dict[str, Any]
) -> None:
    operator.sign_in(admin.secret)

    inputs = operator.page.locator(".search [name]").evaluate_all("all => all.map(o => o.name)")

    parameters = document["paths"]["/v1/organizations"]["get"]["parameters"]
    in_query = {one["name"] for one in parameters if one["in"] == "query"}
    assert set(inputs) == in_query - PAGING


def test_what_cannot_be_changed_is_shown(
    operator: Operator, admin: Admin, document: dict[str, Any]
) -> None:
    made = admin.organization()
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    facts = operator.page.locator(".facts")
    expect(facts).to_contain_text(made["id"])

    read_only = set(fields(document, "ShownOrganization")) - set(
        fields(document, "ChangedOrganization")
    )

    assert read_only == {"id", "created_at", "updated_at"}
    times = facts.locator("time").evaluate_all("all => all.map(one => one.dateTime)")
    assert times == [made["created_at"], made["updated_at"]]
