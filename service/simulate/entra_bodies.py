"""What Entra's provisioning service creates, and how it sees what it reads back."""

from service.simulate.identities import Group, Person
from service.simulate.wire import ENTERPRISE_USER, GROUP, USER, Json, complex_value

WORK_EMAIL = 'emails[type eq "work"].value'
MANAGER = f"{ENTERPRISE_USER}:manager"

_SIMPLE = ("userName", "externalId", "active", "displayName", "title")
_NAME = ("givenName", "familyName", "formatted")
_ADSCIM_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def user(person: Person) -> Json:
    """Body of `POST /Users` under the default mapping, never with a password."""
    body: Json = {
        "schemas": [USER, ENTERPRISE_USER],
        "externalId": person.external_id,
        "userName": person.user_name,
        "active": True,
        "displayName": person.display_name,
        "emails": [{"primary": True, "type": "work", "value": person.user_name}],
        "meta": {"resourceType": "User"},
        "name": {
            "formatted": person.display_name,
            "familyName": person.family_name,
            "givenName": person.given_name,
        },
        "roles": [],
    }
    if person.title is not None:
        body["title"] = person.title
    if person.department is not None:
        body[ENTERPRISE_USER] = {"department": person.department}
    return body


def group(group: Group) -> Json:
    """Body of `POST /Groups`: no members, and a schema of Microsoft's own."""
    return {
        "schemas": [GROUP, _ADSCIM_GROUP],
        "externalId": group.external_id,
        "displayName": group.display_name,
        "meta": {"resourceType": "Group"},
    }


def attributes(resource: Json) -> dict[str, str | bool]:
    """The mapped attributes that have a value, by the path an update would give them."""
    name = complex_value(resource.get("name"))
    found = {path: resource.get(path) for path in _SIMPLE}
    found |= {f"name.{part}": name.get(part) for part in _NAME}
    emails = resource.get("emails")
    for email in map(complex_value, emails if isinstance(emails, list) else ()):
        if email.get("type") == "work":
            found[WORK_EMAIL] = email.get("value")
    extension = complex_value(resource.get(ENTERPRISE_USER))
    found[f"{ENTERPRISE_USER}:department"] = extension.get("department")
    return {path: value for path, value in found.items() if value is not None}
