"""What is answered about e-mail domains."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPolicies:
    """They count while the domain is verified; `auto_join`: off, role or approval."""

    auto_join: str
    auto_join_role: str | None
    restrict_email: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One way to prove the domain, ready to paste: `value` goes to `place`. One is enough."""

    method: str
    place: str
    value: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverAnswer:
    """What one server said: `authenticated` by DNSSEC, as it says; for `seconds` it repeats it."""

    resolver: str
    code: str
    records: tuple[str, ...]
    authenticated: bool
    seconds: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one method has shown: found, absent or unknown; `sentence` is for people."""

    method: str
    outcome: str
    reason: str
    sentence: str
    at: datetime
    answers: tuple[ResolverAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCheck:
    """A look of a worker."""

    at: datetime
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """`name` is in ASCII, as DNS has it; `state`: pending, verified, failed, lapsed, contested."""

    id: str
    organization_id: str
    name: str
    unicode_name: str
    state: str
    method: str | None
    account_label: str | None
    note: str | None
    policies: DomainPolicies
    instructions: tuple[Instruction, ...]
    last_check: DomainCheck | None
    attempts: int
    next_check_at: datetime | None
    expires_at: datetime
    verified_at: datetime | None
    proof_missing_since: datetime | None
    last_seen_at: datetime | None
    proof_unseen_since: datetime | None
    is_contested: bool
    created_at: datetime
    updated_at: datetime
