"""
Moments that clients send, in RFC 3339, said as a pattern that no impossible day matches: pydantic's
own datetime also takes bare numbers, which the OpenAPI document does not tell.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import StringConstraints

_YEAR = "[12][0-9]{3}"
_LEAP = "([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)"
_DAY = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
_OFFSET = "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
MOMENT = f"^{_DAY}T{_TIME}{_OFFSET}$"
MomentText = Annotated[str, StringConstraints(pattern=MOMENT)]


def in_utc(text: str) -> datetime:
    """What `MomentText` says."""
    return datetime.fromisoformat(text).astimezone(UTC)
