"""
Every refusal of the protocol, with the status and `scimType` of RFC 7644 §3.12 Table 9 and of
RFC 9865 §2.1.

ScimError
├── InvalidSyntax   400 invalidSyntax   the body is not JSON, or not the shape of the request
├── InvalidValue    400 invalidValue    a value is missing, or does not fit its attribute
├── InvalidFilter   400 invalidFilter   a filter, or an attribute or comparison in it, is refused
├── InvalidPath     400 invalidPath     the path of a PATCH operation is malformed or unknown
├── NoTarget        400 noTarget        a path of a PATCH operation selects nothing to change
├── Mutability      400 mutability      a readOnly or required attribute would be changed
├── InvalidCursor   400 invalidCursor   a cursor is none that was given
├── InvalidCount    400 invalidCount    with a cursor, a count that is no size of a page
└── TooMany         413                 more operations or members than one request may carry
"""

from typing import Any, ClassVar

from provisioning.errors import (
    Collision,
    Invalid,
    NotFound,
    ProvisioningError,
    Refused,
    Stale,
    Taken,
    Unavailable,
    UnknownMember,
    UnknownRole,
    Unusable,
)

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A refusal as it leaves: HTTP `status`, `scim_type` and a `detail` for the administrator."""

    def __init__(self, status: int, scim_type: str | None, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.scim_type = scim_type
        self.detail = detail

    def body(self) -> dict[str, Any]:
        """The Error message that tells of this refusal."""
        return body(self.status, self.scim_type, self.detail)


class _Refusal(ScimError):
    """One row of Table 9: the class is the status and the scimType."""

    STATUS: ClassVar[int] = 400
    SCIM_TYPE: ClassVar[str | None]

    def __init__(self, detail: str) -> None:
        super().__init__(self.STATUS, self.SCIM_TYPE, detail)


class InvalidSyntax(_Refusal):
    """The body is not JSON, or not the shape that the request must have."""

    SCIM_TYPE = "invalidSyntax"


class InvalidValue(_Refusal):
    """`attribute` (a path as the client writes it) is missing or holds a value that is refused."""

    SCIM_TYPE = "invalidValue"

    def __init__(self, attribute: str, problem: str) -> None:
        super().__init__(f"{attribute}: {problem}")
        self.attribute = attribute


class InvalidFilter(_Refusal):
    """The filter is malformed, or asks what cannot be asked."""

    SCIM_TYPE = "invalidFilter"


class InvalidPath(_Refusal):
    """The path of a PATCH operation is malformed, or names no attribute."""

    SCIM_TYPE = "invalidPath"


class NoTarget(_Refusal):
    """The path of a PATCH operation is missing, or selects nothing that could be changed."""

    SCIM_TYPE = "noTarget"


class Mutability(_Refusal):
    """A readOnly attribute would be written."""

    SCIM_TYPE = "mutability"


class InvalidCursor(_Refusal):
    """The cursor is none of ours."""

    SCIM_TYPE = "invalidCursor"


class InvalidCount(_Refusal):
    """Who pages by cursors asks for pages of no size."""

    SCIM_TYPE = "invalidCount"


class TooMany(_Refusal):
    """The request carries more than one request may (RFC 7644 §3.12, status 413)."""

    STATUS = 413
    SCIM_TYPE = None


_TRANSLATIONS: dict[type[ProvisioningError], tuple[int, str | None]] = {
    NotFound: (404, None),
    UnknownRole: (404, None),
    Taken: (409, "uniqueness"),
    Invalid: (400, "invalidValue"),
    UnknownMember: (400, "invalidValue"),
    Collision: (503, None),  # clients repeat a 5xx, and never a 4xx
    Refused: (409, None),
    Stale: (412, None),
    Unavailable: (503, None),
    Unusable: (503, None),
}


def translate(error: ProvisioningError) -> ScimError:
    """The refusal of the domain as SCIM tells it; each class of the domain has its row above."""
    status, scim_type = _TRANSLATIONS[type(error)]
    return ScimError(status, scim_type, str(error))


def body(status: int, scim_type: str | None, detail: str) -> dict[str, Any]:
    """
    The Error message of RFC 7644 §3.12.

    `status` is text there; every error must be this JSON, or Okta cannot parse it.
    """
    typed = {} if scim_type is None else {"scimType": scim_type}
    return {"schemas": [ERROR_URN], "status": str(status), **typed, "detail": detail}
