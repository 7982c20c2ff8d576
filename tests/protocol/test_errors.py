"""Refusals leave as RFC 7644 §3.12 says."""

import pytest

from provisioning import errors as domain
from scim_api.protocol import errors


def descendants(parent: type) -> set[type]:
    children: list[type] = parent.__subclasses__()
    return set(children).union(*map(descendants, children))


def test_every_refusal_of_the_domain_has_its_status() -> None:
    assert set(errors._TRANSLATIONS) == descendants(domain.ProvisioningError)  # noqa: SLF001


def test_the_status_of_an_error_is_text() -> None:
    assert errors.body(404, None, "User 'x' was not found") == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "404",
        "detail": "User 'x' was not found",
    }


@pytest.mark.parametrize(
    ("refusal", "status", "scim_type"),
    [
        (domain.NotFound("User", "u1"), 404, None),
        (domain.Taken("User", "userName"), 409, "uniqueness"),
        (domain.Invalid("title", "is odd"), 400, "invalidValue"),
        (domain.UnknownMember(["u1"]), 400, "invalidValue"),
        (domain.Collision(), 503, None),
        (domain.Stale("User"), 412, None),
        (domain.Unavailable(), 503, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_refusal_of_the_domain_keeps_its_sentence(
    refusal: domain.ProvisioningError, status: int, scim_type: str | None
) -> None:
    error = errors.translate(refusal)

    assert (error.status, error.scim_type) == (status, scim_type)
    assert error.detail == str(refusal)


def test_a_refused_value_names_its_attribute() -> None:
    assert errors.InvalidValue("name.givenName", "must be a string").body() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "scimType": "invalidValue",
        "detail": "name.givenName: must be a string",
    }


def test_too_much_has_a_status_and_no_type() -> None:
    assert errors.TooMany("x").body()["status"] == "413"
    assert "scimType" not in errors.TooMany("x").body()
