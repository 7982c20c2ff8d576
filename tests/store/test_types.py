"""Times that come out of a database as text."""

import pytest
from sqlalchemy import Engine

from provisioning.store.engine import reading
from provisioning.store.sql import Statement
from provisioning.store.types import rfc3339_of

AS_TEXT = Statement(
    f"SELECT {rfc3339_of('told')} FROM (SELECT CAST(:told AS timestamptz) AS told) AS moments",  # noqa: S608 - constants
    sqlite="SELECT :told",
)


@pytest.mark.parametrize("fraction", ["123456", "123450", "100000", "000000", "000001"])
def test_a_time_is_told_with_six_digits_whatever_its_zeros(engine: Engine, fraction: str) -> None:
    told = f"2026-11-21T09:30:00.{fraction}Z"

    with reading(engine) as connection:
        assert AS_TEXT.run(connection, {"told": told}).scalar_one() == told
