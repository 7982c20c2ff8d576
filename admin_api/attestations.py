"""/v1/organizations/{organization_id}/attestation: does the product hold what we told it?"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import NO_NUL, Body, Shown
from provisioning import attestations
from provisioning.attestations import Comparison
from provisioning.holdings import Difference, Holding

router = APIRouter(prefix="/organizations/{organization_id}/attestation", tags=["Memberships"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]

PAGE_LIMIT = 1000
# In hexadecimal digits alone do all the databases' orders agree with that of code points.
UserKey = Annotated[str, Field(pattern=r"^usr_[0-9a-f]{32}$")]


_OF_NOBODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Attested(Body):
    """The SHA-256 of the canonical form of what the product holds."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=[_OF_NOBODY])]


class Verdict(Shown):
    """`digest` and `count` are ours, with everything in it that was told up to `sequence`."""

    equal: bool
    digest: str
    count: int
    sequence: int


class HeldMembership(Body):
    """`roles` by name; one in a workspace as `<workspace id>/<name>`."""

    user_id: UserKey
    status: Literal["active", "suspended"]
    roles: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]],
        Field(max_length=1000),
    ]


class HeldPage(Body):
    """All that the product holds behind the user `after` and up to the user `through`."""

    after: Annotated[UserKey | None, Field(description="Null: from the first one.")] = None
    through: Annotated[UserKey | None, Field(description="Null: to the last one.")] = None
    memberships: Annotated[
        list[HeldMembership],
        Field(max_length=PAGE_LIMIT, description="Ordered by `user_id`, each once."),
    ]
    repair: Annotated[
        bool, Field(description="Whether to answer the events that lead to what we hold.")
    ] = False


class ShownHolding(Shown):
    status: str
    roles: Annotated[list[str], Field(description="Those that count; none unless active.")]


class ShownDifference(Shown):
    """One of the two is null where only one side has a membership."""

    user_id: str
    kind: Literal["missing", "extra", "different"]
    mine: Annotated[ShownHolding | None, Field(description="What we hold.")]
    theirs: Annotated[ShownHolding | None, Field(description="What the product holds.")]


class Repair(Shown):
    """Shaped as an event, and no part of the feed: it has no id and no sequence."""

    type: str
    organization_id: str
    data: dict[str, Any]
    previous_attributes: dict[str, Any] | None
    context: dict[str, Any]


class ShownComparison(Shown):
    differences: list[ShownDifference]
    repairs: list[Repair]
    through: Annotated[
        str | None,
        Field(
            description="The last user that was compared; where it is another than was asked for, "
            "ask again after it."
        ),
    ]
    sequence: int


@router.post("", operation_id="attest_memberships")
def attest(organization_id: str, body: Attested, caller: Reader) -> Verdict:
    """Whether the product's memberships are ours, by one digest; 200 also if they are not."""
    within = caller.within(organization_id)

    def work(connection: Connection) -> Verdict:
        state = attestations.state(connection, within)
        return Verdict(
            equal=state.digest == body.digest,
            digest=state.digest,
            count=state.count,
            sequence=state.sequence,
        )

    return caller.read(work)


@router.post("/comparison", operation_id="compare_memberships")
def compare(organization_id: str, body: HeldPage, caller: Reader) -> ShownComparison:
    """What differs in a part of the product's memberships. Nothing is changed, here or there."""
    within = caller.within(organization_id)
    theirs = [Holding.of(one.user_id, one.status, one.roles) for one in body.memberships]

    def work(connection: Connection) -> ShownComparison:
        found = attestations.compare(
            connection,
            within,
            theirs,
            after=body.after,
            through=body.through,
            repair=body.repair,
        )
        return shown(organization_id, found)

    return caller.read(work)


def shown(organization_id: str, found: Comparison) -> ShownComparison:
    """As clients get it."""
    return ShownComparison(
        differences=[_difference(one) for one in found.differences],
        repairs=[
            Repair(
                type=draft.type,
                organization_id=organization_id,
                data=dict(draft.data),
                previous_attributes=None if draft.previous is None else dict(draft.previous),
                context={"source": "attestation"},
            )
            for draft in found.repairs
        ],
        through=found.through,
        sequence=found.sequence,
    )


def _difference(one: Difference) -> ShownDifference:
    kind: Literal["missing", "extra", "different"] = "different"
    if one.mine is None or one.theirs is None:
        kind = "extra" if one.mine is None else "missing"
    return ShownDifference(
        user_id=one.user_id, kind=kind, mine=_holding(one.mine), theirs=_holding(one.theirs)
    )


def _holding(one: Holding | None) -> ShownHolding | None:
    return None if one is None else ShownHolding(status=one.status, roles=list(one.roles))
