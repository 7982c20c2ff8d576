"""
Ten who edit one directory, and two workers who drain it: no deadlock, nothing lost, nothing told
twice. How long is said in CONTRIBUTING.md.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from provisioning.drain import is_anything_left
from provisioning.scopes import EVERYTHING
from provisioning.store import note_tables
from provisioning.store.engine import reading
from tests.admin_serving import admin_at
from tests.event_feed import check
from tests.oracle import differences
from tests.processes.admin_editing import (
    GuardEditor,
    LeavingEditor,
    MappingEditor,
    MemberEditor,
)
from tests.processes.customers import SETTLED_SECONDS, Customer
from tests.processes.editing import Editor
from tests.processes.idp_editing import IdpEditor, Pushed
from tests.processes.installation import Installation
from tests.serving import client_of
from tests.tenant import Tenant

IDP_EDITORS = 6
TIRELESS = 1_000_000
"""Requests a minute that an administrator's key may make."""
DEADLOCK = re.compile(
    r"ERROR: +deadlock detected\n(?:.*(?:DETAIL|HINT|CONTEXT|STATEMENT): .*\n(?:\t.*\n)*)*"
)


@contextmanager
def ten_editors(customer: Customer) -> Iterator[list[Editor]]:
    """Each with a connection of its own, and the administrators with keys of their own."""
    scim = customer.scim
    pushed = Pushed(f"{scim.directory_id.replace('_', '-')}.example")
    editors: list[Editor] = []
    with ExitStack() as stack:
        for seed in range(IDP_EDITORS):
            client = client_of(scim.address, scim.directory, f"Bearer {scim.token}")
            editors.append(IdpEditor(stack.enter_context(client), seed, pushed))
        for kind in (MappingEditor, MemberEditor, GuardEditor, LeavingEditor):
            key = admin_at(scim.address, scim.engine, [EVERYTHING], requests_per_minute=TIRELESS)
            admin = stack.enter_context(key)
            editors.append(kind(admin.client, len(editors), scim.directory, pushed))
        yield editors


def test_ten_editors_and_two_workers_get_along(
    installation: Installation, customer: Customer, edits: int
) -> None:
    tenant = Tenant(installation.engine, customer.organization_id, customer.scim.directory)
    tenant.add(f"owner@{customer.organization_id}.example".replace("_", "-"), "owner")
    deadlocks_before = len(_deadlocks(installation))
    with ten_editors(customer) as editors:
        begun = time.monotonic()
        with ThreadPoolExecutor(len(editors)) as pool:
            for done in [pool.submit(editor.edit, edits) for editor in editors]:
                done.result()
        seconds = time.monotonic() - begun
    installation.wait_until(lambda: not _is_anything_left(tenant), SETTLED_SECONDS)

    deadlocks = _deadlocks(installation)[deadlocks_before:]
    statuses = sum((editor.statuses for editor in editors), Counter())
    again = sum(editor.again for editor in editors)
    events = tenant.events()
    print(  # noqa: T201 - the figures, for whoever asks by -rP
        f"{seconds:.1f} s, {statuses.total() / seconds:.0f} requests/s {dict(statuses)}, {again} of"
        f" them again; {len(deadlocks)} deadlocks; {len(events)} events:"
        f" {dict(Counter(event['type'] for event in events))}",
        *deadlocks,
        sep="\n",
    )
    assert deadlocks == []
    assert again == 0
    assert len({event["id"] for event in events}) == len(events)
    assert tenant.rows(note_tables.set_aside_notes) == []
    assert differences(tenant.engine, tenant.organization_id) == []
    check(tenant)


def _is_anything_left(tenant: Tenant) -> bool:
    with reading(tenant.engine) as connection:
        return is_anything_left(connection, tenant.organization_id)


def _deadlocks(installation: Installation) -> list[str]:
    """
    What PostgreSQL logged of each: who waited for whom, and the statements. It logs at once; its
    statistics are seconds late.
    """
    return DEADLOCK.findall(installation.postgresql.said())
