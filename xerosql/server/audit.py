"""The log of statements: who ran what, at what cost, and how it ended. Values are left out."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic

from xerosql.errors import Error
from xerosql.server.statements import without_values

#: Characters of a statement that are logged.
LENGTH = 10_000


class AuditLog:
    """A file of JSON lines that several clients write to, readable by its owner; nothing is written without a path."""

    def __init__(self, path: Path | None) -> None:
        self._lock = Lock()
        self._file = None if path is None else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    @property
    def is_kept(self) -> bool:
        """Whether anything is written; if not, nothing need be put into words."""
        return self._file is not None

    def write(self, **entry: object) -> None:
        if self._file is None:
            return
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry}, ensure_ascii=False)
        with self._lock:
            os.write(self._file, f"{line}\n".encode(errors="replace"))

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None


class Audit:
    """One client's part of the log."""

    def __init__(self, log: AuditLog, user: str, address: str, pid: int) -> None:
        self.log = log
        self.client = {"user": user, "address": address, "pid": pid}
        self.sql: str | None = None
        self.rows = 0
        self.began = 0.0

    def begin(self, sql: str) -> None:
        """A statement begins."""
        self.sql, self.rows, self.began = sql, 0, monotonic()

    def end(self, calls: int, sqlstate: str = "00000") -> None:
        """It has ended, having made so many calls of Xero's API. A second time does nothing."""
        sql, self.sql = self.sql, None
        if sql is None or not self.log.is_kept:
            return
        seconds = round(monotonic() - self.began, 4)
        self.log.write(
            event="statement",
            **self.client,
            statement=without_values(sql[:LENGTH]),
            rows=self.rows,
            calls=calls,
            seconds=seconds,
            sqlstate=sqlstate,
        )

    def failed(self, error: Error, calls: int) -> None:
        self.end(calls, error.sqlstate)

    def event(self, name: str, **more: object) -> None:
        """Something else: a client that connects, is refused, or leaves."""
        self.log.write(event=name, **self.client, **more)
