"""Ids: a prefix that names the kind, and a UUIDv7 (RFC 9562 §5.7), so that they sort by time."""

import os
import time
from typing import NewType

OrganizationId = NewType("OrganizationId", str)
UserId = NewType("UserId", str)
IdentityId = NewType("IdentityId", str)
MembershipId = NewType("MembershipId", str)
GrantId = NewType("GrantId", str)
RoleId = NewType("RoleId", str)
DirectoryId = NewType("DirectoryId", str)
TokenId = NewType("TokenId", str)
DirectoryUserId = NewType("DirectoryUserId", str)
DirectoryGroupId = NewType("DirectoryGroupId", str)
MappingId = NewType("MappingId", str)
ConflictId = NewType("ConflictId", str)
WorkspaceId = NewType("WorkspaceId", str)
ConnectionId = NewType("ConnectionId", str)
IssuerId = NewType("IssuerId", str)
InvitationId = NewType("InvitationId", str)
ApiKeyId = NewType("ApiKeyId", str)
LeavingStepId = NewType("LeavingStepId", str)
RunId = NewType("RunId", str)
PlanId = NewType("PlanId", str)
DomainId = NewType("DomainId", str)
JoinRequestId = NewType("JoinRequestId", str)

ORGANIZATION = "org"
USER = "usr"
IDENTITY = "idn"
MEMBERSHIP = "mem"
GRANT = "grant"
DIRECTORY = "dir"
TOKEN = "scimtok"  # noqa: S105 - the prefix of an id, not a secret
DIRECTORY_USER = "diruser"
DIRECTORY_GROUP = "dirgrp"
MAPPING = "map"
CONFLICT = "cfl"
EVENT = "evt"
ROLE = "role"
WORKSPACE = "wsp"
WORKSPACE_MEMBER = "wsm"
CONNECTION = "con"
ISSUER = "iss"
SIGN_IN_IDENTITY = "sid"
SESSION = "ses"
SIGNING_KEY = "sgk"
ISSUED_TOKEN = "tkn"  # noqa: S105 - the prefix of an id, not a secret
INVITATION = "inv"
MAIL = "mail"
API_KEY = "key"
LEAVING_STEP = "stp"
AUDIT_ENTRY = "aud"
RUN = "run"
PLAN = "pln"
PLAN_ACTION = "pac"
DOMAIN = "dom"
JOIN_REQUEST = "jrq"


_VARIANT = {f"{digit:x}": "89ab"[digit % 4] for digit in range(16)}
"""The two bits that RFC 9562 sets, before two random ones."""


def new(prefix: str) -> str:
    """
    `<prefix>_<32 hex digits>`: 48 bits of Unix milliseconds, 12 bits of their fraction (RFC 9562
    §6.2, method 3: what one process makes one after the other sorts so, also within a
    millisecond), then 62 random bits.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = os.urandom(8).hex()
    return f"{prefix}_{milliseconds:012x}7{fraction:03x}{_VARIANT[random[0]]}{random[1:]}"


def is_of(key: str, prefix: str) -> bool:
    """Whether it is an id of that kind."""
    return key.startswith(f"{prefix}_")
