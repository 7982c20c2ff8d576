"""Domains on the command line: whatever is typed, one sentence says what is wrong with it."""

import pytest

from provisioning.store import domain_tables
from tests.cli.test_refusals import sentence
from tests.command_line import Settings
from tests.tenant import Tenant

NAMES: dict[str, tuple[str | bytes, str]] = {
    "a page": ("https://acme.example/", "is no domain name"),
    "a line": ("acme.example\nacme.example", "is no domain name"),
    "no text": (b"acme\xff.example", "is no domain name"),
    "a suffix": ("co.uk", "is a public suffix"),
    "a Cyrillic letter": ("\u0430cme.example", "mixes letters of Cyrillic, Latin"),
    "very long": ("a" * 5000, "is no domain name"),
}
NOTES = {"space": "  ", "too long": "x" * 1001}


@pytest.mark.parametrize(("name", "fault"), NAMES.values(), ids=list(NAMES))
def test_a_name_that_is_none(
    settings: Settings, tenant: Tenant, name: str | bytes, fault: str
) -> None:
    said = sentence(settings, "domain", "add", "--organization", tenant.organization_id, "--", name)

    assert fault in said
    assert len(said) < 400
    assert tenant.rows(domain_tables.domains) == []


@pytest.mark.parametrize("note", NOTES.values(), ids=list(NOTES))
def test_a_word_that_says_nothing_verifies_nothing(
    settings: Settings, tenant: Tenant, note: str
) -> None:
    tenant.claim("acme.example")
    here = ("--organization", tenant.organization_id)

    said = sentence(settings, "domain", "verify", *here, "--note", note, "acme.example")

    assert said.startswith("note: must be 1 to 1000 characters")
    (row,) = tenant.rows(domain_tables.domains)
    assert row["state"] == "pending"
