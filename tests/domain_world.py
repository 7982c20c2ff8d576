"""Domains from their claim on: real DNS, two organizations, and a time that a test sets."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from provisioning import clock, domains
from provisioning.context import Acting
from provisioning.domain_proofs import Challenge
from provisioning.ids import OrganizationId
from provisioning.store.domains import Domain
from provisioning.store.engine import reading, transaction
from tests.servers.dns import Zone, dns_server
from tests.servers.ports import LOOPBACK
from tests.tenant import Tenant, found
from workers.dns_questions import Server
from workers.dns_txt import observe
from workers.poll_domains import BUDGET_SECONDS, DEFAULT_BOUNDS, Bounds, Look, poll

MINUTE = timedelta(minutes=1)
NAME = "acme.example"


@dataclass
class World:
    """Two organizations, the DNS that resolvers see, and the time."""

    acme: Tenant
    other: Tenant
    zone: Zone
    resolvers: list[Server]
    time: datetime
    rung: list[OrganizationId] = field(default_factory=list)
    more_looks: list[Look] = field(default_factory=list)
    """Beside that into DNS."""

    def claim(
        self, tenant: Tenant | None = None, name: str = NAME, *, with_account_label: bool = False
    ) -> Domain:
        tenant = tenant or self.acme
        by = Acting(actor="test", now=self.time)
        with transaction(tenant.engine) as connection:
            return domains.claim(
                connection,
                tenant.organization_id,
                name,
                by,
                with_account_label=with_account_label,
            )

    def check(self, domain: Domain) -> Domain:
        by = Acting(actor="test", now=self.time)
        with transaction(self.acme.engine) as connection:
            return domains.check(connection, domain.organization_id, domain.id, by)

    def publish(self, *claims: Domain) -> None:
        challenges = [Challenge(one.name, one.token, one.account_label) for one in claims]
        texts = [f'"{one.record_value}"' for one in challenges]
        self.zone.publish(challenges[0].record_name, *texts)

    def withdraw(self, domain: Domain) -> None:
        challenge = Challenge(domain.name, domain.token, domain.account_label)
        del self.zone.records[challenge.record_name]

    def poll(
        self,
        later: timedelta = timedelta(),
        look: Look | None = None,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> int:
        """What a worker does when beat ticks `later`."""
        self.time += later
        looks = [look or partial(observe, resolvers=self.resolvers), *self.more_looks]
        return poll(
            self.acme.engine,
            lambda: self.time,
            looks,
            self.rung.append,
            budget_seconds=budget_seconds,
            bounds=bounds,
        )

    def now(self, domain: Domain) -> Domain:
        """As it is now."""
        with reading(self.acme.engine) as connection:
            return domains.get(connection, domain.organization_id, domain.id)


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    zone = Zone()
    with ExitStack() as stack:
        ports = [stack.enter_context(dns_server(zone)) for _ in range(2)]
        resolvers = [Server(LOOPBACK, port) for port in ports]
        yield World(found(engine), found(engine, "Other"), zone, resolvers, clock.now())


def told(tenant: Tenant) -> list[str]:
    """What its events have said of domains."""
    return [name for name in tenant.told() if name.startswith("organization_domain.")]
