"""
Periodic work for one organization after the other, each in transactions of its own. One that the
database refuses, for what is in it, stops none of the others.
"""

from collections.abc import Callable, Iterable

import structlog

from provisioning.ids import OrganizationId
from provisioning.store import failures

log = structlog.get_logger(__name__)


def each(organizations: Iterable[OrganizationId], work: Callable[[OrganizationId], int]) -> int:
    """The sum of what `work` answers. Who was refused is logged, and has its turn the next time."""
    total = 0
    for organization_id in organizations:
        try:
            total += work(organization_id)
        except Exception as error:
            if not failures.is_about_rows(error):
                raise
            reason = f"{failures.kind(error)} {failures.whereabouts(error)}"
            log.error(  # noqa: TRY400 - a traceback has the database's words, and in them addresses
                "periodic work was refused", organization_id=organization_id, reason=reason
            )
    return total
