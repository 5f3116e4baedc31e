"""Transactions of scratch, writes to Xero that no rollback takes back, and connections from the pool."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, SAWarning

import xerosql
from tests.sqlalchemy.conftest import engine_on
from xerosql.simulator import Simulator

COUNT = text("SELECT count(*) FROM notes")
INSERT = text("INSERT INTO notes VALUES (1)")


@pytest.fixture
def notes(scratch: Engine) -> Engine:
    with scratch.begin() as connection:
        connection.execute(text("CREATE TABLE notes (x integer)"))
    return scratch


def test_scratch_is_rolled_back_and_committed(notes: Engine) -> None:
    with notes.connect() as connection:
        transaction = connection.begin()
        connection.execute(INSERT)
        transaction.rollback()
        assert connection.execute(COUNT).scalar() == 0
    with notes.begin() as connection:
        connection.execute(INSERT)
    with notes.connect() as connection:
        assert connection.execute(COUNT).scalar() == 1


def test_the_connections_of_an_engine_share_scratch(notes: Engine) -> None:
    """Each has a transaction of its own, and sees the others' once they are committed."""
    with notes.connect() as one, notes.connect() as other:
        transaction = one.begin()
        one.execute(INSERT)
        one.execute(text("CREATE TABLE more (x integer)"))
        assert other.execute(COUNT).scalar() == 0
        transaction.commit()
        assert other.execute(COUNT).scalar() == 1
        assert other.execute(text("SELECT count(*) FROM more")).scalar() == 0


def test_two_engines_share_nothing(notes: Engine, sim: Simulator) -> None:
    with engine_on(sim, "?search_path=scratch").connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'scratch'")
        )
        assert found.scalar() == 0


def test_autocommit_keeps_each_statement(notes: Engine) -> None:
    with notes.connect() as connection:
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        free.execute(INSERT)
        free.connection.dbapi_connection.rollback()
        assert free.execute(COUNT).scalar() == 1
    with notes.connect() as connection:
        assert connection.get_isolation_level() == "SNAPSHOT"


def test_an_isolation_level_that_there_is_not_is_an_error(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(ArgumentError, match="SNAPSHOT"):
        connection.execution_options(isolation_level="SERIALIZABLE")


def test_a_rollback_warns_of_what_xero_has(engine: Engine) -> None:
    """It is there for good; the error that led to the rollback is not hidden by another."""
    insert = text(
        "INSERT INTO Tasks (ProjectId, Name, ChargeType, RateValue) "
        "SELECT ProjectId, 'Kept', 'TIME', 1 FROM Projects WHERE Name = 'Rebrand'"
    )

    def write_and_fail() -> None:
        with engine.begin() as connection:
            connection.execute(insert)
            raise ZeroDivisionError

    with pytest.warns(SAWarning, match="went to Xero at once"), pytest.raises(ZeroDivisionError):
        write_and_fail()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM Tasks WHERE Name = 'Kept'")).scalar() == 1


def test_a_closed_connection_is_replaced(sim: Simulator) -> None:
    """With pool_pre_ping, before the statement; without, after it."""
    engine = engine_on(sim, pool_pre_ping=True)
    with engine.connect() as connection:
        closed = connection.connection.dbapi_connection
    closed.close()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    dialect = engine.dialect
    assert dialect.is_disconnect(xerosql.InterfaceError("closed"), closed, None)
    assert not dialect.is_disconnect(xerosql.OperationalError("a time-out"), closed, None)


def test_connecting_makes_no_call(sim: Simulator) -> None:
    engine_on(sim).connect().close()
    assert sim.calls == 0


def test_the_dialect_has_a_full_name_too() -> None:
    """With the driver's behind it, as some tools write it."""
    assert create_engine("xerosql+xerosql://demo").dialect.name == "xerosql"
