"""What a migration makes of the rows that are there."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, inspect, select, text

from provisioning import domains, sign_ins
from provisioning.domain_checks import settle
from provisioning.domain_proofs import Observation
from provisioning.migrations.versions import (
    m0004_told_profiles,
    m0006_awaited_addresses,
    m0014_runs_again,
    m0015_domain_defenses,
    m0025_external_ids,
    m0026_whole_external_ids,
)
from provisioning.proofs import Proof
from provisioning.reconcile.facts import Profile
from provisioning.store import domain_tables, issuers, people_tables, profiles, run_tables
from provisioning.store import engine as engines
from tests.tenant import found


def test_members_of_before_were_told_as_they_are_shown(own: Engine) -> None:
    acme = found(own)
    acme.create("É@acme.test", displayName='"Ada"', name={"givenName": "Ada"})
    acme.drain()
    with engines.transaction(own) as connection:
        connection.execute(text("DROP INDEX ix_users_awaiting_address"))
        connection.execute(text("ALTER TABLE memberships DROP COLUMN told_profile"))
        with Operations.context(MigrationContext.configure(connection)):
            m0004_told_profiles.upgrade()
        (told,) = connection.scalars(select(people_tables.memberships.c.told_profile))

    assert profiles.decoded(told) == Profile("É@acme.test", '"Ada"', "Ada", None)


def test_whoever_waited_for_an_address_before_is_found_by_it(own: Engine) -> None:
    """What the database does not fold as we do is left for us to fold."""
    acme = found(own)
    for name in ("Ada", "bob"):
        for number in (1, 2):
            acme.create(f"{name} {number}", emails=[{"value": f"{name}-INFO@acme.test"}])
    acme.create("élodie 1", emails=[{"value": "É@acme.test"}])
    acme.create("élodie 2", emails=[{"value": "é@acme.test"}])
    acme.drain()
    with engines.transaction(own) as connection:
        of_users = ("users_awaited_email_key", "users_unfolded_email", "users_email_domain")
        for index in (*of_users, "conflicts_user_id"):
            connection.execute(text(f"DROP INDEX ix_{index}"))
        for column in ("users DROP COLUMN awaited_email_key", "conflicts DROP COLUMN decided_by"):
            connection.execute(text(f"ALTER TABLE {column}"))
        with Operations.context(MigrationContext.configure(connection)):
            m0006_awaited_addresses.upgrade()
        users = people_tables.users.c
        waiting = select(users.awaited_email_key).where(users.email_key.is_(None))
        folded = set(connection.scalars(waiting))
        holding = select(users.awaited_email_key).where(users.email_key.is_not(None))
        others = set(connection.scalars(holding))

    assert folded == {"ada-info@acme.test", "bob-info@acme.test", None}
    assert others == {None}


def test_by_whose_word_accounts_had_their_address_before_goes_by_what_made_them(
    own: Engine,
) -> None:
    acme = found(own)
    acme.create("directory@acme.test")
    acme.drain()
    acme.add("added@acme.test")
    with engines.transaction(own) as connection:
        for name, organization_id in (("issuer", acme.organization_id), ("self", None)):
            issuer_id = issuers.of_backend(connection, organization_id, None, acme.acting.now)
            proof = Proof(
                issuer_id=issuer_id,
                subject=name,
                email=f"{name}@acme.test",
                email_verified=True,
            )
            sign_ins.sign_in(connection, proof, acme.acting, sign_ins.SignInRules())
        claim = domains.claim(connection, acme.organization_id, "acme.test", acme.acting)
    seen = Observation(
        method="dns_txt", outcome="found", reason="found", sentence="", at=acme.acting.now
    )
    settle(own, claim, [seen], acme.acting.now)
    with engines.transaction(own) as connection:
        for column in (
            "users DROP COLUMN email_vouched_by",
            "invitations DROP COLUMN token_shown",
            "domains DROP COLUMN last_seen_at",
            "domains DROP COLUMN proof_unseen_since",
        ):
            connection.execute(text(f"ALTER TABLE {column}"))
        connection.execute(text("DROP TABLE domain_claims"))
        with Operations.context(MigrationContext.configure(connection)):
            m0015_domain_defenses.upgrade()
        users = people_tables.users.c
        vouched = dict(connection.execute(select(users.email, users.email_vouched_by)).all())
        (seen_at,) = connection.scalars(select(domain_tables.domains.c.last_seen_at))

    assert vouched == {
        "directory@acme.test": acme.organization_id,
        "issuer@acme.test": acme.organization_id,
        "self@acme.test": None,
        "added@acme.test": None,
    }
    assert seen_at is not None


def test_what_failed_to_reach_everybody_before_begins_again(own: Engine) -> None:
    acme = found(own)
    runs = [
        ("run_1", "policy", "failed"),
        ("run_2", "schedule", "completed"),
        ("run_3", "policy", "failed"),
        ("run_4", "disconnect", "failed"),
        ("run_5", "admin", "failed"),
    ]
    with engines.transaction(own) as connection:
        connection.execute(text("DROP INDEX ix_sync_runs_retry_at"))
        for name in ("attempts", "retry_at"):
            connection.execute(text(f"ALTER TABLE sync_runs DROP COLUMN {name}"))
        for key, trigger, status in runs:
            connection.execute(
                text(
                    "INSERT INTO sync_runs (id, organization_id, directory_id, trigger, status,"
                    " actor, created_at, stirred_at, finished_at) VALUES (:id, :organization_id,"
                    " :directory_id, :trigger, :status, 'test', :now, :now, :now)"
                ),
                {
                    "id": key,
                    "organization_id": acme.organization_id,
                    "directory_id": acme.directory.id,
                    "trigger": trigger,
                    "status": status,
                    "now": "2026-01-01T00:00:00.000000Z",
                },
            )
        with Operations.context(MigrationContext.configure(connection)):
            m0014_runs_again.upgrade()
        table = run_tables.sync_runs.c
        waiting = connection.execute(
            select(table.id, table.attempts).where(table.retry_at.is_not(None))
        )
        assert waiting.all() == [("run_4", 0)]


def conditions(connection: Connection) -> list[object]:
    """Of the indexes of externalIds."""
    return [
        index.get("dialect_options", {}).get(f"{connection.dialect.name}_where")
        for table in ("directory_users", "directory_groups")
        for index in inspect(connection).get_indexes(table)
        if index["name"] == f"ix_{table}_directory_id_external_id"
    ]


def test_indexes_that_held_not_everybody_for_a_while_do_again(own: Engine) -> None:
    with engines.transaction(own) as connection:
        assert conditions(connection) == [None, None]
        with Operations.context(MigrationContext.configure(connection)):
            m0025_external_ids.upgrade()
            assert None not in conditions(connection)
            m0026_whole_external_ids.upgrade()
        assert conditions(connection) == [None, None]
