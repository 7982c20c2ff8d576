"""What is known of somebody who signs in, and for whom the one who says it may speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioning.folding import fold
from provisioning.ids import ConnectionId, IssuerId, OrganizationId
from provisioning.reconcile.facts import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """
    The claims of OpenID Connect Core §5.1 under their own names. `organization_id` set: an
    organization's own issuer said so, and speaks for that organization alone. `email_verified`
    None: the issuer does not say, as Entra ID does not.
    """

    issuer_id: IssuerId
    subject: str
    organization_id: OrganizationId | None = None
    connection_id: ConnectionId | None = None
    email: str | None = None
    email_verified: bool | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    picture: str | None = None
    phone_number: str | None = None

    @property
    def email_key(self) -> str | None:
        """The folded address."""
        return None if self.email is None else fold(self.email)

    @property
    def proven_email_key(self) -> str | None:
        """
        The address, where it may be taken for the person's: verified; or not denied by the issuer
        of an organization, whose word for its own people a directory would be believed for, too.
        """
        is_believed = self.email_verified is True or (
            self.organization_id is not None and self.email_verified is None
        )
        return self.email_key if is_believed else None

    @property
    def profile(self) -> Profile:
        """As an account would be made of it."""
        return Profile(self.email, self.name, self.given_name, self.family_name)


_LIMITS = {
    "email": 320,
    "name": 200,
    "given_name": 200,
    "family_name": 200,
    "picture": 1024,
    "phone_number": 64,
}


def of_claims(
    claims: Mapping[str, Any],
    issuer_id: IssuerId,
    organization_id: OrganizationId | None,
    connection_id: ConnectionId | None,
) -> Proof:
    """
    A claim that is no text, or that no profile could hold, is taken as not said: an identity
    provider's odd picture keeps nobody out. Some send `email_verified` as text.
    """
    texts = {name: _text(claims.get(name), limit) for name, limit in _LIMITS.items()}
    if texts["email"] is not None and not _looks_like_an_address(texts["email"]):
        texts["email"] = None
    return Proof(
        issuer_id=issuer_id,
        subject=claims["sub"],
        organization_id=organization_id,
        connection_id=connection_id,
        email_verified=_truth(claims.get("email_verified")),
        **texts,
    )


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def _text(value: Any, limit: int) -> str | None:
    if not isinstance(value, str) or not value.strip() or "\0" in value or len(value) > limit:
        return None
    return value


def _looks_like_an_address(text: str) -> bool:
    local_part, _, domain = text.rpartition("@")
    return bool(local_part and domain) and not any(sign.isspace() for sign in text)
