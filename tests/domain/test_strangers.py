"""Nothing personal stays for ever of people who never became members."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from provisioning import housekeeping
from provisioning.clock import now
from provisioning.store import directory_tables, join_request_tables
from provisioning.strangers import forget_gone
from tests.domain.test_join_requests import ADA as REQUESTER
from tests.domain.test_join_requests import ask
from tests.domain.test_purges import PROFILE, places
from tests.event_feed import check
from tests.tenant import Tenant, found, settled

DAY = timedelta(days=1)
RETENTION = 30 * DAY


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    tenant = found(engine)
    tenant.own("colleagues.test")
    tenant.set_policies(provisioning_scope="hold")
    tenant.let_leave(retention=RETENTION)
    tenant.create("bob@colleagues.test", displayName="Bob")
    tenant.drain()
    return tenant


def brought(acme: Tenant) -> str:
    """Ada of another domain: held, in a group, written again."""
    ada = acme.create("alias-1840", externalId="aal-1815", **PROFILE)
    acme.push("Engineering", ada)
    acme.drain()
    acme.edit(ada, displayName="Miss Babbage")
    acme.drain()
    assert acme.newcomers() == {ada: None}
    return ada


def later(days: float) -> datetime:
    return now() + RETENTION + timedelta(days=days)


def is_anywhere(acme: Tenant) -> bool:
    return list(places(acme.engine)) != []


def let_go(acme: Tenant, ada: str) -> None:
    acme.delete(ada)


def refuse_and_let_go(acme: Tenant, ada: str) -> None:
    acme.keep_out(ada)
    acme.drain()
    acme.delete(ada)


def disconnect(acme: Tenant, _ada: str) -> None:
    acme.delete_directory()


@pytest.mark.parametrize("end", [let_go, refuse_and_let_go, disconnect])
def test_a_newcomer_who_is_let_go_again_is_forgotten_after_the_retention(
    acme: Tenant, end: Callable[[Tenant, str], None]
) -> None:
    ada = brought(acme)
    end(acme, ada)
    acme.drain()
    forget_gone(acme.engine, later(-1))
    assert is_anywhere(acme)

    forget_gone(acme.engine, later(1))

    assert not is_anywhere(acme)
    told = [event for event in acme.events() if event["data"].get("id") == ada]
    assert all(event["data"]["resource"] == {} for event in told)
    assert all("redacted_at" in event["context"] for event in told)
    assert "newcomer.held" in acme.told()
    if end is not disconnect:  # of a directory that is deleted no person is told to be
        check(acme)
    settled(acme)


def test_whoever_is_here_or_was_a_member_is_left_alone(acme: Tenant) -> None:
    ada = brought(acme)
    cem = acme.create("cem@colleagues.test", displayName="Cem")
    acme.drain()
    acme.delete(cem)
    acme.drain()
    forget_gone(acme.engine, later(1))

    assert acme.newcomers() == {ada: None}
    rows = acme.rows(directory_tables.directory_users)
    assert {row["display_name"] for row in rows} == {"Bob", "Cem", "Miss Babbage"}


def test_what_was_deleted_of_somebody_who_is_back_is_theirs(acme: Tenant) -> None:
    """From before it was written down whose it was."""
    ada = brought(acme)
    acme.delete(ada)
    acme.drain()
    acme.own("acme.test")
    acme.create("alias-1840", externalId="another", **PROFILE)
    acme.drain()
    forget_gone(acme.engine, later(1))

    assert ada in {row["id"] for row in acme.rows(directory_tables.directory_users)}


@pytest.mark.parametrize("retention", [None, RETENTION])
def test_without_a_retention_or_just_after_it_was_set_nobody_is_forgotten(
    acme: Tenant, retention: timedelta | None
) -> None:
    acme.delete(brought(acme))
    acme.drain()
    acme.let_leave(retention=None)
    acme.let_leave(retention=retention, at=later(0.5))
    forget_gone(acme.engine, later(1))
    assert is_anywhere(acme)


def test_a_deletion_that_was_not_told_yet_is_told_first(acme: Tenant) -> None:
    acme.delete(brought(acme))
    forget_gone(acme.engine, later(1))
    acme.drain()
    assert acme.told().count("directory_user.deleted") == 1
    forget_gone(acme.engine, later(1))
    assert not is_anywhere(acme)


def test_who_asked_to_join_in_vain_is_forgotten_with_the_request(acme: Tenant) -> None:
    ask(acme)
    acme.close()
    housekeeping.tidy(acme.engine, now() + DAY)
    assert REQUESTER in str(acme.events())

    housekeeping.tidy(acme.engine, now() + housekeeping.JOIN_REQUESTS_KEPT + DAY)

    assert acme.rows(join_request_tables.join_requests) == []
    told = [event for event in acme.events() if event["type"].startswith("join_request")]
    assert [event["data"]["user"]["email"] for event in told] == [None, None]
