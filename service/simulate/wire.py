"""Words of RFC 7643 and 7644 that every dialect shares."""

import json
from typing import Any

Json = dict[str, Any]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def patch(*operations: Json) -> Json:
    """The body of a PATCH (RFC 7644 §3.5.2)."""
    return {"schemas": [_PATCH_OP], "Operations": list(operations)}


def complex_value(value: Any) -> Json:
    """What a server gave for a complex attribute; whatever is no object counts as unassigned."""
    return value if isinstance(value, dict) else {}


def equals(attribute: str, value: str) -> str:
    """`attribute eq "value"`: the value is a JSON string (RFC 7644 §3.4.2.2)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"
