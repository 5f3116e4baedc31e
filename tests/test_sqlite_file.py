"""Files that processes share: opened at once by several, for the first time."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xerosql.sqlite_file import write_ahead

PATIENCE = 20.0


def opened(path: Path) -> sqlite3.Connection:
    """Without a time-out, since SQLite does not heed it either where a file is made a write-ahead one."""
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


def test_who_comes_while_another_one_makes_the_file_waits(tmp_path: Path) -> None:
    """SQLite itself says at once that it is locked."""
    first, second = opened(tmp_path / "new.sqlite"), opened(tmp_path / "new.sqlite")
    first.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write_ahead, second, PATIENCE)
        with pytest.raises(TimeoutError):
            waiting.result(0.1)
        first.execute("COMMIT")
        waiting.result(PATIENCE)
    assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    first.close()
    second.close()


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    """Nor for what waiting does not mend."""
    first, second = opened(tmp_path / "new.sqlite"), opened(tmp_path / "new.sqlite")
    first.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead(second, 0.05)
    first.close()
    second.close()
    (tmp_path / "none.sqlite").write_bytes(b"no database" * 100)
    third = opened(tmp_path / "none.sqlite")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        write_ahead(third, PATIENCE)
    third.close()
