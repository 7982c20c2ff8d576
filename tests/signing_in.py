"""People who sign in, the issuers that vouch for them, and the organizations they come to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from sqlalchemy import Connection, insert, select, update

from provisioning import ids
from provisioning.clock import now
from provisioning.folding import fold
from provisioning.store.admin_tables import connections, invitations
from provisioning.store.engine import transaction
from provisioning.store.event_tables import events
from provisioning.store.people_tables import memberships
from tests.admin_serving import Admin, problem
from tests.serving import NO_TLS

AUDIENCE = "product"


def make_key(algorithm: str) -> tuple[Any, dict[str, Any]]:
    """The private key, and the public one as a JWK without `kid`."""
    if algorithm == "ES256":
        elliptic = ec.generate_private_key(ec.SECP256R1())
        return elliptic, dict(ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True))
    if algorithm == "EdDSA":
        edwards = ed25519.Ed25519PrivateKey.generate()
        return edwards, dict(OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True))
    modulus = rsa.generate_private_key(65537, 2048)
    return modulus, dict(RSAAlgorithm.to_jwk(modulus.public_key(), as_dict=True))


@dataclass
class Idp:
    """An identity provider: its keys by `kid`, and how often somebody has asked for them."""

    address: str
    keys: dict[str, tuple[str, Any, dict[str, Any]]] = field(default_factory=dict)
    asked: int = 0
    answer: tuple[int, bytes] | None = None
    """Instead of the key set."""

    def add_key(self, kid: str, algorithm: str = "ES256") -> None:
        private_key, public = make_key(algorithm)
        self.keys[kid] = algorithm, private_key, {**public, "kid": kid}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [public for _, _, public in self.keys.values()]}

    def token(self, sub: str | None, *, kid: str | None = None, **claims: Any) -> str:
        """Of the latest key; a claim that is None is left out."""
        kid = kid or list(self.keys)[-1]
        algorithm, private_key, _ = self.keys[kid]
        moment = now()
        said = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": sub,
            "iat": moment,
            "exp": moment + timedelta(minutes=5),
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, private_key, algorithm, {"kid": kid})


@contextmanager
def an_idp() -> Iterator[Idp]:
    """On a loopback port, with one key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            idp.asked += 1
            status, body = idp.answer or (200, json.dumps(idp.jwks).encode())
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: pytest would show it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        idp = Idp(f"http://127.0.0.1:{server.server_port}")
        idp.add_key("first")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="idp")
        thread.start()
        yield idp
        server.shutdown()
        thread.join()


def register(admin: Admin, idp: Idp, **properties: Any) -> dict[str, Any]:
    """The IdP as an issuer, by the address of its keys unless `jwks` are given."""
    keys = {} if "jwks" in properties else {"jwks_uri": f"{idp.address}/keys"}
    body = {"issuer": idp.address, "audiences": [AUDIENCE], **keys, **properties}
    return admin.post("/issuers", body)


def claims(sub: str, email: str | None = None, **more: Any) -> dict[str, Any]:
    """Of a backend that has verified the address."""
    return {"sub": sub, "email": email, "email_verified": True, **more}


def sign_in(admin: Admin, who: dict[str, Any], **wishes: Any) -> dict[str, Any]:
    """What is answered to claims that have to be accepted."""
    return admin.post("/sign-ins", {"claims": who, **wishes})


def refused(admin: Admin, who: dict[str, Any], **wishes: Any) -> tuple[int, str]:
    """How claims are refused."""
    return problem(admin.client.post("/sign-ins", json={"claims": who, **wishes}))


def verified(admin: Admin, token: str, audience: str = AUDIENCE) -> dict[str, Any]:
    """The claims of a token of ours, as a verifier who knows nothing but our address reads them."""
    configuration = httpx.get(
        f"{admin.address}/.well-known/openid-configuration", verify=NO_TLS
    ).json()
    keys = httpx.get(configuration["jwks_uri"], verify=NO_TLS).json()
    kid = jwt.get_unverified_header(token)["kid"]
    found: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWKSet.from_dict(keys)[kid].key,
        algorithms=configuration["id_token_signing_alg_values_supported"],
        issuer=configuration["issuer"],
        audience=audience,
    )
    return found


def connect(admin: Admin, organization_id: str, *, assign: bool = True) -> str:
    """A connection of the organization; its id."""
    connection_id = ids.new(ids.CONNECTION)
    with transaction(admin.engine) as connection:
        connection.execute(
            insert(connections).values(
                id=connection_id,
                organization_id=organization_id,
                display_name="Okta",
                provider="okta",
                protocol="oidc",
                assign_membership_on_login=assign,
                created_at=now(),
                updated_at=now(),
            )
        )
    return connection_id


def invite(
    connection: Connection, organization_id: str, email: str, *roles: str, days: int = 7
) -> str:
    """A pending invitation; its id."""
    invitation_id = ids.new(ids.INVITATION)
    connection.execute(
        insert(invitations).values(
            id=invitation_id,
            organization_id=organization_id,
            email=email,
            email_key=fold(email),
            role_ids=json.dumps([f"role_{role}" for role in roles]),
            status="pending",
            expires_at=now() + timedelta(days=days),
            created_at=now(),
            updated_at=now(),
        )
    )
    return invitation_id


def set_status(admin: Admin, membership_id: str, status: str) -> None:
    """As an administrator or a directory would."""
    with transaction(admin.engine) as connection:
        connection.execute(
            update(memberships).where(memberships.c.id == membership_id).values(status=status)
        )


def told(admin: Admin, organization_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of the organization after its creation: type and data."""
    query = (
        select(events.c.type, events.c.data)
        .where(events.c.organization_id == organization_id)
        .order_by(events.c.sequence)
    )
    with admin.engine.connect() as connection:
        return [(row.type, json.loads(row.data)) for row in connection.execute(query)][1:]
