"""The keys that sign tokens: published before they sign, sealed, renewed and retired in time."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from provisioning import key_renewal, signing_keys
from provisioning.context import Acting
from provisioning.errors import Refused
from provisioning.signing_keys import PUBLISHED_BEFORE, SIGNS_FOR, Vault
from provisioning.store.admin_tables import signing_keys as table
from provisioning.store.engine import transaction
from provisioning.tokens import LONGEST_LIFE

START = datetime(2026, 11, 21, tzinfo=UTC)
VAULT = Vault("a secret that is long enough to be one")
SECOND = timedelta(seconds=1)


def signs(engine: Engine, moment: datetime, vault: Vault = VAULT) -> str:
    """The id of the key that signs then."""
    with transaction(engine) as connection:
        return signing_keys.signer(connection, vault, Acting(actor="test", now=moment)).key_id


def published(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [key["kid"] for key in signing_keys.key_set(connection)["keys"]]


def renew(engine: Engine, moment: datetime) -> None:
    key_renewal.renew(engine, VAULT, moment)


def test_the_first_key_is_made_when_it_is_needed(engine: Engine) -> None:
    renew(engine, START)
    assert published(engine) == []

    first = signs(engine, START)

    assert published(engine) == [first]
    assert signs(engine, START + SECOND) == first


def test_a_successor_is_published_a_day_before_it_signs(engine: Engine) -> None:
    first = signs(engine, START)
    over = START + SIGNS_FOR
    renew(engine, over - PUBLISHED_BEFORE - SECOND)
    assert published(engine) == [first]

    renew(engine, over - PUBLISHED_BEFORE + key_renewal.INTERVAL)

    assert published(engine)[0] == first
    (second,) = published(engine)[1:]
    assert signs(engine, over) == first
    assert signs(engine, over + key_renewal.INTERVAL) == second


def test_a_key_is_retired_when_its_last_token_has_expired(engine: Engine) -> None:
    first = signs(engine, START)
    noticed = START + SIGNS_FOR - PUBLISHED_BEFORE
    renew(engine, noticed)
    second = published(engine)[-1]

    renew(engine, noticed + PUBLISHED_BEFORE + LONGEST_LIFE - SECOND)
    assert published(engine) == [first, second]
    renew(engine, noticed + PUBLISHED_BEFORE + LONGEST_LIFE + key_renewal.INTERVAL)

    assert published(engine) == [second]
    with engine.connect() as connection:
        query = select(table.c.private_key).where(table.c.id == first)
        assert connection.execute(query).scalar_one() == ""


def test_two_beats_renew_once(engine: Engine) -> None:
    signs(engine, START)
    noticed = START + SIGNS_FOR - PUBLISHED_BEFORE

    renew(engine, noticed)
    renew(engine, noticed + SECOND)

    assert len(published(engine)) == 2


def test_a_key_that_somebody_else_may_have_is_believed_no_more(engine: Engine) -> None:
    first = signs(engine, START)
    by = Acting(actor="test", now=START + SECOND)
    with transaction(engine) as connection:
        second = signing_keys.rotate(connection, VAULT, by, at_once=True)

    assert published(engine) == [second.id]
    assert signs(engine, by.now) == second.id != first


def test_a_rotation_in_peace_waits_a_day(engine: Engine) -> None:
    first = signs(engine, START)
    with transaction(engine) as connection:
        second = signing_keys.rotate(connection, VAULT, Acting(actor="test", now=START))

    assert published(engine) == [first, second.id]
    assert signs(engine, START + PUBLISHED_BEFORE - SECOND) == first
    assert signs(engine, START + PUBLISHED_BEFORE) == second.id


def test_the_database_alone_gives_no_private_key_away(engine: Engine) -> None:
    signs(engine, START)
    with engine.connect() as connection:
        kept = connection.execute(select(table.c.private_key)).scalar_one()

    assert "PRIVATE" not in kept
    with pytest.raises(Refused, match="another PROVISIONING_SECRET_KEY"):
        signs(engine, START, Vault("another secret that is long enough, too"))
