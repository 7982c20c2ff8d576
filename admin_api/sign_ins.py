"""/v1/sign-ins."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import issuer_keys
from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.sign_in_models import (
    EmbeddedClaims,
    NewSignIn,
    SignedInMembership,
    SignedInOrganization,
    SignedInUser,
    SignIn,
    SignInByClaims,
    SignInByIdToken,
)
from admin_api.sign_in_settings import Configured, SignInSettings
from provisioning import connections, id_tokens, proofs, sign_ins, signing_keys, tokens
from provisioning.errors import Refused
from provisioning.ids import ConnectionId
from provisioning.proofs import Proof
from provisioning.sign_ins import SignedIn
from provisioning.signing_keys import Vault
from provisioning.store import issuers
from provisioning.store.belongings import Belonging
from provisioning.store.engine import reading
from provisioning.tokens import Tokens

router = APIRouter(tags=["Sign-in"])

Signer = Annotated[Caller, Depends(needs("create:sign_ins"))]
PLACEHOLDER = "{{org_slug}}"


@router.post("/sign-ins", status_code=201, response_model=SignIn, operation_id="create_sign_in")
def create(body: NewSignIn, caller: Signer, configured: Configured) -> Response:
    """
    Finds or makes the account of who signs in, lets them join what they may join, and answers with
    what to embed in a session. Doing it again is harmless, so an Idempotency-Key means nothing
    here, and no answer, in which there may be tokens, is kept.
    """
    caller = replace(caller, asked=replace(caller.asked, idempotency_key=None))
    wanted = None if body.organization_id is None else caller.within(body.organization_id)
    client_id = body.client_id
    prove: Callable[[Connection], Proof]
    if isinstance(body, SignInByIdToken):
        proven = _verified(body, caller, configured)
        client_id = client_id or proven.audience
        prove = proven.as_proof
    else:
        prove = partial(_said, body, caller)

    def work(connection: Connection) -> Change:
        done = sign_ins.sign_in(
            connection, prove(connection), caller.acting, configured.rules, organization_id=wanted
        )
        claims = _claims(done)
        issued = None
        if body.tokens:
            named = client_id or str(caller.key.id)
            issued = _issued(connection, caller, configured, claims, named, body.code)
        organization_id = done.belonging.organization_id if done.belonging else None
        answer = _answer(done, claims, body.redirect_url_template, issued)
        return Change(answer, done.account.id, organization_id)

    return caller.change(201, work)


@dataclass(frozen=True, slots=True)
class _Verified:
    """An ID token that was found good; `audience` is which of ours it was for."""

    proof: Proof
    audience: str

    def as_proof(self, _connection: Connection) -> Proof:
        return self.proof


def _verified(body: SignInByIdToken, caller: Caller, configured: SignInSettings) -> _Verified:
    """Before the transaction: the issuer's keys may have to be fetched."""
    name = id_tokens.issuer_of(body.id_token)
    with reading(caller.engine) as connection:
        issuer = issuers.by_issuer(connection, name, caller.only)
    if issuer is None:
        raise Refused("issuer_unknown", "the ID token's issuer is not registered")
    claims = id_tokens.verify(
        body.id_token,
        issuer_keys.of_token(
            caller.engine,
            issuer,
            body.id_token,
            caller.now,
            allow_loopback=configured.allow_loopback,
        ),
        issuer=issuer.issuer,
        audiences=issuer.audiences,
        nonce=body.nonce,
    )
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return _Verified(
        proofs.of_claims(claims, issuer.id, issuer.organization_id, issuer.connection_id),
        next(audience for audience in issuer.audiences if audience in named),
    )


def _said(body: SignInByClaims, caller: Caller, connection: Connection) -> Proof:
    """
    The caller's own word. That of an organization's key, or about somebody who came by a
    connection, speaks for that organization alone.
    """
    organization_id = caller.only
    connection_id = None
    if body.connection_id is not None:
        found = connections.get(connection, organization_id, ConnectionId(body.connection_id))
        organization_id, connection_id = found.organization_id, found.id
    issuer_id = issuers.of_backend(connection, organization_id, connection_id, caller.now)
    claims = body.claims.model_dump()
    return proofs.of_claims(claims, issuer_id, organization_id, connection_id)


def _claims(done: SignedIn) -> EmbeddedClaims:
    profile = done.account.profile
    return EmbeddedClaims(
        sub=done.account.id,
        email=profile.email,
        email_verified=done.email_verified,
        name=profile.display_name,
        given_name=profile.given_name,
        family_name=profile.family_name,
        picture=done.account.picture_url,
        phone_number=done.account.phone_number,
        oid=None if done.belonging is None else done.belonging.organization_id,
        roles=list(done.roles),
        permissions=list(done.permissions),
        sid=done.session_id,
    )


def _issued(
    connection: Connection,
    caller: Caller,
    configured: SignInSettings,
    claims: EmbeddedClaims,
    client_id: str,
    code: str | None,
) -> Tokens:
    if configured.secret_key is None:
        raise Refused(
            "tokens_not_configured", "no tokens are signed without PROVISIONING_SECRET_KEY"
        )
    vault = Vault(configured.secret_key)
    return tokens.issue(
        signing_keys.signer(connection, vault, caller.acting),
        claims.model_dump(),
        issuer=configured.public_url,
        client_id=client_id,
        code=code,
        now=caller.now,
    )


def _answer(
    done: SignedIn, claims: EmbeddedClaims, template: str | None, issued: Tokens | None
) -> SignIn:
    chosen = done.belonging
    return SignIn(
        user=SignedInUser(
            id=done.account.id,
            **asdict(done.account.profile),
            picture_url=done.account.picture_url,
            phone_number=done.account.phone_number,
            is_new=done.is_new,
        ),
        organization=None if chosen is None else _shown(chosen),
        membership=(
            None if chosen is None else SignedInMembership(id=chosen.membership_id, status="active")
        ),
        claims=claims,
        organizations=[_shown(one) for one in done.organizations],
        awaiting_approval=[
            SignedInOrganization(
                id=one.id, display_name=one.display_name, name=one.name, slug=one.slug
            )
            for one in done.awaited
        ],
        redirect_url=_redirect_url(template, chosen),
        id_token=None if issued is None else issued.id_token,
        access_token=None if issued is None else issued.access_token,
        expires_in=None if issued is None else issued.expires_in_seconds,
    )


def _shown(one: Belonging) -> SignedInOrganization:
    return SignedInOrganization(
        id=one.organization_id, display_name=one.display_name, name=one.name, slug=one.slug
    )


def _redirect_url(template: str | None, chosen: Belonging | None) -> str | None:
    """None where the template needs an organization, and none was chosen."""
    if template is None or (PLACEHOLDER in template and chosen is None):
        return None
    return template.replace(PLACEHOLDER, (chosen.slug or chosen.name) if chosen else "")
