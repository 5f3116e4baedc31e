"""The file in which the processes of a machine keep their joint accounts.

A file that cannot be used is given up once and for all, with one warning: this process then keeps within the limits by
itself, as if it were alone.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec

from xerosql.api.shared_limits import Account
from xerosql.sqlite_file import SqliteFile, transaction

_log = logging.getLogger("xerosql.api")
_PATIENCE = 5.0  # seconds that a process may hold the file; it takes a ten thousandth of that
_TABLE = "accounts_1"  # another shape of Account takes another number, so that versions can live side by side
_INSTEAD = (
    "so this process does not know what others use of Xero's limits; name another file with limits_file, or set "
    "share_limits to false"
)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Account).decode

T = TypeVar("T")


class LimitsFile:
    """Accounts by key. Safe for threads, processes and forks."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _lay_out, patience=_PATIENCE, instead=_INSTEAD, log=_log)

    def change(self, key: str, change: Callable[[Account], T]) -> T | None:
        """Apply `change` to the account while nobody else can, and return what it returns; None if the file is lost."""
        return self._file.use(lambda connection: _changed(connection, key, change), None)

    @property
    def usable(self) -> bool:
        """False from the first failure on."""
        return self._file.usable

    def close(self) -> None:
        """Close the file; a later change opens it again."""
        self._file.close()


def _lay_out(connection: sqlite3.Connection) -> None:
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (name TEXT PRIMARY KEY, account BLOB) WITHOUT ROWID")


def _changed(connection: sqlite3.Connection, key: str, change: Callable[[Account], T]) -> T:
    with transaction(connection):
        row = connection.execute(f"SELECT account FROM {_TABLE} WHERE name = ?", (key,)).fetchone()
        account = _read(row[0]) if row else Account()
        result = change(account)
        connection.execute(f"REPLACE INTO {_TABLE} VALUES (?, ?)", (key, _encode(account)))
    return result


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


def file_at(path: Path) -> LimitsFile:
    """The one LimitsFile of this process for a path."""
    with _OPEN_LOCK:
        return _OPEN.setdefault(path, LimitsFile(path))
