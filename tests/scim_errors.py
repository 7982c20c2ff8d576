"""How a refusal has to look on the wire (RFC 7644 §3.12)."""

import httpx

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    """The status and the scimType of what must be an Error message."""
    assert answer.headers["content-type"] == "application/scim+json"
    body = answer.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(answer.status_code)
    assert body["detail"]
    return answer.status_code, body.get("scimType")
