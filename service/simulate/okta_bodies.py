"""What Okta's SCIM 2.0 client writes, word for word (Okta's SCIM 2.0 guide and its OIN tests)."""

from collections.abc import Sequence

from service.simulate.identities import Person
from service.simulate.wire import ENTERPRISE_USER, GROUP, USER, Json, complex_value, patch


def user(person: Person, password: str) -> Json:
    """
    Body of `POST /Users`. A random password is sent even where password sync is off
    (zitadel/zitadel #10009). `title` and `department` are mapped by this customer.
    """
    return _profile(person) | {"groups": [], "password": password, "active": True}


def replacement(remote: Json, person: Person, manager_id: str | None = None) -> Json:
    """
    Body of `PUT /Users/{id}`: what was read a moment ago, `id`, `meta` and `groups` included, with
    the mapped attributes over it.
    """
    profile = _profile(person)
    profile["emails"][0]["display"] = person.user_name
    extension = complex_value(remote.get(ENTERPRISE_USER)) | profile.pop(ENTERPRISE_USER, {})
    if manager_id is not None:
        extension["manager"] = {"value": manager_id}
    merged = remote | profile | {"active": True}
    if extension:
        merged[ENTERPRISE_USER] = extension
        merged["schemas"] = [USER, ENTERPRISE_USER]
    return merged


def activation(*, active: bool) -> Json:
    """Path-less, as the apps of Okta's catalog do it."""
    return patch({"op": "replace", "value": {"active": active}})


def group(display_name: str) -> Json:
    """Body of `POST /Groups`: the members come later."""
    return {"schemas": [GROUP], "displayName": display_name, "members": []}


def metadata(group_id: str, display_name: str) -> Json:
    """Accompanies every membership push, renamed or not; note the `id` inside the value."""
    return patch({"op": "replace", "value": {"id": group_id, "displayName": display_name}})


def member_delta(joined: Sequence[tuple[str, Person]], left: Sequence[str]) -> Json:
    """Removals one by one, additions in one operation, all in one request."""
    removals: list[Json] = [
        {"op": "remove", "path": f'members[value eq "{user_id}"]'} for user_id in left
    ]
    addition: Json = {"op": "add", "path": "members", "value": _members(joined)}
    return patch(*removals, *([addition] if joined else []))


def push_now(members: Sequence[tuple[str, Person]]) -> Json:
    """The whole list at once, behind the button "Push now"."""
    return patch({"op": "replace", "path": "members", "value": _members(members)})


def _members(members: Sequence[tuple[str, Person]]) -> list[Json]:
    return [{"value": user_id, "display": person.user_name} for user_id, person in members]


def _profile(person: Person) -> Json:
    profile: Json = {
        "schemas": [USER],
        "userName": person.user_name,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [{"primary": True, "value": person.user_name, "type": "work"}],
        "displayName": person.display_name,
        "locale": "en-US",
        "externalId": person.external_id,
    }
    if person.title is not None:
        profile["title"] = person.title
    if person.department is not None:
        profile["schemas"] = [USER, ENTERPRISE_USER]
        profile[ENTERPRISE_USER] = {"department": person.department}
    return profile
