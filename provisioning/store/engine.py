"""Engines, and the two ways to use one: a transaction, or one statement that is its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import make_url

from provisioning.errors import ProvisioningError, Unavailable
from provisioning.store.failures import translated

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

SQLITE_BUSY_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 5
_AUTOCOMMIT = "AUTOCOMMIT"
# Not by the isolation level: SQLite's own connections are at this one always, and SQLAlchemy would
# set it, ask it and set it back around each statement, which costs more than the statement.
_READING = {"without_begin": True}


def create(url: str, *, pool_size: int = 4) -> Engine:
    """
    An engine for `postgresql://…` or `sqlite:///…`.

    More than about four connections per web process cost latency and bring no throughput: the
    threads that use them share one interpreter. Parameters stay out of errors, and so addresses
    and hashes out of logs.

    Use it by the three context managers below: on PostgreSQL its connections commit each statement
    by themselves unless `transaction` says otherwise, which saves 100 of 250 microseconds.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise ValueError("not a database URL") from error  # without it: there may be a password
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            hide_parameters=True,
            # What is one statement needs no BEGIN, and nothing to roll back on its way home.
            isolation_level=_AUTOCOMMIT,
            skip_autocommit_rollback=True,
            connect_args={
                # Prepared at the first execution: the hot statements are few and constant.
                "prepare_threshold": 0,
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "options": "-c timezone=UTC",
            },
        )
    msg = f"PROVISIONING_DATABASE_URL: {parsed.get_backend_name()} is neither postgresql nor sqlite"
    raise ValueError(msg)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Commits at the end of the block, before anything is answered; rolls back on any error."""
    level = {"isolation_level": "READ COMMITTED"} if engine.dialect.name == "postgresql" else {}
    with _connected(engine, level) as connection, connection.begin():
        yield connection


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Within a transaction: whatever the block writes is as if it had not been, locks included."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


@contextmanager
def meanwhile(connection: Connection, write: Callable[[], None], *, many: bool) -> Iterator[None]:
    """
    On PostgreSQL both sides work at once: the statements of `write` are sent without waiting for
    the answer of each, while the block goes on. `many` rows are sent by a thread of its own, since
    the driver sends only what the database has room for until somebody waits for it. `write` may
    read nothing, the block may not use the connection; what fails in `write` does so at the end.
    """
    if connection.dialect.name == "sqlite":
        write()
        yield
    elif many:
        with ThreadPoolExecutor(max_workers=1) as writer:
            written = writer.submit(_pipelined(connection)(write))
            yield
            written.result()
    else:
        with _pipelined(connection):
            write()
            yield


@contextmanager
def _pipelined(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        # As `Statement.run` does it; which statement it was the error says itself.
        connection._handle_dbapi_exception(error, None, None, None, None)  # noqa: SLF001


def statement(engine: Engine) -> AbstractContextManager[Connection]:
    """
    For work that is one statement on PostgreSQL, which commits it by itself: one round trip, not
    three. SQLite has no data-modifying CTE, so there the same work is a transaction of a few.
    """
    return transaction(engine) if engine.dialect.name == "sqlite" else reading(engine)


def reading(engine: Engine) -> AbstractContextManager[Connection]:
    """For SELECTs that need no common snapshot: no BEGIN, and on SQLite no write lock."""
    return _connected(engine, _READING if engine.dialect.name == "sqlite" else {})


def read_each(
    engine: Engine, read: Callable[[Connection, Asked], Answered], asked: Sequence[Asked]
) -> list[Answered | Exception]:
    """For several who ask at once, on one connection; as `outcomes`."""
    with reading(engine) as connection:
        return outcomes(partial(read, connection), asked)


def write_each(
    write: Callable[[Sequence[Asked]], Sequence[Answered]], asked: Sequence[Asked]
) -> list[Answered | Exception]:
    """
    All at once or, when that is refused, each by itself, as `outcomes`. `write` writes all or, when
    it raises, nothing. Raises when the connection is lost with all of them.
    """
    if len(asked) > 1:
        try:
            return [*write(asked)]
        except exc.DBAPIError as error:
            if isinstance(translated(error), Unavailable):
                raise
        except ProvisioningError:
            pass  # of one of them; which one, they find out alone
    return outcomes(partial(_written, write), asked)


def _written(write: Callable[[Sequence[Asked]], Sequence[Answered]], one: Asked) -> Answered:
    (written,) = write([one])
    return written


def outcomes(
    work: Callable[[Asked], Answered], asked: Sequence[Asked]
) -> list[Answered | Exception]:
    """
    For each what it gives or its refusal, in order and in the domain's words. Where the database is
    lost, it is for those behind, too; nobody waits for it again.
    """
    found: list[Answered | Exception] = []
    for one in asked:
        found.append(_outcome(work, one))
        if isinstance(found[-1], Unavailable):
            break
    return found + found[-1:] * (len(asked) - len(found))


def _outcome(work: Callable[[Asked], Answered], one: Asked) -> Answered | Exception:
    try:
        return work(one)
    except exc.DBAPIError as error:
        return translated(error) or error
    except Exception as error:  # noqa: BLE001 - it is nobody else's who asks at the same time
        return error


@contextmanager
def _connected(engine: Engine, options: Mapping[str, Any]) -> Iterator[Connection]:
    """With the domain's errors in place of the database's."""
    try:
        with engine.connect() as connection:
            yield connection.execution_options(**options) if options else connection
    except exc.TimeoutError as error:  # no connection in the pool came free
        raise Unavailable from error
    except exc.DBAPIError as error:
        refusal = translated(error)
        if refusal is None:
            raise
        raise refusal from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy begins for us (below): sqlite3 itself would begin late and not IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A read that later writes would fail with "database is locked" instead of waiting.
    if not connection.get_execution_options().get("without_begin"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
