"""The database that holds the queue: one SQLite file, or PostgreSQL. One writer at a time on both.

On SQLite that is how it works; on PostgreSQL every change takes the same advisory lock first. Whatever a change reads
is then true until it is committed, and nobody has to think about two changes at once; a queue whose other end takes
one request a second has no use for more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from xerosql.api.clock import Clock, SystemClock
from xerosql.errors import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from xerosql.filesystem import network_filesystem
from xerosql.queue.tables import METADATA, NUMBERS, VERSION
from xerosql.sqlite_file import write_ahead

#: Seconds that a change waits for the one before it.
PATIENCE = 30.0
#: Names our lock among the others of a PostgreSQL database.
LOCK = 7_376_305_127
SQLITE, POSTGRESQL = "sqlite", "postgresql"


T = TypeVar("T")
#: Values in one IN (…).
AT_ONCE = 500


class Database:
    """The queue's tables at `url`, made when first used.

    `clock` tells the time; without one it is PostgreSQL's own there, and this machine's for a file.

    Raises InterfaceError for a URL that is none of ours, and for a file on a network file system.
    """

    def __init__(self, url: str, clock: Clock | None = None, patience: float = PATIENCE) -> None:
        self.url = checked_url(url)
        self.patience = patience
        self._clock = clock
        self._system = SystemClock()
        with ours():
            self.engine = engine_for(self.url, patience)
        self.is_sqlite = self.engine.dialect.name == SQLITE
        self._ready = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; it sees one state of the queue."""
        with self.transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A change: all of it is kept when the block ends, nothing if it raises. No other change happens meanwhile."""
        with self.transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Connection]:
        with ours():
            self.prepare()
            with self.engine.connect() as connection:
                begin(connection, writes=writes, is_sqlite=self.is_sqlite, patience=self.patience)
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()

    @property
    def has_own_time(self) -> bool:
        """Whether the queue goes by the database's clock, as several machines must, and not by this machine's."""
        return self._clock is None and not self.is_sqlite

    def now(self, connection: Connection) -> datetime:
        """The time by which the queue goes, UTC, without a zone."""
        if self.has_own_time:
            found: datetime = connection.execute(sa.text("SELECT clock_timestamp() AT TIME ZONE 'UTC'")).scalar_one()
            return found
        return self.local_now()

    def local_now(self) -> datetime:
        """The same by the clock of this machine, or the one that was given."""
        return (self._clock or self._system).now().replace(tzinfo=None)

    def prepare(self) -> None:
        """Make the tables if they are not there; OperationalError for those of another version."""
        if self._ready:
            return
        if self.is_sqlite:
            make_file(self.url)
        with self.engine.connect() as connection:
            begin(connection, writes=False, is_sqlite=self.is_sqlite, patience=self.patience)
            found = self.version(connection)
            connection.rollback()
        if found is None:
            self.create()
            found = VERSION
        if found != VERSION:
            raise OperationalError(
                f"the queue at {self} was made by another version of xerosql (its tables are of version {found}, this "
                f"one knows version {VERSION}); use that version to empty it, or name another queue_url"
            )
        self._ready = True

    def version(self, connection: Connection) -> int | None:
        if not sa.inspect(connection).has_table(NUMBERS.name):
            return None
        found: int | None = connection.execute(
            sa.select(NUMBERS.c.value).where(NUMBERS.c.name == "version")
        ).scalar_one_or_none()
        return found

    def create(self) -> None:
        with self.engine.connect() as connection:
            begin(connection, writes=True, is_sqlite=self.is_sqlite, patience=self.patience)
            if self.version(connection) is None:  # another process may have been faster
                METADATA.create_all(connection)
                rows = [{"name": "version", "value": VERSION}, {"name": "next_id", "value": 1}]
                connection.execute(NUMBERS.insert(), rows)
            connection.commit()

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self.engine.dispose()

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def begin(connection: Connection, *, writes: bool, is_sqlite: bool, patience: float) -> None:
    """Start a transaction; a change waits here until it is the only one, and a reader goes on seeing what it sees."""
    if is_sqlite:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif not writes:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    else:
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{int(patience * 1000)}ms'"))
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def engine_for(url: URL, patience: float) -> Engine:
    if url.get_backend_name() == POSTGRESQL:
        return sa.create_engine(url, future=True, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = sa.create_engine(
        url,
        future=True,  # as SQLAlchemy 2 is, for SQLAlchemy 1.4
        connect_args={"timeout": patience, "check_same_thread": False},
        poolclass=sa.pool.QueuePool,
        pool_size=10,
        max_overflow=20,
    )
    sa.event.listen(engine, "connect", partial(set_up, patience))
    return engine


def set_up(patience: float, connection: Any, _record: object) -> None:
    """Our own BEGIN, a write-ahead log, and nothing called committed that is not on the disk."""
    connection.isolation_level = None
    write_ahead(connection, patience)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def checked_url(url: str) -> URL:
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: the port is no number
        found = None
    if found is None or found.get_backend_name() not in (SQLITE, POSTGRESQL):
        raise InterfaceError("queue_url must be sqlite:///path/to/queue.sqlite or postgresql://user@host/database")
    if found.get_backend_name() == SQLITE:
        check_file(found)
    elif found.drivername == POSTGRESQL:
        found = found.set(drivername=f"{POSTGRESQL}+{postgres_driver()}")
    return found


def postgres_driver() -> str:
    """The driver for PostgreSQL where the URL names none; SQLAlchemy 1.4 knows only the older one."""
    return "psycopg2" if sa.__version__.startswith("1.") else "psycopg"


def check_file(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise InterfaceError("queue_url must name a file: a queue in memory would lose its tasks")
    if kind := network_filesystem(Path(url.database)):
        raise InterfaceError(
            f"{url.database} is on a network file system ({kind}), where SQLite cannot keep two processes apart. Name "
            "a file on a local disk, or a PostgreSQL server for several machines"
        )


def make_file(url: URL) -> None:
    """An empty file that only its owner can read, for it will hold people's data."""
    path = Path(url.database or "")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def in_batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many values at a time as one statement takes."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


# -- Errors ------------------------------------------------------------------------------------------------------------


@contextmanager
def ours() -> Iterator[None]:
    """Errors of the database and of SQLAlchemy as those of PEP 249."""
    try:
        yield
    except NoSuchModuleError as error:
        raise no_driver() from error
    except ModuleNotFoundError as error:
        if error.name not in ("psycopg", "psycopg2"):
            raise
        raise no_driver() from error
    except DBAPIError as error:
        raise error_for(error.orig) from error
    except SQLAlchemyError as error:
        raise OperationalError(f"the queue cannot be used: {type(error).__name__}") from error
    except OSError as error:
        raise OperationalError(f"the queue's file cannot be used: {error.strerror}", sqlstate="58030") from error


def no_driver() -> InterfaceError:
    package = "xerosql[postgres]" if postgres_driver() == "psycopg" else "psycopg2-binary"
    return InterfaceError(f"a queue in PostgreSQL needs a driver: pip install '{package}'")


_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: ("another program holds the queue for too long", "55P03", True),
    sqlite3.SQLITE_LOCKED: ("another program holds the queue for too long", "55P03", True),
    sqlite3.SQLITE_FULL: ("the disk of the queue is full; nothing was changed", "53100", True),
    sqlite3.SQLITE_IOERR: ("the disk of the queue cannot be read or written; nothing was changed", "58030", True),
    sqlite3.SQLITE_READONLY: ("the queue's file cannot be written by this user", "42501", False),
    sqlite3.SQLITE_PERM: ("the queue's file cannot be written by this user", "42501", False),
    sqlite3.SQLITE_CANTOPEN: ("the queue's file cannot be opened", "58030", False),
    sqlite3.SQLITE_CORRUPT: ("the queue's file is damaged; restore it from a copy", "XX001", False),
    sqlite3.SQLITE_NOTADB: ("the queue's file is no SQLite database; name another queue_url", "58030", False),
}
_FORBIDDEN, _LOCKED, _FULL, _READ_ONLY = "42501", "55P03", "53100", "25006"


def error_for(cause: BaseException | None) -> DatabaseError:
    """The error that one of sqlite3 or psycopg stands for."""
    if isinstance(cause, sqlite3.Error):
        primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        other = (f"the queue's file cannot be used: {cause}", "58030", False)
        sentence, state, retryable = _OF_SQLITE.get(primary, other)
        return OperationalError(sentence, sqlstate=state, retryable=retryable)
    sqlstate: str | None = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)  # psycopg 3, psycopg2
    if sqlstate == _FORBIDDEN:
        return ProgrammingError("this user of the queue's database has no right to do that", sqlstate=_FORBIDDEN)
    if sqlstate == _LOCKED:
        return OperationalError("another program holds the queue for too long", sqlstate=_LOCKED, retryable=True)
    if sqlstate == _FULL:
        return OperationalError("the disk of the queue is full; nothing was changed", sqlstate=_FULL, retryable=True)
    if sqlstate == _READ_ONLY:
        return OperationalError("the queue's database can only be read", sqlstate=_READ_ONLY)
    known = f" ({sqlstate})" if sqlstate else ""
    return OperationalError(f"the queue's database cannot be used{known}", sqlstate=sqlstate or "08006", retryable=True)
