"""The database of the queue: which there may be, how it is made, and what each of its troubles is called."""

from __future__ import annotations

import os
import stat
import threading
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.queue.kit import Clock
from xerosql.errors import Error, InterfaceError, OperationalError
from xerosql.queue import database as module
from xerosql.queue.database import Database
from xerosql.queue.tables import NUMBERS

NOT_OURS = "queue_url must be sqlite:///path/to/queue.sqlite or postgresql://user@host/database"
HELD = "another program holds the queue for too long"


def numbers(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(sa.select(NUMBERS))}


def add(database: Database, name: str = "mine") -> None:
    with database.write() as connection:
        connection.execute(NUMBERS.insert().values(name=name, value=1))


def told(error: type[Error], url: str) -> Error:
    """The error of the first use of a database."""
    database = Database(url, patience=0.05)
    with pytest.raises(error) as caught:
        add(database)
    database.close()
    assert type(caught.value) is error
    return caught.value


# -- URLs --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["", "queue.sqlite", "mysql://me@host/db", "postgresql://host:port/db", "http://x", "://", "redis://localhost"],
)
def test_a_url_that_is_none_of_ours_is_refused(url: str) -> None:
    with pytest.raises(InterfaceError) as caught:
        Database(url)
    assert str(caught.value) == NOT_OURS or "driver" in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_queue_in_memory_is_refused(url: str) -> None:
    with pytest.raises(InterfaceError, match=r"^queue_url must name a file: a queue in memory would lose its tasks$"):
        Database(url)


def test_a_file_on_a_network_file_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made there."""
    monkeypatch.setattr(module, "network_filesystem", lambda path: "nfs4")
    with pytest.raises(InterfaceError, match=r"^/mnt/nas/q\.sqlite is on a network file system \(nfs4\), where SQLite"):
        Database("sqlite:////mnt/nas/q.sqlite")


@pytest.mark.parametrize("missing", ["psycopg", "psycopg2"])
@pytest.mark.parametrize(
    ("version", "package"), [("2.0.20", r"xerosql\[postgres\]"), ("1.4.54", "psycopg2-binary")], ids=["2", "1.4"]
)
def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch, missing: str, version: str, package: str) -> None:
    """It is one that the installed SQLAlchemy has a use for."""

    def absent(*_: object) -> None:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(module, "engine_for", absent)
    monkeypatch.setattr(module.sa, "__version__", version)
    with pytest.raises(InterfaceError, match=f"^a queue in PostgreSQL needs a driver: pip install '{package}'$"):
        Database("postgresql://me@host/db")


def test_another_missing_module_is_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'x'", name="x")

    monkeypatch.setattr(module, "engine_for", absent)
    with pytest.raises(ModuleNotFoundError):
        Database("postgresql://me@host/db")


def test_a_driver_that_does_not_exist_is_named() -> None:
    with pytest.raises(InterfaceError, match="needs a driver"):
        Database("postgresql+nothing://me@host/db")


def test_a_password_is_not_shown() -> None:
    """Neither in messages nor in logs."""
    database = Database("postgresql://me:secret@host/db")
    assert str(database) == f"postgresql+{module.postgres_driver()}://me:***@host/db"


def test_nothing_is_opened_before_it_is_used(sqlite_url: str, tmp_path: Path) -> None:
    Database(sqlite_url)
    Database("postgresql://me@256.256.256.256/db")
    assert list(tmp_path.iterdir()) == []


# -- Making ------------------------------------------------------------------------------------------------------------


def test_the_tables_are_made_once(queue_url: str) -> None:
    """By whoever comes first; what is there stays."""
    first, second = Database(queue_url), Database(queue_url)
    add(first)
    assert numbers(second) == {"version": 1, "next_id": 1, "mine": 1}
    for each in (first, second):
        each.close()


def test_two_that_come_first_at_once_do_not_disturb_each_other(queue_url: str) -> None:
    both, together, troubles = [Database(queue_url) for _ in range(2)], threading.Barrier(2), []

    def begin(database: Database, name: str) -> None:
        together.wait()
        try:
            add(database, name)
        except Error as error:
            troubles.append(error)

    threads = [threading.Thread(target=begin, args=(each, f"t{n}")) for n, each in enumerate(both)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert numbers(both[0]) == {"version": 1, "next_id": 1, "t0": 1, "t1": 1}
    for each in both:
        each.close()


def test_tables_of_another_version_are_left_alone(queue_url: str) -> None:
    """The sentence says what to do."""
    database = Database(queue_url)
    with database.write() as connection:
        connection.execute(NUMBERS.update().where(NUMBERS.c.name == "version").values(value=99))
    database.close()
    error = told(OperationalError, queue_url)
    assert "its tables are of version 99, this one knows version 1" in error.message
    assert not error.retryable


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    """As are its write-ahead log and the directory that is made for it: people's data is in there."""
    place = tmp_path / "new" / "deeper" / "queue.sqlite"
    before = os.umask(0)
    try:
        database = Database(f"sqlite:///{place}")
        add(database)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in place.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert set(modes) >= {"queue.sqlite", "queue.sqlite-wal"}
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    database.close()


def test_the_file_is_safe_from_a_power_cut(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]
        assert (found, connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()) == (["wal", 2], 1)
    database.close()


# -- Transactions ------------------------------------------------------------------------------------------------------


def test_a_change_that_raises_is_undone(queue_url: str) -> None:
    """Whatever it raises."""
    database = Database(queue_url)

    def fail(cause: type[BaseException]) -> None:
        with database.write() as connection:
            connection.execute(NUMBERS.insert().values(name="mine", value=1))
            raise cause

    for cause in (ValueError, KeyboardInterrupt):
        with pytest.raises(cause):
            fail(cause)
    assert "mine" not in numbers(database)
    database.close()


def test_a_reader_sees_one_state(queue_url: str) -> None:
    """And does not hold up who writes meanwhile."""
    database = Database(queue_url)
    add(database, "before")
    with database.read() as connection:
        seen = connection.execute(sa.select(NUMBERS)).all()
        add(database, "meanwhile")
        assert connection.execute(sa.select(NUMBERS)).all() == seen
    assert "meanwhile" in numbers(database)
    database.close()


def test_one_change_at_a_time(queue_url: str) -> None:
    """The second waits; whatever it reads then is what the first has left."""
    database, inside, seen = Database(queue_url), threading.Event(), []

    def second() -> None:
        inside.wait()
        with database.write() as connection:
            seen.append(connection.execute(sa.select(NUMBERS.c.value).where(NUMBERS.c.name == "mine")).scalar())

    thread = threading.Thread(target=second)
    add(database)
    thread.start()
    with database.write() as connection:
        inside.set()
        connection.execute(NUMBERS.update().where(NUMBERS.c.name == "mine").values(value=2))
        thread.join(0.05)
        assert seen == []
    thread.join()
    assert seen == [2]
    database.close()


def test_who_holds_the_queue_for_too_long_is_not_waited_for(queue_url: str) -> None:
    holder, waiter = Database(queue_url), Database(queue_url, patience=0.05)
    numbers(waiter)
    with holder.write(), pytest.raises(OperationalError) as caught:
        add(waiter)
    assert (str(caught.value), caught.value.sqlstate, caught.value.retryable) == (HELD, "55P03", True)
    add(waiter)
    for each in (holder, waiter):
        each.close()


def test_the_clock_is_the_servers_where_there_is_one(postgresql_url: str) -> None:
    """In UTC, whatever the zone of the server; several machines go by one clock."""
    database = Database(postgresql_url)
    with database.read() as connection:
        told = connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        now = database.now(connection)
    assert abs((now - datetime(1970, 1, 1)).total_seconds() - float(told)) < 60  # noqa: DTZ001 - as all times here
    database.close()


def test_a_clock_that_is_given_is_the_clock(queue_url: str, clock: Clock) -> None:
    database = Database(queue_url, clock)
    with database.read() as connection:
        assert database.now(connection) == clock.now().replace(tzinfo=None)
    database.close()
