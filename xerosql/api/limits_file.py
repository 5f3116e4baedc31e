"""The file in which the processes of a machine keep their joint accounts. The only module that imports sqlite3.

SQLite's write-ahead log makes each change whole or not at all, kill -9 in the middle included, and lets one process
write at a time. A file that cannot be used is given up once and for all, with one warning: this process then keeps
within the limits by itself, as if it were alone.
"""

from __future__ import annotations

import atexit
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar
from weakref import WeakSet

import msgspec

from xerosql.api.shared_limits import Account

_log = logging.getLogger("xerosql.api")
_PATIENCE = 5.0  # seconds that a process may hold the file; it takes a ten thousandth of that
_TABLE = "accounts_1"  # another shape of Account takes another number, so that versions can live side by side
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Account).decode

T = TypeVar("T")


class LimitsFile:
    """Accounts by key. Safe for threads, processes and forks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()
        self._usable = True
        _ALL.add(self)

    def change(self, key: str, change: Callable[[Account], T]) -> T | None:
        """Apply `change` to the account while nobody else can, and return what it returns; None if the file is lost."""
        with self._lock:
            if not self._usable:
                return None
            try:
                return self._changed(self._opened(), key, change)
            except (sqlite3.Error, OSError) as error:
                self._give_up(error)
                return None

    @property
    def usable(self) -> bool:
        """False from the first failure on."""
        return self._usable

    def close(self) -> None:
        """Close the file; a later change opens it again."""
        with self._lock:
            self._shut()

    def forked(self) -> None:
        """In a new child process: leave the parent's connection alone and open one's own when needed."""
        self._inherited = self._connection  # kept, since closing it would release the parent's locks
        self._connection, self._lock = None, Lock()

    def _changed(self, connection: sqlite3.Connection, key: str, change: Callable[[Account], T]) -> T:
        connection.execute("BEGIN IMMEDIATE")
        try:
            row = connection.execute(f"SELECT account FROM {_TABLE} WHERE name = ?", (key,)).fetchone()
            account = _read(row[0]) if row else Account()
            result = change(account)
            connection.execute(f"REPLACE INTO {_TABLE} VALUES (?, ?)", (key, _encode(account)))
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return result

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {_TABLE} (name TEXT PRIMARY KEY, account BLOB) WITHOUT ROWID"
            )
        return self._connection

    def _give_up(self, error: Exception) -> None:
        self._usable = False
        self._shut()
        _log.warning(
            "%s cannot be used (%s), so this process does not know what others use of Xero's limits; "
            "name another file with limits_file, or set share_limits to false",
            self._path,
            error,
        )

    def _shut(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _read(stored: bytes) -> Account:
    """The account; a fresh one in the place of what cannot be read."""
    try:
        return _decode(stored)
    except msgspec.DecodeError:
        return Account()


def default_path() -> Path:
    """`limits.sqlite` where the user's programs keep their state."""
    import platformdirs

    return Path(platformdirs.user_state_dir("xerosql", appauthor=False)) / "limits.sqlite"


_OPEN: dict[Path, LimitsFile] = {}
_OPEN_LOCK = Lock()
_ALL: WeakSet[LimitsFile] = WeakSet()


def file_at(path: Path) -> LimitsFile:
    """The one LimitsFile of this process for a path."""
    with _OPEN_LOCK:
        return _OPEN.setdefault(path, LimitsFile(path))


def _after_fork() -> None:
    for each in list(_ALL):
        each.forked()


@atexit.register
def _at_exit() -> None:
    for each in list(_ALL):
        each.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
