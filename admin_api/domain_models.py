"""E-mail domains as clients send and get them."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from admin_api.messages import VISIBLE, Body, Shown, Time
from admin_api.organization_models import RoleName
from provisioning.domain_proofs import Challenge, instructions
from provisioning.email_domains import unicode_name
from provisioning.store.domains import Domain

AutoJoin = Annotated[
    Literal["off", "role", "approval"],
    Field(
        description="`role`: who signs in with a proven address of the domain becomes a member, "
        "with `auto_join_role`; `approval`: asks to become one, and waits for an administrator."
    ),
]
RestrictEmail = Annotated[
    bool,
    Field(
        strict=True,
        description="Invitations and additions by hand need an address of a verified domain that "
        "says so, or of `allowed_email_domains`.",
    ),
]


class NewDomain(Body):
    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=253,
            pattern=VISIBLE,
            examples=["acme.example"],
            description="As people write it: case, a final dot and letters of any script are "
            "understood (IDNA 2008).",
        ),
    ]

    account_label: Annotated[
        bool,
        Field(
            strict=True,
            description="Give the TXT record a place of its own, which starts with a label that no "
            "other account has: for whoever delegates it by a CNAME beside others.",
        ),
    ] = False


class ChangedPolicies(Body):
    """What is left out stays; null clears `auto_join_role`, and leaves the rest."""

    auto_join: AutoJoin | None = None
    auto_join_role: Annotated[
        RoleName | None,
        Field(description="By name, not owner; null: the organization's default role."),
    ] = None
    restrict_email: RestrictEmail | None = None


class ChangedDomain(Body):
    """What is left out stays."""

    policies: ChangedPolicies | None = None
    account_label: Annotated[
        bool | None,
        Field(
            strict=True,
            description="Whether the TXT record has a place of its own. A record at a label that "
            "is given up proves nothing.",
        ),
    ] = None


class ManualVerification(Body):
    note: Annotated[
        str,
        Field(min_length=1, max_length=1000, pattern=VISIBLE, description="Why it is believed."),
    ]


class Decision(Body):
    """Of a contest."""

    winner: Annotated[
        Literal["holder", "contester"],
        Field(description="`contester` is the organization of this claim."),
    ]
    note: Annotated[
        str,
        Field(min_length=1, max_length=1000, pattern=VISIBLE, description="Why it is so."),
    ]


class ShownPolicies(Shown):
    """They count while the domain is verified."""

    auto_join: AutoJoin
    auto_join_role: str | None
    restrict_email: RestrictEmail


class ShownInstruction(Shown):
    """One way to prove the domain, ready to paste: `value` goes to `place`. One is enough."""

    method: str
    place: str
    value: str
    sentence: str


class ShownAnswer(Shown):
    """What one DNS server said."""

    resolver: str
    code: str
    records: list[str]
    authenticated: Annotated[bool, Field(description="DNSSEC, as the resolver says.")]
    seconds: Annotated[int, Field(description="For how long it goes on saying so.")] = 0
    by: Annotated[
        Literal["resolver", "name_server"], Field(description="The latter is the domain's own.")
    ] = "resolver"


class ShownObservation(Shown):
    """What one method has shown; `sentence` is for the domain's administrator."""

    method: str
    outcome: Literal["found", "absent", "unknown"]
    reason: str
    sentence: str
    at: str
    answers: list[ShownAnswer]


class ShownCheck(Shown):
    """The last look."""

    at: str
    observations: list[ShownObservation]


class ShownDomain(Shown):
    id: str
    organization_id: str
    name: Annotated[str, Field(description="In ASCII, as DNS has it.")]
    unicode_name: str
    state: Literal["pending", "verified", "failed", "lapsed", "contested"]
    method: Annotated[str | None, Field(description="How it was proven.")]
    account_label: Annotated[
        str | None, Field(description="In front of the place of the TXT record.")
    ]
    note: str | None
    policies: ShownPolicies
    instructions: list[ShownInstruction]
    last_check: ShownCheck | None
    attempts: int
    next_check_at: Time | None
    expires_at: Annotated[Time, Field(description="When a claim that is not proven fails.")]
    verified_at: Time | None
    proof_missing_since: Annotated[
        Time | None,
        Field(
            description="Of a verified one; it lapses seven days later, unless the proof is back."
        ),
    ]
    last_seen_at: Annotated[Time | None, Field(description="When a worker last saw the proof.")]
    proof_unseen_since: Annotated[
        Time | None,
        Field(
            description="Of a verified one: since when it has been told that nobody can look. It "
            "lapses thirty days after `last_seen_at`, and seven days after this at the earliest."
        ),
    ]
    is_contested: Annotated[
        bool, Field(description="Verified, and another organization has shown a proof, too.")
    ]
    created_at: Time
    updated_at: Time


def shown(domain: Domain, auto_join_role: str | None, *, is_contested: bool) -> ShownDomain:
    """`auto_join_role` by name."""
    check: Any = domain.last_check
    return ShownDomain(
        id=domain.id,
        organization_id=domain.organization_id,
        name=domain.name,
        unicode_name=unicode_name(domain.name),
        state=domain.state,
        method=domain.method,
        account_label=domain.account_label,
        note=domain.note,
        policies=ShownPolicies(
            auto_join=domain.auto_join,
            auto_join_role=auto_join_role,
            restrict_email=domain.restrict_email,
        ),
        instructions=[
            ShownInstruction(**asdict(one))
            for one in instructions(Challenge(domain.name, domain.token, domain.account_label))
        ],
        last_check=None if check is None else ShownCheck(**check),
        attempts=domain.attempts,
        next_check_at=domain.next_at,
        expires_at=domain.expires_at,
        verified_at=domain.verified_at,
        proof_missing_since=domain.proof_missing_since,
        last_seen_at=domain.last_seen_at,
        proof_unseen_since=domain.proof_unseen_since,
        is_contested=is_contested,
        created_at=domain.created_at,
        updated_at=domain.updated_at,
    )
