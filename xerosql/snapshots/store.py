"""Where snapshots are kept: SQLite, in memory for one process or in a directory that several share.

Pages are kept as Xero sent them, compressed. A file in write-ahead mode replaces and reads one list at a time, with
other processes at it; Parquet would be quicker to sum up, but its columns would be those that somebody happened to ask
for first.
"""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path

from xerosql.api import FIRST_PAGE, Response
from xerosql.filesystem import network_filesystem
from xerosql.snapshots.listing import Listed, Listing
from xerosql.snapshots.moment import Moment
from xerosql.snapshots.snapshot import Key, Snapshot
from xerosql.sqlite_file import SqliteFile, transaction

#: Bytes of compressed pages: in this process' memory, and in a directory. The oldest go first.
MOST_IN_MEMORY, MOST_IN_DIRECTORY = 64 * 1024 * 1024, 1024 * 1024 * 1024
#: Seconds for which anything is kept; no `max_age` can be longer.
LONGEST = 30 * 24 * 3600.0
#: Seconds for which processes wait for another one to read what they want. It may have been killed, or have a slow
#: reader of its own, so after that they read it themselves.
CLAIMED = 10.0
#: Seconds to wait for another process that is writing.
PATIENCE = 10.0
#: Sign-ins whose listings are held in memory.
REALMS = 16
#: How the tables look; a file with another number is made anew.
VERSION = 1
FILE = "snapshots.sqlite"
INSTEAD = "so everything is asked of Xero; name another directory with cache_dir"

_log = logging.getLogger("xerosql.snapshots")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshots (
    id INTEGER PRIMARY KEY, realm TEXT NOT NULL, xero TEXT NOT NULL, tenant TEXT NOT NULL, kind TEXT NOT NULL,
    asked TEXT NOT NULL, place TEXT NOT NULL, wall REAL NOT NULL, monotonic REAL NOT NULL, size INTEGER NOT NULL,
    items INTEGER, UNIQUE (realm, tenant, kind, asked)
);
CREATE INDEX IF NOT EXISTS of_tenant ON snapshots (xero, tenant);
CREATE INDEX IF NOT EXISTS by_age ON snapshots (wall);
CREATE TABLE IF NOT EXISTS pages (
    snapshot INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (snapshot, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (
    realm TEXT NOT NULL, tenant TEXT NOT NULL, kind TEXT NOT NULL, asked TEXT NOT NULL, reader TEXT NOT NULL,
    wall REAL NOT NULL, monotonic REAL NOT NULL, PRIMARY KEY (realm, tenant, kind, asked)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS writes (
    xero TEXT NOT NULL, tenant TEXT NOT NULL, count INTEGER NOT NULL, wall REAL NOT NULL, monotonic REAL NOT NULL,
    PRIMARY KEY (xero, tenant)
) WITHOUT ROWID;
"""
_KEY = "realm = ? AND tenant = ? AND kind = ? AND asked = ?"

_LISTED = """
    SELECT tenant, kind, asked, place, wall, monotonic, items, size FROM snapshots WHERE realm = ? ORDER BY wall, id
"""

PageRow = tuple[float, float, int, bytes]
#: What a listing is of: an open database, the changes that this process has made of it, and SQLite's word for others'.
State = tuple[sqlite3.Connection, int, int]


class Store:
    """Snapshots by realm (which Xero, asked as whom) and key. Safe for threads, processes and forks.

    A file that cannot be used is given up with a warning: nothing is found in it any more, and nothing kept.
    """

    def __init__(self, directory: Path | None = None, most: int | None = None) -> None:
        self.directory = directory
        self.most = most or (MOST_IN_MEMORY if directory is None else MOST_IN_DIRECTORY)
        path = None if directory is None else directory / FILE
        self._file = SqliteFile(path, lay_out, patience=PATIENCE, instead=INSTEAD, log=_log, local_only=local_only)
        self._since_pruned = 0
        self._changes = 0  # by this process
        self._listings: dict[str, tuple[State, Listing]] = {}

    # -- Reading -------------------------------------------------------------------------------------------------------

    def find(self, realm: str, key: Key, max_age: float, now: Moment) -> Snapshot | None:
        """The snapshot for a key, with all its pages; None if there is none so young."""
        nothing: list[PageRow] = []
        rows = self._file.use(lambda connection: found(connection, realm, key), nothing)
        if not rows:
            return None
        began = Moment(*rows[0][:2])
        age = now.most_since(began)
        if age is None or age > max_age:
            return None
        try:
            return Snapshot(key, began, pages={row[2]: Response(200, body=zlib.decompress(row[3])) for row in rows})
        except zlib.error:  # the disk has damaged it
            return None

    def listing(self, realm: str) -> Listing:
        """All that there is. It is read again only after a change, by this process or another one."""

        def read(connection: sqlite3.Connection) -> Listing:
            (others,) = connection.execute("PRAGMA data_version").fetchone()
            state = connection, self._changes, others
            known = self._listings.get(realm)
            if known is not None and known[0] == state:
                return known[1]
            rows = connection.execute(_LISTED, (realm,)).fetchall()
            found = Listing([Listed(Key(*row[:4]), Moment(*row[4:6]), *row[6:]) for row in rows])
            if len(self._listings) >= REALMS:
                self._listings.clear()
            self._listings[realm] = state, found
            return found

        return self._file.use(read, Listing())

    def last_write(self, xero: str, tenant: str) -> tuple[int, Moment | None]:
        """How many writes to an organisation have been noted, and when the last one was."""

        def read(connection: sqlite3.Connection) -> tuple[int, Moment | None]:
            row = connection.execute(
                "SELECT count, wall, monotonic FROM writes WHERE xero = ? AND tenant = ?", (xero, tenant)
            ).fetchone()
            return (0, None) if row is None else (row[0], Moment(row[1], row[2]))

        never: tuple[int, Moment | None] = (0, None)
        return self._file.use(read, never)

    # -- Who reads what ------------------------------------------------------------------------------------------------

    def claim(self, realm: str, key: Key, reader: str, now: Moment) -> bool:
        """Say that `reader` is reading this; False if another process has said so less than `CLAIMED` seconds ago."""
        place = realm, key.tenant, key.kind, key.asked

        def write(connection: sqlite3.Connection) -> bool:
            with transaction(connection):
                row = connection.execute(f"SELECT reader, wall, monotonic FROM readings WHERE {_KEY}", place).fetchone()
                age = None if row is None or row[0] == reader else now.most_since(Moment(row[1], row[2]))
                if age is not None and age < CLAIMED:
                    return False
                values = (*place, reader, now.wall, now.monotonic)
                connection.execute("REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)", values)
                return True

        return self._file.use(write, True)

    def release(self, realm: str, keys: Sequence[Key], reader: str) -> None:
        """Nobody here is reading these any more."""

        def write(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                places = [(realm, key.tenant, key.kind, key.asked, reader) for key in keys]
                connection.executemany(f"DELETE FROM readings WHERE {_KEY} AND reader = ?", places)

        self._file.use(write, None)

    # -- Writing -------------------------------------------------------------------------------------------------------

    def keep(self, realm: str, xero: str, snapshot: Snapshot, writes: int) -> None:
        """Keep a complete one in the place of what there was, unless that is younger, or more has been written since.

        `writes` is the count of writes when it began to be read.
        """
        packed = [zlib.compress(body, 1) for body in snapshot.bodies() or ()]
        size = sum(map(len, packed))
        if not packed or size > self.most:
            return

        def write(connection: sqlite3.Connection) -> None:
            self._changes += 1
            with transaction(connection):
                kept(connection, realm, xero, snapshot, writes, packed, size)
            self._since_pruned += size
            if self._since_pruned > self.most // 16:
                self._since_pruned = 0
                with transaction(connection):
                    prune(connection, self.most, snapshot.began.wall)

        self._file.use(write, None)

    def wrote(self, xero: str, tenant: str, now: Moment) -> None:
        """Something is being, or has been, written to an organisation: drop what is known of it."""

        def write(connection: sqlite3.Connection) -> None:
            self._changes += 1
            with transaction(connection):
                connection.execute(
                    "INSERT INTO writes VALUES (?, ?, 1, ?, ?) ON CONFLICT (xero, tenant) DO UPDATE "
                    "SET count = count + 1, wall = excluded.wall, monotonic = excluded.monotonic",
                    (xero, tenant, now.wall, now.monotonic),
                )
                drop(connection, "xero = ? AND tenant = ?", (xero, tenant))

        self._file.use(write, None)

    def close(self) -> None:
        """Close it; the next use opens it again. What was in memory is gone."""
        self._file.close()


def local_only(path: Path) -> None:
    """OSError for a path on another machine's disk."""
    if (kind := network_filesystem(path.parent)) is not None:
        raise OSError(f"it is on {kind}, a network file system, where SQLite's locks do not hold")


def lay_out(connection: sqlite3.Connection) -> None:
    """The tables, new ones in the place of those of another version of this program."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        for table in ("snapshots", "pages", "readings", "writes"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


# -- Rows --------------------------------------------------------------------------------------------------------------


def found(connection: sqlite3.Connection, realm: str, key: Key) -> list[PageRow]:
    """The pages of a snapshot in their order, each with the two times of its beginning."""
    query = f"""
        SELECT wall, monotonic, number, body FROM snapshots JOIN pages ON snapshot = id WHERE {_KEY} ORDER BY number
    """
    return connection.execute(query, (realm, key.tenant, key.kind, key.asked)).fetchall()


def kept(
    connection: sqlite3.Connection,
    realm: str,
    xero: str,
    snapshot: Snapshot,
    writes: int,
    packed: Sequence[bytes],
    size: int,
) -> None:
    key, began = snapshot.kept_as, snapshot.began
    noted = connection.execute("SELECT count FROM writes WHERE xero = ? AND tenant = ?", (xero, key.tenant)).fetchone()
    place = realm, key.tenant, key.kind, key.asked
    if (noted[0] if noted else 0) != writes:
        return
    if connection.execute(f"SELECT 1 FROM snapshots WHERE {_KEY} AND wall > ?", (*place, began.wall)).fetchone():
        return
    drop(connection, _KEY, place)
    cursor = connection.execute(
        "INSERT INTO snapshots (realm, xero, tenant, kind, asked, place, wall, monotonic, size, items) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (realm, xero, *place[1:], key.place, began.wall, began.monotonic, size, snapshot.rows),
    )
    pages = [(cursor.lastrowid, number, body) for number, body in enumerate(packed, start=FIRST_PAGE)]
    connection.executemany("INSERT INTO pages VALUES (?, ?, ?)", pages)


def drop(connection: sqlite3.Connection, condition: str, values: Sequence[object]) -> None:
    connection.execute(f"DELETE FROM pages WHERE snapshot IN (SELECT id FROM snapshots WHERE {condition})", values)
    connection.execute(f"DELETE FROM snapshots WHERE {condition}", values)


def prune(connection: sqlite3.Connection, most: int, wall: float) -> None:
    """Make room: what nobody may use any more, and then the oldest, until there are seven eighths of `most` bytes."""
    drop(connection, "wall < ?", (wall - LONGEST,))
    connection.execute("DELETE FROM readings WHERE wall < ?", (wall - LONGEST,))
    query = "SELECT wall, sum(size) OVER (ORDER BY wall DESC, id) FROM snapshots ORDER BY wall DESC, id"
    for began, so_far in connection.execute(query).fetchall():
        if so_far > most - most // 8:
            drop(connection, "wall <= ?", (began,))
            return
