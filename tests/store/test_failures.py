"""Which errors are about the rows of a batch, so that a smaller one may pass."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from provisioning.errors import Collision, ProvisioningError, Unavailable
from provisioning.store import failures
from provisioning.store.engine import transaction


def raised(engine: Engine, *statements: str) -> Exception:
    """What the drain would see."""
    try:
        with transaction(engine) as connection:
            for statement in statements:
                connection.execute(text(statement))
    except (DBAPIError, ProvisioningError) as error:
        return error
    raise AssertionError


USER = "INSERT INTO users (id, email_key, created_at, updated_at) VALUES"
MOMENT = "'2026-01-01T00:00:00.000000Z'"


@pytest.mark.parametrize(
    "statement",
    [
        f"{USER} ('usr_1', NULL, NULL, {MOMENT})",
        f"{USER} ('usr_1', NULL, {MOMENT}, {MOMENT}), ('usr_1', NULL, {MOMENT}, {MOMENT})",
        "UPDATE roles SET organization_id = 'org', name = NULL",
    ],
)
def test_a_row_that_is_refused(engine: Engine, statement: str) -> None:
    assert failures.is_about_rows(raised(engine, statement))


def test_an_address_that_is_taken_again_and_again(engine: Engine) -> None:
    """The first time it is a race; the drain asks when it has lost it five times."""
    rows = [f"('usr_{number}', 'ada', {MOMENT}, {MOMENT})" for number in (1, 2)]

    error = raised(engine, f"{USER} {', '.join(rows)}")

    assert isinstance(error, Collision)
    assert failures.is_about_rows(error)


def test_a_statement_that_no_row_can_pass(engine: Engine) -> None:
    assert not failures.is_about_rows(raised(engine, "SELECT * FROM nowhere"))


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize(
    "statements",
    [
        ("SET TRANSACTION READ ONLY", f"{USER} ('usr_1', NULL, {MOMENT}, {MOMENT})"),
        ("SET LOCAL lock_timeout = 1", "SELECT pg_terminate_backend(pg_backend_pid())"),
        ("DO $$ BEGIN RAISE deadlock_detected; END $$",),
        ("DO $$ BEGIN RAISE disk_full; END $$",),
    ],
)
def test_a_database_in_trouble(engine: Engine, statements: tuple[str, ...]) -> None:
    assert not failures.is_about_rows(raised(engine, *statements))


def test_a_database_that_is_away() -> None:
    assert not failures.is_about_rows(Unavailable())


def test_a_defect_is_about_the_rows_that_show_it() -> None:
    assert failures.is_about_rows(KeyError("ada@acme.test"))


def test_what_is_said_of_a_defect_is_where_it_is() -> None:
    nobody: dict[str, str] = {}
    with pytest.raises(KeyError) as raising:
        nobody["ada@acme.test"]

    assert failures.kind(raising.value) == "KeyError"
    assert failures.whereabouts(raising.value).startswith("test_failures.py:")
