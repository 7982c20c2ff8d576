"""Several who ask at once read on one connection: what fails for one is nobody else's failure."""

import pytest
from sqlalchemy import Connection, Engine, text

from provisioning.errors import NotFound, Unavailable
from provisioning.store.engine import read_each
from provisioning.store.sql import Statement

_LENGTH = Statement("SELECT length(:word)")


def length(connection: Connection, word: str) -> int:
    if not word:
        raise NotFound("word", word)
    return int(_LENGTH.run(connection, {"word": word}).scalar_one())


def test_each_gets_an_answer_or_its_own_refusal(engine: Engine) -> None:
    one, nothing, three = read_each(engine, length, ["a", "", "abc"])

    assert (one, three) == (1, 3)
    assert isinstance(nothing, NotFound)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_what_the_database_refuses_one_of_them_is_not_refused_the_others(engine: Engine) -> None:
    one, nothing, three = read_each(engine, length, ["a", "\0", "abc"])

    assert (one, three) == (1, 3)
    assert isinstance(nothing, Exception)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_lost_connection_is_lost_for_all_behind(engine: Engine) -> None:
    def lose(connection: Connection, word: str) -> int:
        if word == "lose":
            with engine.connect() as other:
                backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
                other.execute(text(f"SELECT pg_terminate_backend({backend})"))
        return length(connection, word)

    one, *lost = read_each(engine, lose, ["a", "lose", "abc"])

    assert one == 1
    assert [type(each) for each in lost] == [Unavailable, Unavailable]

    assert read_each(engine, lose, ["a"]) == [1]
