"""Verifying a domain, and giving it up, reads the accounts of the domain and nobody else's."""

import pytest
from sqlalchemy import Engine, text

from tests.query_plans import Executed, analyzed, executed, handled, nodes
from tests.tenant import Tenant, found

OTHERS = 2000


def fill(engine: Engine) -> None:
    """Mallory has thousands of people, a few of whom are of the victim's domain."""
    mallory = found(engine, "Mallory")
    mallory.create_all(f"{number}@{number % 100}.test" for number in range(OTHERS))
    mallory.create_all(["ceo@victim.test", "cfo@VICTIM.test.", '"a@b"@victim.test', "é@other.test"])
    mallory.drain()


def lookups(victim: Tenant) -> list[Executed]:
    """By which accounts are looked for, when the domain is verified and when it goes."""

    def own_and_close() -> None:
        victim.own("victim.test")
        victim.close()

    parts = ("UNION SELECT id FROM users", "u.email_vouched_by <>", "awaited_email_key FROM users")
    return [
        one
        for one in executed(victim.engine, own_and_close)
        if any(part in one.statement for part in parts)
    ]


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("is_analyzed", [True, False])
def test_postgresql_reads_no_other_account(own: Engine, *, is_analyzed: bool) -> None:
    fill(own)
    if is_analyzed:
        with own.begin() as connection:
            connection.execute(text("ANALYZE"))

    found_ = lookups(found(own, "Victim"))
    assert len(found_) == 4
    with own.begin() as connection:
        plans = [analyzed(connection, one) for one in found_]

    for plan in plans:
        read = [handled(node) for node in nodes(plan) if node.get("Relation Name") == "users"]
        assert 0 <= sum(read) <= 10


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_reads_accounts_by_their_domain(own: Engine) -> None:
    fill(own)
    for one in lookups(found(own, "Victim")):
        with own.connect() as connection:
            explain = f"EXPLAIN QUERY PLAN {one.statement}"
            steps = connection.exec_driver_sql(explain, one.parameters).all()
        of_users = {
            step.detail.split(" (")[0] for step in steps if step.detail.split()[1] in {"users", "u"}
        }
        assert of_users in (
            {
                "SEARCH users USING INDEX ix_users_email_domain",
                "SEARCH users USING INDEX ix_users_unusual_email",
            },
            {"SEARCH u USING INDEX sqlite_autoindex_users_1"},
            {"SEARCH users USING INDEX sqlite_autoindex_users_1"},
        )
