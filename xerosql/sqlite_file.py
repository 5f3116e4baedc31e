"""An SQLite database that threads, processes and forks share, and that the program can do without.

The write-ahead log makes each change whole or not at all, kill -9 in the middle included, and lets one process write at
a time while others read.
"""

from __future__ import annotations

import atexit
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import TypeVar
from weakref import WeakSet

T = TypeVar("T")
#: Seconds between two tries to put a file in write-ahead mode.
AGAIN = 0.01


class SqliteFile:
    """The database at `path`, readable by its owner only; in memory, for one process, if None.

    It is opened when first used. One that cannot be used is given up once and for all with one warning, which ends with
    `instead`: what happens then, and what to do about it. `patience` is how many seconds another process may hold it.
    """

    def __init__(
        self,
        path: Path | None,
        lay_out: Callable[[sqlite3.Connection], None],
        *,
        patience: float,
        instead: str,
        log: logging.Logger,
        local_only: Callable[[Path], None] = lambda path: None,
    ) -> None:
        self.path = path
        self.usable = True
        self._lay_out = lay_out
        self._patience = patience
        self._instead = instead
        self._log = log
        self._local_only = local_only
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()
        _ALL.add(self)

    def use(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `work` returns for the open database, one thread at a time; `otherwise` if it cannot be used."""
        with self._lock:
            if not self.usable:
                return otherwise
            try:
                return work(self._opened())
            except (sqlite3.Error, OSError) as error:
                self.usable = False
                self._shut()
                self._log.warning("%s cannot be used (%s), %s", self.path, error, self._instead)
                return otherwise

    def close(self) -> None:
        """Close it; a later use opens it again. What was in memory is gone."""
        with self._lock:
            self._shut()

    def forked(self) -> None:
        """In a new child process: leave the parent's connection alone and open one's own when needed."""
        self._inherited = self._connection  # kept, since closing it would release the parent's locks
        self._connection, self._lock = None, Lock()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self.path is not None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._local_only(self.path)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                self.path or ":memory:", timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            write_ahead(self._connection, self._patience)
            self._connection.execute("PRAGMA synchronous = NORMAL")
            with transaction(self._connection):
                self._lay_out(self._connection)
        return self._connection

    def _shut(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Put a file in write-ahead mode, waiting up to `patience` seconds for others who open it.

    It stays so, and only a new file takes a lock for it, for which SQLite does not wait by itself.
    """
    ends = monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > ends:
                raise
            sleep(AGAIN)
        else:
            return


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing, with no other writer in between."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


_ALL: WeakSet[SqliteFile] = WeakSet()


def _after_fork() -> None:
    for each in list(_ALL):
        each.forked()


@atexit.register
def _at_exit() -> None:
    for each in list(_ALL):
        each.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
