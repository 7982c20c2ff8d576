"""What requests and answers have in common: strict objects, lists with cursors, errors."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from provisioning.clock import rfc3339
from provisioning.store.pages import Cut, Page

PAGE_LIMIT = 100
PAGE_DEFAULT = 20

Item = TypeVar("Item")
Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
"""RFC 3339 in UTC."""


def _whole(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("must be an integer")  # noqa: TRY004 - pydantic's way to refuse
    return value


WHOLE = BeforeValidator(_whole)
"""Behind the `Field` of an integer in a body: JSON's `true` and `"1"` are none, `1.0` is."""
NO_NUL = r"^[^\x00]*$"
"""No database keeps one; said as a pattern, so that the OpenAPI document says it, too."""
VISIBLE = r"^[^\x00]*[^\x00\s][^\x00]*$"
"""Something that can be seen, and no NUL."""
ADDRESS = r"^[^@\s\x00]+@[^@\s\x00]+$"
"""An e-mail address, as loosely as directories write them."""
Id = Annotated[str, Field(max_length=64, pattern=r"^[!-~]*$")]
"""An id of ours in a body or a query; whether there is such a thing is another question."""


class Body(BaseModel):
    """What a client sends; what is not known is refused by name."""

    model_config = ConfigDict(extra="forbid", strict=False)


def changes_of(body: Body, clearable: Collection[str] = ()) -> dict[str, Any]:
    """What a PATCH changes: what is left out stays, and null clears only what is `clearable`."""
    return {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if value is not None or name in clearable
    }


class Shown(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(extra="forbid")


class ListMetadata(Shown):
    """Cursors of the neighboring pages; null: there is none."""

    before: str | None
    after: str | None


class Listing(Shown, Generic[Item]):
    """One page of a list, oldest first."""

    data: list[Item]
    list_metadata: ListMetadata


class ErrorDetail(Shown):
    """One thing that was wrong."""

    field: str
    problem: str


class ErrorBody(Shown):
    code: str
    message: str
    details: list[ErrorDetail]
    request_id: str


class Failure(Shown):
    """Every answer that is not a success."""

    error: ErrorBody


class Paging(BaseModel):
    """Which page of a list: at most one of the two cursors, each an id."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = PAGE_DEFAULT
    after: Annotated[str | None, Field(max_length=64, pattern=r"^[a-z]+_[0-9a-f]{32}$")] = None
    before: Annotated[str | None, Field(max_length=64, pattern=r"^[a-z]+_[0-9a-f]{32}$")] = None

    @property
    def cut(self) -> Cut:
        return Cut(limit=self.limit, after=self.after, before=self.before)


Paged = Annotated[Paging, Query()]


def listing(page: Page[Any], shown: list[Item]) -> Listing[Item]:
    """`shown` are the page's items as clients see them."""
    return Listing[Item](
        data=shown, list_metadata=ListMetadata(before=page.before, after=page.after)
    )
