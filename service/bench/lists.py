"""What a page of a long list costs, wherever it is cut."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Engine

from provisioning import ids
from provisioning.clock import now
from provisioning.store import engine as engines
from provisioning.store import organizations
from provisioning.store.bulk import insertion
from provisioning.store.pages import Cut
from service.bench import scratch
from service.bench.ground import ANALYZE

_AT_ONCE = 5_000
_INSERT = insertion(
    "organizations",
    {
        "id": "text",
        "display_name": "text",
        "name": "text",
        "default_role_id": "text",
        "role_mode": "text",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Milliseconds per page, medians; `ratio` is the slowest page to the first."""

    organizations: int
    page: int
    first_ms: float
    middle_ms: float
    last_ms: float
    ratio: float


def measure(
    database_url: str, count: int, *, page: int, repeats: int, told: Callable[[str], None]
) -> Report:
    """On a scratch database of that server, with `count` organizations in it."""
    with scratch.database(database_url) as url:
        engine = engines.create(url, pool_size=1)
        try:
            told(f"creating {count:,} organizations")
            known = list(_create(engine, count))
            told("reading pages")
            cuts = {
                "first": Cut(limit=page),
                "middle": Cut(limit=page, after=known[count // 2]),
                "last": Cut(limit=page, after=known[-page - 1]),
            }
            taken = {name: _milliseconds(engine, cut, repeats) for name, cut in cuts.items()}
        finally:
            engine.dispose()
    return Report(
        organizations=count,
        page=page,
        first_ms=taken["first"],
        middle_ms=taken["middle"],
        last_ms=taken["last"],
        ratio=round(max(taken.values()) / taken["first"], 2),
    )


def _create(engine: Engine, count: int) -> Iterator[str]:
    for begin in range(0, count, _AT_ONCE):
        moment = now()
        made = sorted(ids.new(ids.ORGANIZATION) for _ in range(min(_AT_ONCE, count - begin)))
        rows = [
            {
                "id": organization_id,
                "display_name": f"Customer {begin + number}",
                "name": f"customer-{begin + number}",
                "default_role_id": "role_member",
                "role_mode": "union",
                "created_at": moment,
                "updated_at": moment,
            }
            for number, organization_id in enumerate(made)
        ]
        with engines.transaction(engine) as connection:
            _INSERT.run(connection, rows)
        yield from made
    with engines.transaction(engine) as connection:
        ANALYZE.run(connection, {})


def _milliseconds(engine: Engine, cut: Cut, repeats: int) -> float:
    durations = []
    for _ in range(repeats):
        started = time.perf_counter()
        with engines.reading(engine) as connection:
            found = organizations.listing(connection, None, {}, cut)
        durations.append(time.perf_counter() - started)
        assert len(found.items) == cut.limit  # noqa: S101 - or the figure means nothing
    return round(median(durations) * 1000, 2)
