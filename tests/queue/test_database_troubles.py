"""What goes wrong with the database of a queue, by its name: full, locked, damaged, gone, none of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.queue.postgres import Postgres
from tests.queue.test_database import add, numbers, told
from xerosql.errors import DatabaseError, Error, OperationalError, ProgrammingError
from xerosql.queue.database import AT_ONCE, Database, error_for, in_batches
from xerosql.queue.tables import NUMBERS


def test_a_full_disk_is_told_and_nothing_is_changed(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    numbers(database)

    @sa.event.listens_for(database.engine, "connect")
    def fill(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    database.engine.dispose()
    with pytest.raises(OperationalError) as caught, database.write() as connection:
        connection.execute(NUMBERS.insert(), [{"name": f"n{n}", "value": n} for n in range(5000)])
    assert str(caught.value) == "the disk of the queue is full; nothing was changed"
    assert (caught.value.sqlstate, caught.value.retryable) == ("53100", True)
    assert set(numbers(database)) == {"version", "next_id"}
    database.close()


def test_a_file_that_may_not_be_written_is_told(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    numbers(database)

    @sa.event.listens_for(database.engine, "connect")
    def lock(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    database.engine.dispose()
    with pytest.raises(OperationalError, match=r"^the queue's file cannot be written by this user$") as caught:
        add(database)
    assert (caught.value.sqlstate, caught.value.retryable) == ("42501", False)
    database.close()


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "letter.txt"
    place.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    error = told(OperationalError, f"sqlite:///{place}")
    assert (error.message, error.sqlstate, error.retryable) == (
        "the queue's file is no SQLite database; name another queue_url",
        "58030",
        False,
    )
    assert place.read_text(encoding="utf-8").startswith("Dear Sir")


def test_a_damaged_file_is_told(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    numbers(database)
    database.close()
    place = tmp_path / "queue.sqlite"
    with place.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (place.stat().st_size - 100))
    error = told(OperationalError, sqlite_url)
    assert (error.message, error.sqlstate) == ("the queue's file is damaged; restore it from a copy", "XX001")


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """A directory, or a path through a file."""
    (tmp_path / "file").write_text("x")
    assert told(OperationalError, f"sqlite:///{tmp_path}").message == "the queue's file cannot be used: Is a directory"
    error = told(OperationalError, f"sqlite:///{tmp_path}/file/queue.sqlite")
    assert error.message.startswith("the queue's file cannot be used: ")
    assert error.sqlstate == "58030"


def test_a_user_without_rights_is_told(postgres: Postgres, postgresql_url: str) -> None:
    """Of the database, whose owner has made the tables."""
    postgres.run("DROP ROLE IF EXISTS nobody_much")
    postgres.run("CREATE ROLE nobody_much LOGIN")
    database = Database(postgresql_url)
    numbers(database)
    database.close()
    error = told(ProgrammingError, postgresql_url.replace("postgres@", "nobody_much@"))
    assert (error.message, error.sqlstate) == ("this user of the queue's database has no right to do that", "42501")


def test_a_database_that_does_not_exist_is_told(postgres: Postgres) -> None:
    error = told(OperationalError, postgres.url("no_such_database"))
    assert error.message.startswith("the queue's database cannot be used")


def test_a_connection_that_was_lost_is_made_anew(postgres: Postgres, postgresql_url: str) -> None:
    """A server that was started again meanwhile is no trouble to the next change."""
    database = Database(postgresql_url)
    numbers(database)
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'queue_%'")
    add(database)
    database.close()


def test_a_connection_that_is_lost_in_a_change_is_told(postgres: Postgres, postgresql_url: str) -> None:
    """Nothing of the change is kept, and trying again may help."""
    database = Database(postgresql_url)
    numbers(database)

    def change() -> None:
        with database.write() as connection:
            connection.execute(NUMBERS.insert().values(name="mine", value=1))
            postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'queue_%'")
            connection.execute(NUMBERS.insert().values(name="yours", value=1))

    with pytest.raises(OperationalError) as caught:
        change()
    assert caught.value.message.startswith("the queue's database cannot be used")
    assert caught.value.retryable
    assert "mine" not in numbers(database)
    database.close()


@pytest.mark.parametrize(
    ("cause", "kind", "sqlstate", "retryable"),
    [
        (psycopg.errors.DiskFull(), OperationalError, "53100", True),
        (psycopg.errors.LockNotAvailable(), OperationalError, "55P03", True),
        (psycopg.errors.InsufficientPrivilege(), ProgrammingError, "42501", False),
        (psycopg.errors.ReadOnlySqlTransaction(), OperationalError, "25006", False),
        (psycopg.errors.AdminShutdown(), OperationalError, "57P01", True),
        (psycopg.OperationalError(), OperationalError, "08006", True),
        (sqlite3.OperationalError(), OperationalError, "58030", False),
        (None, OperationalError, "08006", True),
    ],
)
def test_errors_of_the_drivers_are_ours(
    cause: BaseException | None, kind: type[DatabaseError], sqlstate: str, retryable: bool
) -> None:
    error = error_for(cause)
    assert (type(error), error.sqlstate, error.retryable) == (kind, sqlstate, retryable)


def test_no_value_of_a_failing_statement_is_in_the_error(queue_url: str) -> None:
    """It may be a customer's name."""
    database = Database(queue_url)
    add(database, "Jane Doe")
    with pytest.raises(Error) as caught:
        add(database, "Jane Doe")
    assert "Jane" not in str(caught.value)
    database.close()


def test_values_come_in_batches() -> None:
    sizes = [len(some) for some in in_batches(range(2 * AT_ONCE + 1))]
    assert sizes == [AT_ONCE, AT_ONCE, 1]
    assert list(in_batches([])) == []
