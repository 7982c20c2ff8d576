"""Whom an identity provider knows: people and groups, before any server has heard of them."""

import hashlib
import uuid
from dataclasses import dataclass
from enum import StrEnum

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Idp(StrEnum):
    """The identity providers whose dialect is played."""

    OKTA = "okta"
    ENTRA = "entra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A row of the IdP's own directory."""

    external_id: str
    """The IdP's own id of the person; stays when the name or the address changes."""
    user_name: str
    """An e-mail address: Okta's login, Entra's userPrincipalName."""
    given_name: str
    family_name: str
    title: str | None = None
    department: str | None = None

    @property
    def display_name(self) -> str:
        """Both IdPs join given and family name by default."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of the IdP that is pushed to the service provider."""

    external_id: str
    display_name: str
    members: tuple[Person, ...] = ()
    """Who is in it when it is pushed for the first time."""


def external_id(idp: Idp, kind: str, key: str) -> str:
    """
    The id `idp` would have given: the same for the same `key`, so a second run meets itself.

    Okta: `00u` (user) or `00g` (group) and 17 characters. Entra: the objectId, which is what
    customers map to externalId instead of the default mailNickname.
    """
    if idp is Idp.ENTRA:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"entra:{kind}:{key}"))
    number = int.from_bytes(hashlib.sha256(f"okta:{kind}:{key}".encode()).digest())
    digits = "".join(_BASE62[number // 62**place % 62] for place in range(17))
    return f"{'00u' if kind == 'user' else '00g'}{digits}"
