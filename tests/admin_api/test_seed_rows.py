"""
What an organization API has to offer, row by row of a survey of comparable products. A row is shown
by the tests `test_sNN_…` beside this one or of the operators' page, or there is a reason why not.
"""

import ast
import re
from pathlib import Path

ROWS = {
    "S1": "an organization is the place of its policies",
    "S2": "signing up makes an organization",
    "S3": "users create organizations, as many as they may",
    "S4": "the organization is in the tokens",
    "S5": "the claims of an ID token",
    "S6": "the claims of an access token",
    "S7": "only a display name is needed",
    "S8": "a slug, for redirect URLs",
    "S9": "the caller's own id",
    "S10": "a logo",
    "S11": "metadata",
    "S12": "a region",
    "S13": "times of creation and change",
    "S14": "an organization is read back",
    "S15": "clients and samples",
    "S16": "a name for programs",
    "S17": "a display name for people",
    "S18": "branding",
    "S19": "limits of metadata",
    "S20": "connections that make members, and such that do not",
    "S21": "a code for every failure",
    "S22": "scopes of keys",
    "S23": "a form for people, with the fields of the API",
    "S24": "regional domains, features by plan",
    "S25": "an index for machines",
    "S26": "the structure of an organization",
    "S27": "the structure of a user",
    "S28": "users come by themselves or by the API",
    "S29": "one organization per person, or several",
    "S30": "workspaces",
    "S31": "domains of an organization: assignment, routing, restriction",
    "S32": "domains are verified by DNS, a meta tag, a file",
    "S33": "an address leads to its organization",
    "S34": "built-in roles",
    "S35": "custom roles, and checks of permissions",
    "S36": "invitations",
    "S37": "provisioning by SCIM",
    "S38": "references of Authorization, SCIM, Organizations, Users",
}
WITHOUT_TEST = {
    "S24": "Not for who hosts it: they have one region, their own, and every feature. "
    "`region_code` is kept for the operator's own routing.",
}


TESTS = Path(__file__).parents[1]


def shown() -> set[str]:
    """Of the tests there, by their names."""
    found = set()
    for path in [*TESTS.glob("admin_api/test_*.py"), *TESTS.glob("console/test_*.py")]:
        for node in ast.parse(path.read_text()).body:
            match = isinstance(node, ast.FunctionDef) and re.match(r"test_s(\d\d)_", node.name)
            if match:
                found.add(f"S{int(match[1])}")
    return found


def test_every_row_has_a_test_or_a_reason() -> None:
    assert shown() | set(WITHOUT_TEST) == set(ROWS)


def test_what_has_a_reason_has_no_test() -> None:
    assert shown() & set(WITHOUT_TEST) == set()
